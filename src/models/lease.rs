//! Who does what one process does for all: rows of `leases`.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::sql_types::{Text, Timestamp};
use diesel_async::RunQueryDsl;

use crate::db::Conn;
use crate::with_conn;

/// One statement, so that of two processes one gets it.
const TAKE: &str = "INSERT INTO leases AS l (name, owner, expires_at) VALUES ($1, $2, $3) \
     ON CONFLICT (name) DO UPDATE SET owner = $2, expires_at = $3 \
     WHERE l.owner = $2 OR l.expires_at <= $4";

/// Takes or renews a lease until `until`; false while it is another's.
pub async fn take(
    conn: &mut Conn<'_>,
    name: &str,
    owner: &str,
    now: NaiveDateTime,
    until: NaiveDateTime,
) -> QueryResult<bool> {
    with_conn!(conn, |conn| {
        diesel::sql_query(TAKE)
            .bind::<Text, _>(name)
            .bind::<Text, _>(owner)
            .bind::<Timestamp, _>(until)
            .bind::<Timestamp, _>(now)
            .execute(conn)
            .await
            .map(|rows| rows > 0)
    })
}

/// Gives a lease back, if it is `owner`'s.
pub async fn release(conn: &mut Conn<'_>, name: &str, owner: &str) -> QueryResult<()> {
    let sql = "DELETE FROM leases WHERE name = $1 AND owner = $2";
    with_conn!(conn, |conn| {
        diesel::sql_query(sql)
            .bind::<Text, _>(name)
            .bind::<Text, _>(owner)
            .execute(conn)
            .await
            .map(drop)
    })
}
