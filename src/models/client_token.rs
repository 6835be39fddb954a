//! The tokens with which clients call the pool.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::db::Conn;
use crate::db::schema::client_tokens;
use crate::with_conn;

use super::page::Page;

/// A row of `client_tokens`.
#[derive(Debug, Clone, HasQuery)]
#[diesel(table_name = client_tokens)]
#[diesel(check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite))]
#[expect(missing_docs, reason = "the columns, explained in the migration")]
pub struct ClientToken {
    pub id: i64,
    pub name: String,
    pub provider: Option<String>,
    pub masked: String,
    pub token_hash: String,
    pub enabled: bool,
    pub request_count: i64,
    pub last_used_at: Option<NaiveDateTime>,
    pub created_at: NaiveDateTime,
    pub expires_at: Option<NaiveDateTime>,
    pub user_id: Option<i64>,
}

/// A token to add.
#[derive(Debug, Insertable)]
#[diesel(table_name = client_tokens)]
#[expect(missing_docs, reason = "the columns, explained in the migration")]
pub struct NewClientToken<'a> {
    pub name: &'a str,
    pub provider: Option<&'a str>,
    pub masked: &'a str,
    pub token_hash: &'a str,
    pub sealed: &'a str,
    pub sealed_with: &'a str,
    pub created_at: NaiveDateTime,
    pub expires_at: Option<NaiveDateTime>,
}

impl ClientToken {
    /// The token with this hash.
    pub async fn by_hash(conn: &mut Conn<'_>, hash: &str) -> QueryResult<Option<Self>> {
        with_conn!(conn, |conn| {
            Self::query().filter(client_tokens::token_hash.eq(hash)).first(conn).await
        })
        .optional()
    }

    /// One page, newest first, and how many there are in all.
    pub async fn list(conn: &mut Conn<'_>, page: Page) -> QueryResult<(Vec<Self>, i64)> {
        let rows = with_conn!(conn, |conn| {
            Self::query()
                .order(client_tokens::id.desc())
                .offset(page.offset())
                .limit(page.size())
                .load(conn)
                .await
        })?;
        Ok((rows, Self::count(conn).await?))
    }

    /// How many there are.
    pub async fn count(conn: &mut Conn<'_>) -> QueryResult<i64> {
        with_conn!(conn, |conn| client_tokens::table.count().get_result(conn).await)
    }

    /// Adds a token.
    pub async fn insert(conn: &mut Conn<'_>, new: &NewClientToken<'_>) -> QueryResult<Self> {
        with_conn!(conn, |conn| {
            diesel::insert_into(client_tokens::table)
                .values(new)
                .returning(Self::as_returning())
                .get_result(conn)
                .await
        })
    }

    /// Switches a token on or off. `None` when there is none.
    pub async fn set_enabled(
        conn: &mut Conn<'_>,
        id: i64,
        enabled: bool,
    ) -> QueryResult<Option<Self>> {
        with_conn!(conn, |conn| {
            diesel::update(client_tokens::table.find(id))
                .set(client_tokens::enabled.eq(enabled))
                .returning(Self::as_returning())
                .get_result(conn)
                .await
        })
        .optional()
    }

    /// Deletes a token; returns it as it was.
    pub async fn delete(conn: &mut Conn<'_>, id: i64) -> QueryResult<Option<Self>> {
        with_conn!(conn, |conn| {
            diesel::delete(client_tokens::table.find(id))
                .returning(Self::as_returning())
                .get_result(conn)
                .await
        })
        .optional()
    }
}
