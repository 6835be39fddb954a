//! Rows that come from another database, whole and many at once. What is here already stays as it
//! is.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde::Serialize;

use crate::db::Conn;
use crate::db::bulk::{self, Column, execute};
use crate::db::schema::{client_tokens, usage_hourly};
use crate::with_conn;

/// A row of `upstream_keys`.
#[derive(Serialize)]
#[expect(missing_docs, reason = "the columns, explained in the migration")]
pub struct KeyRow {
    pub provider: String,
    pub username: String,
    pub masked: String,
    pub fingerprint: String,
    pub sealed: String,
    pub sealed_with: String,
    pub disabled_reason: Option<&'static str>,
    #[serde(serialize_with = "bulk::time::option::serialize")]
    pub disabled_until: Option<NaiveDateTime>,
    pub consecutive_failures: i32,
    pub total_requests: i64,
    pub success_count: i64,
    pub failure_count: i64,
    #[serde(serialize_with = "bulk::time::option::serialize")]
    pub last_used_at: Option<NaiveDateTime>,
    #[serde(serialize_with = "bulk::time::option::serialize")]
    pub last_success_at: Option<NaiveDateTime>,
    #[serde(serialize_with = "bulk::time::option::serialize")]
    pub last_failure_at: Option<NaiveDateTime>,
    #[serde(serialize_with = "bulk::time::serialize")]
    pub created_at: NaiveDateTime,
    #[serde(serialize_with = "bulk::time::option::serialize")]
    pub expires_at: Option<NaiveDateTime>,
}

const KEY_COLUMNS: [Column; 17] = [
    ("provider", "text"),
    ("username", "text"),
    ("masked", "text"),
    ("fingerprint", "text"),
    ("sealed", "text"),
    ("sealed_with", "text"),
    ("disabled_reason", "text"),
    ("disabled_until", "timestamp"),
    ("consecutive_failures", "integer"),
    ("total_requests", "bigint"),
    ("success_count", "bigint"),
    ("failure_count", "bigint"),
    ("last_used_at", "timestamp"),
    ("last_success_at", "timestamp"),
    ("last_failure_at", "timestamp"),
    ("created_at", "timestamp"),
    ("expires_at", "timestamp"),
];

/// A row of `usage_hourly` that no key and no token of this database took part in.
#[derive(Debug, Clone, Serialize, Queryable)]
#[expect(missing_docs, reason = "the columns, explained in the migration")]
pub struct HourRow {
    #[serde(serialize_with = "bulk::time::serialize")]
    pub hour: NaiveDateTime,
    pub day: NaiveDate,
    pub provider: String,
    pub model: String,
    pub requests: i64,
    pub success: i64,
    pub failure: i64,
    pub cancelled: i64,
}

const HOUR_COLUMNS: [Column; 8] = [
    ("hour", "timestamp"),
    ("day", "date"),
    ("provider", "text"),
    ("model", "text"),
    ("requests", "bigint"),
    ("success", "bigint"),
    ("failure", "bigint"),
    ("cancelled", "bigint"),
];

/// `WHERE true` tells SQLite that `ON` begins no join.
const PUT_HOURS: &str = "INSERT INTO usage_hourly (hour, day, provider, key_id, model, token_id, \
     requests, success, failure, cancelled, status_4xx, status_429, status_5xx, attempts, \
     prompt_tokens, completion_tokens, latency_ms_sum, ttft_ms_sum) \
     SELECT hour, day, provider, 0, model, 0, requests, success, failure, cancelled, \
     0, 0, 0, requests, 0, 0, 0, 0 FROM {rows} WHERE true \
     ON CONFLICT (hour, provider, key_id, model, token_id) DO UPDATE SET \
     requests = excluded.requests, success = excluded.success, failure = excluded.failure, \
     cancelled = excluded.cancelled, attempts = excluded.attempts";

/// A row of `users`, without a password.
#[derive(Serialize)]
#[expect(missing_docs, reason = "the columns, explained in the migration")]
pub struct UserRow {
    pub email: String,
    pub role: &'static str,
    pub is_active: bool,
    pub default_provider: String,
    #[serde(serialize_with = "bulk::time::serialize")]
    pub created_at: NaiveDateTime,
    #[serde(serialize_with = "bulk::time::serialize")]
    pub updated_at: NaiveDateTime,
    #[serde(serialize_with = "bulk::time::option::serialize")]
    pub last_login_at: Option<NaiveDateTime>,
    #[serde(serialize_with = "bulk::time::option::serialize")]
    pub last_sign_in_at: Option<NaiveDateTime>,
}

const USER_COLUMNS: [Column; 8] = [
    ("email", "text"),
    ("role", "text"),
    ("is_active", "boolean"),
    ("default_provider", "text"),
    ("created_at", "timestamp"),
    ("updated_at", "timestamp"),
    ("last_login_at", "timestamp"),
    ("last_sign_in_at", "timestamp"),
];

/// Which token is whose own key, and what that key may do.
#[derive(Serialize)]
#[expect(missing_docs, reason = "columns of users and client_tokens")]
pub struct UserKeyRow {
    pub email: String,
    pub token_hash: String,
    pub provider: String,
    pub providers: String,
    #[serde(serialize_with = "bulk::time::option::serialize")]
    pub expires_at: Option<NaiveDateTime>,
}

const USER_KEY_COLUMNS: [Column; 5] = [
    ("email", "text"),
    ("token_hash", "text"),
    ("provider", "text"),
    ("providers", "text"),
    ("expires_at", "timestamp"),
];

const LINK_USER_KEYS: &str = "UPDATE client_tokens SET user_id = u.id, provider = x.provider, \
     providers = x.providers, expires_at = x.expires_at \
     FROM {rows} JOIN users AS u ON u.email = x.email \
     WHERE client_tokens.token_hash = x.token_hash AND client_tokens.user_id IS NULL \
     AND NOT EXISTS (SELECT 1 FROM client_tokens AS own WHERE own.user_id = u.id)";

/// A token that has become a user's own, sealed as theirs.
#[derive(Serialize)]
#[expect(missing_docs, reason = "columns of client_tokens")]
pub struct OwnedToken {
    pub token_hash: String,
    pub user_id: i64,
    pub sealed: String,
    pub sealed_with: String,
}

const OWNED_COLUMNS: [Column; 4] =
    [("token_hash", "text"), ("user_id", "bigint"), ("sealed", "text"), ("sealed_with", "text")];

const SAVE_OWNED: &str = "UPDATE client_tokens SET sealed = x.sealed, sealed_with = x.sealed_with \
     FROM {rows} WHERE client_tokens.token_hash = x.token_hash \
     AND client_tokens.user_id = x.user_id";

/// A row of `user_signins`.
#[derive(Serialize)]
#[expect(missing_docs, reason = "the columns, explained in the migration")]
pub struct SigninRow {
    pub email: String,
    pub sign_day: NaiveDate,
    #[serde(serialize_with = "bulk::time::serialize")]
    pub created_at: NaiveDateTime,
}

const SIGNIN_COLUMNS: [Column; 3] =
    [("email", "text"), ("sign_day", "date"), ("created_at", "timestamp")];

const INSERT_SIGNINS: &str = "INSERT INTO user_signins (user_id, sign_day, created_at) \
     SELECT u.id, x.sign_day, x.created_at FROM {rows} JOIN users AS u ON u.email = x.email \
     WHERE true ON CONFLICT (user_id, sign_day) DO NOTHING";

impl KeyRow {
    /// Adds those that their provider does not have yet; returns how many.
    pub async fn insert(conn: &mut Conn<'_>, rows: &[Self]) -> QueryResult<usize> {
        let sql = insert("upstream_keys", &KEY_COLUMNS, "(provider, fingerprint)");
        execute(conn, &sql, &KEY_COLUMNS, rows).await
    }
}

impl HourRow {
    /// All that were brought so far.
    pub async fn brought(conn: &mut Conn<'_>) -> QueryResult<Vec<Self>> {
        use usage_hourly as u;
        let columns = (
            u::hour,
            u::day,
            u::provider,
            u::model,
            u::requests,
            u::success,
            u::failure,
            u::cancelled,
        );
        with_conn!(conn, |conn| {
            u::table
                .filter(u::key_id.eq(0))
                .filter(u::token_id.eq(0))
                .select(columns)
                .load(conn)
                .await
        })
    }

    /// Writes these as they are, over what was brought before.
    pub async fn put(conn: &mut Conn<'_>, rows: &[Self]) -> QueryResult<usize> {
        execute(conn, PUT_HOURS, &HOUR_COLUMNS, rows).await
    }
}

impl UserRow {
    /// Adds those that are not there yet, by address; returns how many.
    pub async fn insert(conn: &mut Conn<'_>, rows: &[Self]) -> QueryResult<usize> {
        execute(conn, &insert("users", &USER_COLUMNS, "(email)"), &USER_COLUMNS, rows).await
    }
}

impl UserKeyRow {
    /// Makes tokens their users' own, where neither the token nor the user has another; returns how
    /// many.
    pub async fn link(conn: &mut Conn<'_>, rows: &[Self]) -> QueryResult<usize> {
        execute(conn, LINK_USER_KEYS, &USER_KEY_COLUMNS, rows).await
    }
}

impl OwnedToken {
    /// The hashes of those of these tokens that are somebody's, and whose.
    pub async fn owners(
        conn: &mut Conn<'_>,
        hashes: impl Iterator<Item = &String>,
    ) -> QueryResult<Vec<(String, i64)>> {
        use client_tokens as t;
        let hashes: Vec<&String> = hashes.collect();
        with_conn!(conn, |conn| {
            t::table
                .filter(t::token_hash.eq_any(hashes))
                .filter(t::user_id.is_not_null())
                .select((t::token_hash, t::user_id.assume_not_null()))
                .load(conn)
                .await
        })
    }

    /// Writes these.
    pub async fn save(conn: &mut Conn<'_>, tokens: &[Self]) -> QueryResult<usize> {
        execute(conn, SAVE_OWNED, &OWNED_COLUMNS, tokens).await
    }
}

impl SigninRow {
    /// Adds those that are not there yet; returns how many.
    pub async fn insert(conn: &mut Conn<'_>, rows: &[Self]) -> QueryResult<usize> {
        execute(conn, INSERT_SIGNINS, &SIGNIN_COLUMNS, rows).await
    }
}

fn insert(table: &str, columns: &[Column], unique: &str) -> String {
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let names = names.join(", ");
    format!(
        "INSERT INTO {table} ({names}) SELECT {names} FROM {{rows}} WHERE true \
         ON CONFLICT {unique} DO NOTHING"
    )
}
