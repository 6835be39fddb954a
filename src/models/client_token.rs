//! The tokens with which clients call the pool.

mod list;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Nullable};
use diesel_async::RunQueryDsl;

pub use self::list::{TokenFilter, TokenSort, TokenStatus};
use super::token_change::ChangedToken;
use crate::auth;
use crate::db::Conn;
use crate::db::schema::client_tokens;
use crate::limits::{Limits, Used};
use crate::vault::{Binding, Sealed, Vault, VaultError};
use crate::with_conn;

/// A row of `client_tokens`, without the token.
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
    pub providers: String,
    pub models: String,
    pub ip_allow: String,
    pub rpm: i32,
    pub tpm: i32,
    pub daily_requests: i64,
    pub daily_tokens: i64,
    pub max_concurrency: i32,
    pub previous_hash: Option<String>,
    pub previous_until: Option<NaiveDateTime>,
    pub user_id: Option<i64>,
}

/// A token as it is stored, and whose it is.
#[derive(Debug, HasQuery)]
#[diesel(table_name = client_tokens)]
#[diesel(check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite))]
pub struct SealedToken {
    token_hash: String,
    user_id: Option<i64>,
    sealed: String,
    sealed_with: String,
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

/// What a token may do and use; `None` leaves it as it is, and a new one without the restriction.
#[derive(Debug, Clone, Default, PartialEq, Eq, Insertable, AsChangeset)]
#[diesel(table_name = client_tokens)]
#[expect(missing_docs, reason = "the columns, explained in the migration")]
pub struct TokenRules {
    pub enabled: Option<bool>,
    pub providers: Option<String>,
    pub models: Option<String>,
    pub ip_allow: Option<String>,
    pub rpm: Option<i32>,
    pub tpm: Option<i32>,
    pub daily_requests: Option<i64>,
    pub daily_tokens: Option<i64>,
    pub max_concurrency: Option<i32>,
}

/// What else of a token can be changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, AsChangeset)]
#[diesel(table_name = client_tokens)]
#[expect(missing_docs, reason = "the columns, explained in the migration")]
pub struct TokenChange {
    pub name: Option<String>,
    pub provider: Option<Option<String>>,
    pub expires_at: Option<Option<NaiveDateTime>>,
}

/// A token in the place of another.
#[derive(Debug, AsChangeset)]
#[diesel(table_name = client_tokens)]
#[diesel(treat_none_as_null = true)]
#[expect(missing_docs, reason = "the columns, explained in the migration")]
pub struct Rotation<'a> {
    pub masked: &'a str,
    pub token_hash: &'a str,
    pub sealed: &'a str,
    pub sealed_with: &'a str,
    pub previous_hash: Option<&'a str>,
    pub previous_until: Option<NaiveDateTime>,
}

impl SealedToken {
    /// The token itself.
    ///
    /// # Errors
    /// It was sealed under another encryption key, or for another user or row.
    pub fn open(self, vault: &Vault) -> Result<String, VaultError> {
        let Self { token_hash, user_id, sealed, sealed_with } = self;
        let binding = Binding::client_token(&token_hash, user_id);
        vault.open(&binding, &Sealed { sealed, sealed_with })
    }
}

/// Sums of a token's day; none where there is no row.
#[derive(QueryableByName)]
struct DaySums {
    #[diesel(sql_type = Nullable<BigInt>)]
    requests: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    tokens: Option<i64>,
}

const USED_ON: &str = "SELECT CAST(SUM(requests - refused) AS BIGINT) AS requests, \
     CAST(SUM(prompt_tokens + completion_tokens) AS BIGINT) AS tokens \
     FROM usage_hourly WHERE token_id = $1 AND day = $2";

impl ClientToken {
    /// The token with this hash, or that had it before a rotation: whether that one still opens
    /// anything is for the caller to see.
    pub async fn by_hash(conn: &mut Conn<'_>, hash: &str) -> QueryResult<Option<Self>> {
        use client_tokens as t;
        with_conn!(conn, |conn| {
            Self::query()
                .filter(t::token_hash.eq(hash).or(t::previous_hash.eq(hash)))
                .first(conn)
                .await
        })
        .optional()
    }

    /// The token with this id.
    pub async fn by_id(conn: &mut Conn<'_>, id: i64) -> QueryResult<Option<Self>> {
        with_conn!(conn, |conn| Self::query().filter(client_tokens::id.eq(id)).first(conn).await)
            .optional()
    }

    /// A user's own key.
    pub async fn of_user(conn: &mut Conn<'_>, user: i64) -> QueryResult<Option<Self>> {
        with_conn!(conn, |conn| {
            Self::query().filter(client_tokens::user_id.eq(user)).first(conn).await
        })
        .optional()
    }

    /// The token itself, sealed.
    pub async fn sealed(conn: &mut Conn<'_>, id: i64) -> QueryResult<Option<SealedToken>> {
        with_conn!(conn, |conn| {
            SealedToken::query().filter(client_tokens::id.eq(id)).first(conn).await
        })
        .optional()
    }

    /// How many there are.
    pub async fn count(conn: &mut Conn<'_>) -> QueryResult<i64> {
        with_conn!(conn, |conn| client_tokens::table.count().get_result(conn).await)
    }

    /// Adds a token.
    pub async fn insert(
        conn: &mut Conn<'_>,
        new: &NewClientToken<'_>,
        rules: &TokenRules,
    ) -> QueryResult<Self> {
        with_conn!(conn, |conn| {
            diesel::insert_into(client_tokens::table)
                .values((new, rules))
                .returning(Self::as_returning())
                .get_result(conn)
                .await
        })
    }

    /// Changes a token, in a transaction: other processes are told. `None` when there is none; an
    /// error when nothing is to be changed.
    pub async fn change(
        conn: &mut Conn<'_>,
        id: i64,
        change: &TokenChange,
        rules: &TokenRules,
    ) -> QueryResult<Option<Self>> {
        ChangedToken::note(conn, &[id]).await?;
        with_conn!(conn, |conn| {
            diesel::update(client_tokens::table.find(id))
                .set((change, rules))
                .returning(Self::as_returning())
                .get_result(conn)
                .await
        })
        .optional()
    }

    /// Puts a new token in the place of the old one, in a transaction: other processes are told.
    /// `None` when there is none.
    pub async fn rotate(
        conn: &mut Conn<'_>,
        id: i64,
        rotation: &Rotation<'_>,
    ) -> QueryResult<Option<Self>> {
        ChangedToken::note(conn, &[id]).await?;
        with_conn!(conn, |conn| {
            diesel::update(client_tokens::table.find(id))
                .set(rotation)
                .returning(Self::as_returning())
                .get_result(conn)
                .await
        })
        .optional()
    }

    /// Deletes a token, in a transaction: other processes are told. Returns it as it was.
    pub async fn delete(conn: &mut Conn<'_>, id: i64) -> QueryResult<Option<Self>> {
        ChangedToken::note(conn, &[id]).await?;
        with_conn!(conn, |conn| {
            diesel::delete(client_tokens::table.find(id))
                .returning(Self::as_returning())
                .get_result(conn)
                .await
        })
        .optional()
    }

    /// What a token used on a day, as far as the statistics are written.
    pub async fn used_on(conn: &mut Conn<'_>, id: i64, day: NaiveDate) -> QueryResult<Used> {
        let sums: DaySums = with_conn!(conn, |conn| {
            diesel::sql_query(USED_ON)
                .bind::<BigInt, _>(id)
                .bind::<Date, _>(day)
                .get_result(conn)
                .await
        })?;
        let count = |sum: Option<i64>| u64::try_from(sum.unwrap_or(0)).unwrap_or(0);
        Ok(Used { requests: count(sums.requests), tokens: count(sums.tokens) })
    }

    /// The providers that it may use; none is every one. `None` when they can't be read.
    pub fn providers(&self) -> Option<Vec<String>> {
        let several = auth::list(&self.providers)?;
        // Tokens from before there could be several have one in a column of its own.
        Some(if several.is_empty() { self.provider.iter().cloned().collect() } else { several })
    }

    /// What it may use.
    pub fn limits(&self) -> Limits {
        let small = |limit: i32| u64::try_from(limit).unwrap_or(0);
        let large = |limit: i64| u64::try_from(limit).unwrap_or(0);
        Limits {
            rpm: small(self.rpm),
            tpm: small(self.tpm),
            daily_requests: large(self.daily_requests),
            daily_tokens: large(self.daily_tokens),
            max_concurrency: small(self.max_concurrency),
        }
    }
}
