//! A request as administrators see it.

use std::collections::HashMap;

use diesel::QueryResult;
use serde::Serialize;
use utoipa::ToSchema;

use crate::clock::rfc3339;
use crate::db::Conn;
use crate::models::request_log::{AttemptLine, LogRow, masked_keys, token_names};

/// A request.
#[derive(Debug, Serialize, ToSchema)]
pub struct RequestView {
    /// Of its line.
    #[schema(example = "019aaf3c-0000-7000-8000-000000000000")]
    id: String,
    /// `X-Request-Id` of its answer.
    #[schema(example = "019aaf3b-ffff-7000-8000-000000000000")]
    request_id: String,
    /// When it came.
    #[schema(example = "2026-11-23T13:12:11.480Z")]
    at: String,
    /// Which upstream answered in the end, or was asked; empty for one that doesn't exist.
    #[schema(example = "ollama")]
    provider: String,
    /// Under the upstream's name; empty for one that doesn't exist.
    #[schema(example = "gpt-oss:20b")]
    model: String,
    /// As the client named it: maybe an alias. Empty before the body was read, and in lines of
    /// former versions.
    #[schema(example = "fast")]
    asked_model: String,
    /// The client token; 0 when nobody knows it.
    #[schema(example = 7)]
    token_id: i64,
    /// Its name.
    #[schema(example = "laptop")]
    token: String,
    /// The key that was tried last; null for none.
    #[schema(example = 12)]
    key_id: Option<i64>,
    /// The same, masked.
    #[schema(example = "sk-a…9f3c")]
    key: Option<String>,
    /// The client asked for a stream.
    stream: bool,
    /// `success`, `failure`, `client_error` (the upstream answered 4xx), `cancelled` (the client
    /// left) or `refused` (no key was tried).
    #[schema(example = "success")]
    outcome: String,
    /// What the client saw; 499 when it left.
    #[schema(example = 200)]
    status: i32,
    /// `HIT`, `MISS` or `BYPASS`.
    #[schema(example = "BYPASS")]
    cache: String,
    /// Until its end.
    #[schema(example = 1840)]
    latency_ms: i64,
    /// Until its first byte.
    #[schema(example = 420)]
    ttft_ms: i64,
    /// As the upstream counted them.
    #[schema(example = 450)]
    prompt_tokens: i64,
    /// As the upstream counted them.
    #[schema(example = 175)]
    completion_tokens: i64,
    /// The code of the pool's own error, if that is what the client got; else empty.
    #[schema(example = "")]
    error_code: String,
    /// That error's message: of a refused request, why no key was tried.
    #[schema(example = "")]
    error_message: String,
    /// In order.
    attempts: Vec<AttemptView>,
}

/// One key's try at it.
#[derive(Debug, Serialize, ToSchema)]
pub struct AttemptView {
    /// At which upstream.
    #[schema(example = "ollama")]
    provider: String,
    /// For which model, under the upstream's name.
    #[schema(example = "gpt-oss:20b")]
    model: String,
    /// With which key.
    #[schema(example = 12)]
    key_id: i64,
    /// The same, masked.
    #[schema(example = "sk-a…9f3c")]
    key: String,
    /// What it came to: `ok`, `rate_limited`, `overloaded`, … (see the list of verdicts).
    #[schema(example = "ok")]
    verdict: String,
    /// What that meant for the pool: `success`, `neutral`, `cool`, `strike`, `reject` or
    /// `overloaded`.
    #[schema(example = "success")]
    effect: String,
    /// The upstream's status; null when it gave none.
    #[schema(example = 200)]
    status: Option<u16>,
    /// How long the request waited for the key.
    #[schema(example = 0)]
    wait_ms: i64,
    /// From then to the first byte for the client; null when it didn't come to that.
    #[schema(example = 419)]
    ttft_ms: Option<i64>,
    /// From then to the attempt's end.
    #[schema(example = 1839)]
    duration_ms: i64,
    /// The code of the upstream's error; empty for none.
    #[schema(example = "rate_limit_exceeded")]
    error_code: String,
    /// The beginning of its message, 300 characters at most. What looks like a key is cut out; a
    /// message that repeats the request is left out.
    #[schema(example = "too many concurrent requests")]
    error_message: String,
}

/// The rows with the names of what they tell of.
pub async fn views(conn: &mut Conn<'_>, rows: Vec<LogRow>) -> QueryResult<Vec<RequestView>> {
    let read = |row: LogRow| {
        // What another version wrote and this one can't read is left out.
        let attempts: Vec<AttemptLine> = serde_json::from_str(&row.attempts).unwrap_or_default();
        (row, attempts)
    };
    let rows: Vec<_> = rows.into_iter().map(read).collect();
    let of_row = |(row, attempts): &(LogRow, Vec<AttemptLine>)| {
        attempts.iter().map(|attempt| attempt.key_id).chain([row.key_id]).collect::<Vec<_>>()
    };
    let mut keys: Vec<i64> = rows.iter().flat_map(of_row).collect();
    let mut tokens: Vec<i64> = rows.iter().map(|(row, _)| row.token_id).collect();
    for ids in [&mut keys, &mut tokens] {
        ids.sort_unstable();
        ids.dedup();
    }
    let keys = masked_keys(conn, &keys).await?;
    let tokens = token_names(conn, &tokens).await?;
    Ok(rows.into_iter().map(|(row, attempts)| view(row, attempts, &keys, &tokens)).collect())
}

/// A name, or what is left of it.
fn name(names: &HashMap<i64, String>, what: &str, id: i64) -> String {
    match names.get(&id) {
        Some(name) => name.clone(),
        None if id == 0 => format!("(no {what})"),
        None => format!("({what} {id}, deleted)"),
    }
}

fn view(
    row: LogRow,
    attempts: Vec<AttemptLine>,
    keys: &HashMap<i64, String>,
    tokens: &HashMap<i64, String>,
) -> RequestView {
    let key_id = Some(row.key_id).filter(|id| *id != 0);
    RequestView {
        at: rfc3339(row.at),
        token: name(tokens, "token", row.token_id),
        key_id,
        key: key_id.map(|id| name(keys, "key", id)),
        id: row.id,
        request_id: row.request_id,
        provider: row.provider,
        model: row.model,
        asked_model: row.asked_model,
        error_code: row.error_code,
        error_message: row.error_message,
        token_id: row.token_id,
        stream: row.stream,
        outcome: row.outcome,
        status: row.status,
        cache: row.cache,
        latency_ms: row.latency_ms,
        ttft_ms: row.ttft_ms,
        prompt_tokens: row.prompt_tokens,
        completion_tokens: row.completion_tokens,
        attempts: attempts.into_iter().map(|attempt| attempt_view(attempt, keys)).collect(),
    }
}

fn attempt_view(attempt: AttemptLine, keys: &HashMap<i64, String>) -> AttemptView {
    AttemptView {
        key: name(keys, "key", attempt.key_id),
        provider: attempt.provider,
        model: attempt.model,
        key_id: attempt.key_id,
        verdict: attempt.verdict,
        effect: attempt.effect,
        status: attempt.status,
        wait_ms: attempt.wait_ms,
        ttft_ms: attempt.ttft_ms,
        duration_ms: attempt.duration_ms,
        error_code: attempt.error_code,
        error_message: attempt.error_message,
    }
}
