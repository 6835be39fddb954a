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

    /// Adds this one.
    pub async fn insert(&self, conn: &mut Conn<'_>) -> QueryResult<usize> {
        with_conn!(conn, |conn| {
            diesel::insert_into(providers::table).values(self).execute(conn).await
        })
    }
}
