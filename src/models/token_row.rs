//! Client tokens as whole rows, many at once, brought from elsewhere.

use chrono::NaiveDateTime;
use diesel::QueryResult;
use serde::Serialize;

use crate::db::Conn;
use crate::db::bulk::{self, Column, execute};

/// A row of `client_tokens` to add.
#[derive(Debug, Clone, Default, Serialize)]
#[expect(missing_docs, reason = "the columns, explained in the migration")]
pub struct TokenRow {
    pub name: String,
    pub provider: Option<String>,
    /// A JSON array, as are `models` and `ip_allow`.
    pub providers: String,
    pub models: String,
    pub ip_allow: String,
    pub rpm: i32,
    pub tpm: i32,
    pub daily_requests: i64,
    pub daily_tokens: i64,
    pub max_concurrency: i32,
    pub masked: String,
    pub token_hash: String,
    pub sealed: String,
    pub sealed_with: String,
    pub request_count: i64,
    #[serde(serialize_with = "bulk::time::serialize")]
    pub created_at: NaiveDateTime,
    #[serde(serialize_with = "bulk::time::option::serialize")]
    pub expires_at: Option<NaiveDateTime>,
}

const COLUMNS: [Column; 17] = [
    ("name", "text"),
    ("provider", "text"),
    ("providers", "text"),
    ("models", "text"),
    ("ip_allow", "text"),
    ("rpm", "integer"),
    ("tpm", "integer"),
    ("daily_requests", "bigint"),
    ("daily_tokens", "bigint"),
    ("max_concurrency", "integer"),
    ("masked", "text"),
    ("token_hash", "text"),
    ("sealed", "text"),
    ("sealed_with", "text"),
    ("request_count", "bigint"),
    ("created_at", "timestamp"),
    ("expires_at", "timestamp"),
];

impl TokenRow {
    /// Adds those that are not there yet, by hash; returns how many.
    pub async fn insert(conn: &mut Conn<'_>, rows: &[Self]) -> QueryResult<usize> {
        let names = COLUMNS.map(|(name, _)| name).join(", ");
        // `WHERE true` tells SQLite that `ON` begins no join.
        let sql = format!(
            "INSERT INTO client_tokens ({names}) SELECT {names} FROM {{rows}} WHERE true \
             ON CONFLICT (token_hash) DO NOTHING"
        );
        execute(conn, &sql, &COLUMNS, rows).await
    }
}
