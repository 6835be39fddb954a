//! Which upstream keys there are, by id alone: for those who compare with what they know.

use diesel::dsl::{count_star, max};
use diesel::prelude::*;
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};

use super::upstream_key::UpstreamKey;
use crate::db::Conn;
use crate::db::schema::upstream_keys as k;
use crate::with_conn;

impl UpstreamKey {
    /// How many keys there are, and the highest id (0 when there are none). Both databases answer
    /// from an index.
    pub async fn extent(conn: &mut Conn<'_>) -> QueryResult<(i64, i64)> {
        let count: i64 = with_conn!(conn, |conn| k::table.count().get_result(conn).await)?;
        let highest: Option<i64> =
            with_conn!(conn, |conn| k::table.select(max(k::id)).get_result(conn).await)?;
        Ok((count, highest.unwrap_or(0)))
    }

    /// How many keys each provider has.
    pub async fn by_provider(conn: &mut Conn<'_>) -> QueryResult<Vec<(String, i64)>> {
        with_conn!(conn, |conn| {
            k::table
                .group_by(k::provider)
                .select((k::provider, count_star()))
                .order(k::provider)
                .load(conn)
                .await
        })
    }

    /// Has Postgres look at the table after a great change, as it would within a minute by itself.
    /// Until then lists take plans for what the table was, and read whole rows where an index would
    /// do. Outside of a transaction.
    pub async fn take_stock(conn: &mut Conn<'_>) -> QueryResult<()> {
        match conn {
            Conn::Postgres(conn) => conn.batch_execute("VACUUM (ANALYZE) upstream_keys").await,
            Conn::Sqlite(_) => Ok(()),
        }
    }

    /// The ids after `after`, in order, at most `limit`.
    pub async fn ids_after(conn: &mut Conn<'_>, after: i64, limit: i64) -> QueryResult<Vec<i64>> {
        with_conn!(conn, |conn| {
            k::table
                .filter(k::id.gt(after))
                .order(k::id)
                .select(k::id)
                .limit(limit)
                .load(conn)
                .await
        })
    }
}
