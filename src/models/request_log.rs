//! Recent requests with their attempts; never a prompt, never an answer.

use std::collections::HashMap;

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde::{Deserialize, Serialize};

use crate::db::Conn;
use crate::db::bulk::{self, Column};
use crate::db::schema::{client_tokens, request_log as l, upstream_keys};
use crate::with_conn;

/// A row of `request_log`.
#[derive(Debug, Clone, Serialize, Deserialize, HasQuery)]
#[diesel(table_name = crate::db::schema::request_log)]
#[diesel(check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite))]
#[expect(missing_docs, reason = "the columns, explained in the migration")]
pub struct LogRow {
    pub id: String,
    pub request_id: String,
    #[serde(with = "bulk::time")]
    pub at: NaiveDateTime,
    pub provider: String,
    pub model: String,
    pub token_id: i64,
    pub key_id: i64,
    pub stream: bool,
    pub outcome: String,
    pub status: i32,
    pub cache: String,
    pub latency_ms: i64,
    pub ttft_ms: i64,
    pub prompt_tokens: i64,
    pub completion_tokens: i64,
    pub attempts: String,
    pub asked_model: String,
    pub error_code: String,
    pub error_message: String,
}

/// One of `attempts`, which is an array of these in JSON.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[expect(missing_docs, reason = "as in stats::Attempt")]
pub struct AttemptLine {
    pub provider: String,
    /// Empty in lines of former versions, and where the upstream knows no such model.
    #[serde(default)]
    pub model: String,
    pub key_id: i64,
    pub verdict: String,
    pub effect: String,
    pub status: Option<u16>,
    pub wait_ms: i64,
    pub ttft_ms: Option<i64>,
    pub duration_ms: i64,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub error_code: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub error_message: String,
}

const COLUMNS: [Column; 19] = [
    ("id", "text"),
    ("request_id", "text"),
    ("at", "timestamp"),
    ("provider", "text"),
    ("model", "text"),
    ("token_id", "bigint"),
    ("key_id", "bigint"),
    ("stream", "boolean"),
    ("outcome", "text"),
    ("status", "integer"),
    ("cache", "text"),
    ("latency_ms", "bigint"),
    ("ttft_ms", "bigint"),
    ("prompt_tokens", "bigint"),
    ("completion_tokens", "bigint"),
    ("attempts", "text"),
    ("asked_model", "text"),
    ("error_code", "text"),
    ("error_message", "text"),
];

/// Which lines.
#[derive(Debug, Clone, Default)]
#[expect(missing_docs, reason = "named for what they are")]
pub struct LogFilter {
    pub from: Option<NaiveDateTime>,
    pub to: Option<NaiveDateTime>,
    pub provider: Option<String>,
    /// By its own name or as the client named it.
    pub model: Option<String>,
    pub token: Option<i64>,
    /// A key that was tried.
    pub key: Option<i64>,
    pub outcome: Option<String>,
    /// The code of the pool's own error.
    pub reason: Option<String>,
    /// The first and the last.
    pub statuses: Option<(i32, i32)>,
    /// The id that the answer carried.
    pub request_id: Option<String>,
    /// Only what comes after this line in the list, which goes from new to old.
    pub after: Option<(NaiveDateTime, String)>,
}

impl LogRow {
    /// Writes these.
    pub async fn insert(conn: &mut Conn<'_>, rows: &[Self]) -> QueryResult<()> {
        let names = COLUMNS.map(|(name, _)| name).join(", ");
        let sql = format!("INSERT INTO request_log ({names}) SELECT {names} FROM {{rows}}");
        bulk::execute(conn, &sql, &COLUMNS, rows).await.map(drop)
    }

    /// The newest `limit` of those.
    pub async fn list(
        conn: &mut Conn<'_>,
        filter: &LogFilter,
        limit: i64,
    ) -> QueryResult<Vec<Self>> {
        with_conn!(conn, |conn, Db| {
            let mut query = Self::query().into_boxed::<Db>();
            if let Some(from) = filter.from {
                query = query.filter(l::at.ge(from));
            }
            if let Some(to) = filter.to {
                query = query.filter(l::at.lt(to));
            }
            if let Some(provider) = &filter.provider {
                query = query.filter(l::provider.eq(provider));
            }
            if let Some(model) = &filter.model {
                query = query.filter(l::model.eq(model).or(l::asked_model.eq(model)));
            }
            if let Some(token) = filter.token {
                query = query.filter(l::token_id.eq(token));
            }
            if let Some(key) = filter.key {
                query = query.filter(l::attempts.like(with_key(key)));
            }
            if let Some(outcome) = &filter.outcome {
                query = query.filter(l::outcome.eq(outcome));
            }
            if let Some(reason) = &filter.reason {
                query = query.filter(l::error_code.eq(reason));
            }
            if let Some((first, last)) = filter.statuses {
                query = query.filter(l::status.between(first, last));
            }
            if let Some(id) = &filter.request_id {
                query = query.filter(l::request_id.eq(id));
            }
            if let Some((at, id)) = &filter.after {
                // `le` alone is what the index can use.
                let behind = l::at.lt(at).or(l::id.lt(id));
                query = query.filter(l::at.le(at)).filter(behind);
            }
            query.order((l::at.desc(), l::id.desc())).limit(limit).load(conn).await
        })
    }

    /// The line with this id, or else the newest of the request with this id.
    pub async fn find(conn: &mut Conn<'_>, id: &str) -> QueryResult<Option<Self>> {
        let line = with_conn!(conn, |conn| {
            Self::query().filter(l::id.eq(id)).first(conn).await.optional()
        })?;
        if line.is_some() {
            return Ok(line);
        }
        with_conn!(conn, |conn| {
            Self::query()
                .filter(l::request_id.eq(id))
                .order((l::at.desc(), l::id.desc()))
                .first(conn)
                .await
                .optional()
        })
    }
}

/// The pattern of `attempts` with one of this key. Within a text of theirs each quote has a backslash
/// before it, so no words of an upstream can look like this.
fn with_key(key: i64) -> String {
    format!("%\"key_id\":{key},%")
}

/// What keys look like that are still there.
pub async fn masked_keys(conn: &mut Conn<'_>, ids: &[i64]) -> QueryResult<HashMap<i64, String>> {
    use upstream_keys as k;
    let rows: Vec<(i64, String)> = with_conn!(conn, |conn| {
        k::table.filter(k::id.eq_any(ids)).select((k::id, k::masked)).load(conn).await
    })?;
    Ok(rows.into_iter().collect())
}

/// What tokens are called that are still there.
pub async fn token_names(conn: &mut Conn<'_>, ids: &[i64]) -> QueryResult<HashMap<i64, String>> {
    use client_tokens as t;
    let rows: Vec<(i64, String)> = with_conn!(conn, |conn| {
        t::table.filter(t::id.eq_any(ids)).select((t::id, t::name)).load(conn).await
    })?;
    Ok(rows.into_iter().collect())
}
