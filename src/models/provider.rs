//! Upstreams beyond the built-in ones.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::db::Conn;
use crate::db::schema::providers;
use crate::with_conn;

/// A row of `providers`.
#[derive(Debug, Clone, HasQuery, Insertable)]
#[diesel(table_name = providers)]
#[diesel(check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite))]
pub struct ProviderRow {
    /// The name in paths, bodies and columns.
    pub id: String,
    /// The name for people.
    pub name: String,
    /// Where its API is, with or without a final `/v1`.
    pub base_url: String,
    /// `ollama`, `openrouter` or `openai`: which rules read its errors.
    pub kind: String,
    /// Switched on.
    pub enabled: bool,
    /// When it was added.
    pub created_at: NaiveDateTime,
}

impl ProviderRow {
    /// All of them.
    pub async fn all(conn: &mut Conn<'_>) -> QueryResult<Vec<Self>> {
        with_conn!(conn, |conn| Self::query().order(providers::id).load(conn).await)
    }

    /// The one of this id.
    pub async fn find(conn: &mut Conn<'_>, id: &str) -> QueryResult<Option<Self>> {
        with_conn!(conn, |conn| {
            Self::query().filter(providers::id.eq(id)).first(conn).await.optional()
        })
    }

    /// Adds this one; false when its id is taken.
    pub async fn insert(&self, conn: &mut Conn<'_>) -> QueryResult<bool> {
        let added = with_conn!(conn, |conn| {
            let insert = diesel::insert_into(providers::table).values(self);
            insert.on_conflict_do_nothing().execute(conn).await
        })?;
        Ok(added == 1)
    }

    /// Writes this one over the one of its id; false when there is none.
    pub async fn update(&self, conn: &mut Conn<'_>) -> QueryResult<bool> {
        use providers as p;
        let set = (
            p::name.eq(&self.name),
            p::base_url.eq(&self.base_url),
            p::kind.eq(&self.kind),
            p::enabled.eq(self.enabled),
        );
        let changed = with_conn!(conn, |conn| {
            diesel::update(p::table.find(&self.id)).set(set).execute(conn).await
        })?;
        Ok(changed == 1)
    }

    /// Deletes the one of this id.
    pub async fn delete(conn: &mut Conn<'_>, id: &str) -> QueryResult<usize> {
        with_conn!(conn, |conn| diesel::delete(providers::table.find(id)).execute(conn).await)
    }

    /// How many keys the provider has, whatever their state.
    pub async fn keys(conn: &mut Conn<'_>, id: &str) -> QueryResult<i64> {
        use crate::db::schema::upstream_keys as k;
        with_conn!(conn, |conn| k::table.filter(k::provider.eq(id)).count().get_result(conn).await)
    }
}
