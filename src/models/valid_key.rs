//! Keys that a validated import found good, in bulk.

use chrono::NaiveDateTime;
use diesel::QueryResult;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde::Serialize;

use super::upstream_key::UpstreamKey;
use crate::db::Conn;
use crate::db::bulk::{self, Column};
use crate::db::locks::take_turn_at_keys;
use crate::db::schema::upstream_keys as k;
use crate::with_conn;

/// A key to add, with what its upstream says of it.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the columns, explained in the migration")]
pub struct ValidKey<'a> {
    pub provider: &'a str,
    pub username: &'a str,
    pub account: &'a str,
    pub category: &'a str,
    pub plan: &'a str,
    pub masked: &'a str,
    pub fingerprint: &'a str,
    pub sealed: &'a str,
    pub sealed_with: &'a str,
    pub weight: i32,
    pub max_concurrency: i32,
    #[serde(serialize_with = "bulk::time::serialize")]
    pub created_at: NaiveDateTime,
    #[serde(serialize_with = "bulk::time::option::serialize")]
    pub expires_at: Option<NaiveDateTime>,
    pub cooling_reason: Option<&'static str>,
    #[serde(serialize_with = "bulk::time::option::serialize")]
    pub cooling_until: Option<NaiveDateTime>,
    pub cooling_account: bool,
    pub import_id: i64,
}

const COLUMNS: [Column; 17] = [
    ("provider", "text"),
    ("username", "text"),
    ("account", "text"),
    ("category", "text"),
    ("plan", "text"),
    ("masked", "text"),
    ("fingerprint", "text"),
    ("sealed", "text"),
    ("sealed_with", "text"),
    ("weight", "integer"),
    ("max_concurrency", "integer"),
    ("created_at", "timestamp"),
    ("expires_at", "timestamp"),
    ("cooling_reason", "text"),
    ("cooling_until", "timestamp"),
    ("cooling_account", "boolean"),
    ("import_id", "bigint"),
];

/// `WHERE TRUE` tells SQLite that `ON CONFLICT` is no join's `ON`.
const INSERT: &str = "INSERT INTO upstream_keys (provider, username, account, category, plan, \
     masked, fingerprint, sealed, sealed_with, weight, max_concurrency, created_at, expires_at, \
     cooling_reason, cooling_until, cooling_account, import_id) \
     SELECT x.provider, x.username, x.account, x.category, x.plan, x.masked, x.fingerprint, \
     x.sealed, x.sealed_with, x.weight, x.max_concurrency, x.created_at, x.expires_at, \
     x.cooling_reason, x.cooling_until, x.cooling_account, x.import_id FROM {rows} WHERE TRUE \
     ON CONFLICT (provider, fingerprint) DO NOTHING";

impl ValidKey<'_> {
    /// Adds those that the provider has not, in a transaction.
    pub async fn insert(conn: &mut Conn<'_>, keys: &[Self]) -> QueryResult<usize> {
        if keys.is_empty() {
            return Ok(0);
        }
        take_turn_at_keys(conn).await?;
        bulk::execute(conn, INSERT, &COLUMNS, keys).await
    }
}

impl UpstreamKey {
    /// The keys that came with this import, of those sealed as these texts.
    pub async fn brought_by(
        conn: &mut Conn<'_>,
        import: i64,
        sealed: &[String],
    ) -> QueryResult<Vec<Self>> {
        with_conn!(conn, |conn| {
            Self::query()
                .filter(k::import_id.eq(import))
                .filter(k::sealed.eq_any(sealed))
                .load(conn)
                .await
        })
    }
}
