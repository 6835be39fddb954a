//! Statistics by the hour: adding batches, each exactly once.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde::{Deserialize, Serialize};

use crate::db::Conn;
use crate::db::bulk::{self, Column};
use crate::db::locks::{KEYS, TOKENS, hold};
use crate::db::schema::stats_batches;
use crate::models::latency::LatencyRow;
use crate::models::refusal::RefusalRow;
use crate::models::request_log::LogRow;
use crate::with_conn;

/// What an hour adds up to for one combination; a row of `usage_hourly`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the columns, explained in the migration")]
pub struct UsageRow {
    #[serde(with = "bulk::time")]
    pub hour: NaiveDateTime,
    pub day: NaiveDate,
    pub provider: String,
    pub key_id: i64,
    pub model: String,
    pub token_id: i64,
    pub requests: i64,
    pub success: i64,
    pub failure: i64,
    pub cancelled: i64,
    pub status_4xx: i64,
    pub status_429: i64,
    pub status_5xx: i64,
    pub attempts: i64,
    pub prompt_tokens: i64,
    pub completion_tokens: i64,
    pub latency_ms_sum: i64,
    pub ttft_ms_sum: i64,
    pub client_errors: i64,
    pub refused: i64,
    pub key_attempts: i64,
    pub key_failures: i64,
}

/// What to add to a key's own counters.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the columns of upstream_keys")]
pub struct KeyTally {
    pub id: i64,
    pub total: i64,
    pub success: i64,
    pub failure: i64,
    #[serde(with = "bulk::time")]
    pub used_at: NaiveDateTime,
    #[serde(with = "bulk::time::option")]
    pub success_at: Option<NaiveDateTime>,
    #[serde(with = "bulk::time::option")]
    pub failure_at: Option<NaiveDateTime>,
}

/// What to add to a client token's own counters.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the columns of client_tokens")]
pub struct TokenTally {
    pub id: i64,
    pub requests: i64,
    #[serde(with = "bulk::time")]
    pub used_at: NaiveDateTime,
}

/// Rows of one statement. Each is a text that SQLite takes apart in memory, which the C library
/// keeps for the thread that it was on: with all rows in one it came to 10 MB a thread.
const AT_ONCE: usize = 1_000;

const HOUR_COLUMNS: [Column; 22] = [
    ("hour", "timestamp"),
    ("day", "date"),
    ("provider", "text"),
    ("key_id", "bigint"),
    ("model", "text"),
    ("token_id", "bigint"),
    ("requests", "bigint"),
    ("success", "bigint"),
    ("failure", "bigint"),
    ("cancelled", "bigint"),
    ("status_4xx", "bigint"),
    ("status_429", "bigint"),
    ("status_5xx", "bigint"),
    ("attempts", "bigint"),
    ("prompt_tokens", "bigint"),
    ("completion_tokens", "bigint"),
    ("latency_ms_sum", "bigint"),
    ("ttft_ms_sum", "bigint"),
    ("client_errors", "bigint"),
    ("refused", "bigint"),
    ("key_attempts", "bigint"),
    ("key_failures", "bigint"),
];

/// The columns before these say which row; these are added up.
const HOUR_KEY_COLUMNS: usize = 6;

/// The primary key: `day` follows from `hour`.
const HOUR_KEY: &str = "hour, provider, key_id, model, token_id";

const KEY_COLUMNS: [Column; 7] = [
    ("id", "bigint"),
    ("total", "bigint"),
    ("success", "bigint"),
    ("failure", "bigint"),
    ("used_at", "timestamp"),
    ("success_at", "timestamp"),
    ("failure_at", "timestamp"),
];

const ADD_KEYS: &str = "UPDATE upstream_keys SET \
     total_requests = upstream_keys.total_requests + x.total, \
     success_count = upstream_keys.success_count + x.success, \
     failure_count = upstream_keys.failure_count + x.failure, \
     last_used_at = x.used_at, \
     last_success_at = COALESCE(x.success_at, upstream_keys.last_success_at), \
     last_failure_at = COALESCE(x.failure_at, upstream_keys.last_failure_at) \
     FROM {rows} WHERE upstream_keys.id = x.id";

const TOKEN_COLUMNS: [Column; 3] =
    [("id", "bigint"), ("requests", "bigint"), ("used_at", "timestamp")];

const ADD_TOKENS: &str = "UPDATE client_tokens SET \
     request_count = client_tokens.request_count + x.requests, last_used_at = x.used_at \
     FROM {rows} WHERE client_tokens.id = x.id";

/// Statistics that are written together.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Batch {
    /// Its name, so that it is counted once although it may be sent twice.
    pub id: String,
    /// By the hour.
    pub hours: Vec<UsageRow>,
    /// By key.
    pub keys: Vec<KeyTally>,
    /// By client token.
    pub tokens: Vec<TokenTally>,
    /// How long answers took.
    pub latency: Vec<LatencyRow>,
    /// What was refused.
    pub refusals: Vec<RefusalRow>,
    /// How many of those are of callers that nobody knows, and so in no hour.
    pub strangers: i64,
    /// Single requests.
    pub lines: Vec<LogRow>,
}

impl Batch {
    /// The requests in it.
    pub fn requests(&self) -> u64 {
        let of_hours: i64 = self.hours.iter().map(|row| row.requests).sum();
        u64::try_from(of_hours + self.strangers).unwrap_or(0)
    }

    /// Adds the batch to the tables in one transaction, unless it is there already.
    pub async fn apply(&self, conn: &mut Conn<'_>, now: NaiveDateTime) -> QueryResult<()> {
        conn.transaction(async |conn| {
            if !self.claim(conn, now).await? {
                return Ok(());
            }
            let add_hours = add_hours();
            for hours in self.hours.chunks(AT_ONCE) {
                bulk::execute(conn, &add_hours, &HOUR_COLUMNS, hours).await?;
            }
            hold(conn, KEYS, &ids(&self.keys, |key| key.id)).await?;
            for keys in self.keys.chunks(AT_ONCE) {
                bulk::execute(conn, ADD_KEYS, &KEY_COLUMNS, keys).await?;
            }
            hold(conn, TOKENS, &ids(&self.tokens, |token| token.id)).await?;
            bulk::execute(conn, ADD_TOKENS, &TOKEN_COLUMNS, &self.tokens).await?;
            LatencyRow::add(conn, &self.latency).await?;
            RefusalRow::add(conn, &self.refusals).await?;
            LogRow::insert(conn, &self.lines).await
        })
        .await
    }

    async fn claim(&self, conn: &mut Conn<'_>, now: NaiveDateTime) -> QueryResult<bool> {
        use stats_batches as b;
        let row = (b::id.eq(&self.id), b::applied_at.eq(now));
        let new = with_conn!(conn, |conn| {
            diesel::insert_into(b::table).values(row).on_conflict_do_nothing().execute(conn).await
        })?;
        Ok(new == 1)
    }
}

fn ids<T>(rows: &[T], id: impl Fn(&T) -> i64) -> Vec<i64> {
    rows.iter().map(id).collect()
}

fn add_hours() -> String {
    let names = HOUR_COLUMNS.map(|(name, _)| name);
    let (_, counters) = names.split_at(HOUR_KEY_COLUMNS);
    let sums: Vec<String> = counters
        .iter()
        .map(|name| format!("{name} = usage_hourly.{name} + excluded.{name}"))
        .collect();
    // `WHERE true` tells SQLite that `ON` begins no join.
    format!(
        "INSERT INTO usage_hourly ({all}) SELECT {all} FROM {{rows}} WHERE true \
         ON CONFLICT ({key}) DO UPDATE SET {sums}",
        all = names.join(", "),
        key = HOUR_KEY,
        sums = sums.join(", "),
    )
}
