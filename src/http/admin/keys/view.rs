//! A key as answers show it: masked.

use chrono::NaiveDateTime;
use serde::Serialize;
use utoipa::ToSchema;

use crate::clock::rfc3339;
use crate::http::status::success_rate;
use crate::models::key_list::KeyStatus;
use crate::models::upstream_key::UpstreamKey;

/// An upstream key, masked.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeyView {
    #[schema(example = 12)]
    id: i64,
    /// Masked.
    #[schema(example = "sk-a…9f3c")]
    api_key: String,
    #[schema(example = "ann@example.com")]
    username: String,
    #[schema(example = "ollama")]
    provider: String,
    /// Keys of one account share its waits and its cap; empty for a key on its own.
    #[schema(example = "ann")]
    account: String,
    /// Model families, sorted, with commas between them.
    #[schema(example = "kimi,llama")]
    category: String,
    /// `active`, `cooling`, `disabled`, `failed` or `expired`.
    #[schema(example = "active")]
    status: &'static str,
    /// `manual`, `provider_moved` while nobody has confirmed its provider's new place, or why it
    /// failed.
    #[schema(example = "manual")]
    disabled_reason: Option<String>,
    /// The administrator's own word, while a key is out by hand.
    #[schema(example = "billing dispute")]
    disabled_note: Option<String>,
    #[schema(example = "2026-11-24T10:00:00.000Z")]
    disabled_until: Option<String>,
    #[schema(example = "weekly_limit")]
    cooling_reason: Option<String>,
    #[schema(example = "2026-11-24T10:00:00.000Z")]
    cooling_until: Option<String>,
    /// Picks a turn.
    #[schema(example = 1)]
    weight: i32,
    /// Requests at once; 0 for no cap. The largest among an account's keys is the account's.
    #[schema(example = 3)]
    max_concurrency: i32,
    /// What the upstream calls its plan; empty where that is not known.
    #[schema(example = "pro")]
    plan: String,
    /// The import that brought it.
    #[schema(example = 4)]
    import_id: Option<i64>,
    #[schema(example = "2026-11-24T09:00:00.000Z")]
    created_at: String,
    #[schema(example = "2027-11-24T09:00:00.000Z")]
    expires_at: Option<String>,
    #[schema(example = "2026-11-24T09:30:00.000Z")]
    last_used: Option<String>,
    /// Attempts made with it: each time that it was tried for a request. See `answers` for the requests
    /// that it answered.
    #[schema(example = 1200)]
    total_requests: i64,
    /// Of those, answered well.
    #[schema(example = 1170)]
    answers: i64,
    /// Of those, failed: by the key, its account or its upstream.
    #[schema(example = 6)]
    failed_attempts: i64,
    /// Of those, nobody's failure: the client left, or the request was at fault.
    #[schema(example = 24)]
    neutral_attempts: i64,
    /// Percent of `answers` and `failed_attempts` that are answers.
    #[schema(example = 99.5)]
    success_rate: f64,
}

impl KeyView {
    /// The key as it stands at `now`.
    pub fn of(row: UpstreamKey, now: NaiveDateTime) -> Self {
        let status = row.status(now);
        let still_off = row.disabled_until.is_none_or(|until| until > now);
        let cooling_until = row.cooling_until.filter(|until| *until > now);
        let held = row.held;
        let disabled_reason = row.disabled_reason(now).map(str::to_owned);
        let noted = !held && status == KeyStatus::Disabled && !row.disabled_note.is_empty();
        let neutral_attempts = neutral_attempts(&row);
        Self {
            id: row.id,
            api_key: row.masked,
            username: row.username,
            provider: row.provider,
            account: row.account,
            category: row.category,
            status: status.as_str(),
            disabled_reason,
            disabled_note: noted.then_some(row.disabled_note),
            disabled_until: row.disabled_until.filter(|_| still_off && !held).map(rfc3339),
            cooling_reason: row.cooling_reason.filter(|_| cooling_until.is_some()),
            cooling_until: cooling_until.map(rfc3339),
            weight: row.weight,
            max_concurrency: row.max_concurrency,
            plan: row.plan,
            import_id: row.import_id,
            created_at: rfc3339(row.created_at),
            expires_at: row.expires_at.map(rfc3339),
            last_used: row.last_used_at.map(rfc3339),
            total_requests: row.total_requests,
            answers: row.success_count,
            failed_attempts: row.failure_count,
            neutral_attempts,
            success_rate: success_rate(row.success_count, row.failure_count),
        }
    }
}

/// Attempts that said nothing about the key.
pub fn neutral_attempts(row: &UpstreamKey) -> i64 {
    (row.total_requests - row.success_count - row.failure_count).max(0)
}
