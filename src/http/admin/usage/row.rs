//! A row of a usage report.

use serde::Serialize;
use utoipa::ToSchema;

use super::super::period;
use crate::http::status::success_rate;
use crate::models::latency::SpreadsBy;
use crate::models::usage_report::{Group, UsageSums};
use crate::stats::latency::Spread;

/// Requests and what they came to.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UsageCounts {
    /// All: `success + failure + client_errors + cancelled + refused`. Of a key: those that it
    /// answered, or was the last to be tried for.
    #[schema(example = 1200)]
    pub requests: i64,
    /// Answered well.
    #[schema(example = 1150)]
    pub success: i64,
    /// Failed although keys were tried.
    #[schema(example = 12)]
    pub failure: i64,
    /// At fault themselves: the upstream answered 4xx.
    #[schema(example = 20)]
    pub client_errors: i64,
    /// Left by their clients.
    #[schema(example = 10)]
    pub cancelled: i64,
    /// Turned away before a key was tried.
    #[schema(example = 8)]
    pub refused: i64,
    /// Percent of those that were served: successes of successes and failures.
    #[schema(example = 98.97)]
    pub success_rate: f64,
    /// Statuses 400 to 499 but 429.
    pub status_4xx: i64,
    /// Turned away by a limit of the token, of the keys or of the upstream.
    pub status_429: i64,
    /// Statuses from 500.
    pub status_5xx: i64,
    /// Tries with keys: each counts for the provider, model and key that it was made with, whoever
    /// answered the request.
    #[schema(example = 1243)]
    pub attempts: i64,
    /// Of those, failed. A request of which the first key fails and the second answers is a success
    /// with one failed attempt.
    #[schema(example = 43)]
    pub failed_attempts: i64,
    /// As upstreams counted them.
    #[schema(example = 540000)]
    pub prompt_tokens: i64,
    /// As upstreams counted them.
    #[schema(example = 210000)]
    pub completion_tokens: i64,
    /// Both.
    #[schema(example = 750000)]
    pub total_tokens: i64,
    /// Of all requests that were not refused, in milliseconds; null when there are none.
    #[schema(example = 1840)]
    pub avg_latency_ms: Option<i64>,
    /// Until the first byte, of the same.
    #[schema(example = 420)]
    pub avg_ttft_ms: Option<i64>,
}

impl UsageCounts {
    /// These sums, for an answer.
    pub fn of(sums: &UsageSums) -> Self {
        let not_refused = sums.requests.saturating_sub(sums.refused);
        Self {
            requests: sums.requests,
            success: sums.success,
            failure: sums.failure,
            client_errors: sums.client_errors,
            cancelled: sums.cancelled,
            refused: sums.refused,
            success_rate: success_rate(sums.success, sums.failure),
            status_4xx: sums.status_4xx,
            status_429: sums.status_429,
            status_5xx: sums.status_5xx,
            attempts: sums.attempts,
            failed_attempts: sums.failed_attempts,
            prompt_tokens: sums.prompt_tokens,
            completion_tokens: sums.completion_tokens,
            total_tokens: sums.prompt_tokens.saturating_add(sums.completion_tokens),
            avg_latency_ms: sums.latency_ms_sum.checked_div(not_refused),
            avg_ttft_ms: sums.ttft_ms_sum.checked_div(not_refused),
        }
    }
}

/// Percentiles in milliseconds, within 10 %; null where they aren't counted.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct UsagePercentiles {
    #[schema(example = 1300)]
    pub latency_p50_ms: Option<i64>,
    #[schema(example = 4200)]
    pub latency_p95_ms: Option<i64>,
    #[schema(example = 9800)]
    pub latency_p99_ms: Option<i64>,
    #[schema(example = 300)]
    pub ttft_p50_ms: Option<i64>,
    #[schema(example = 900)]
    pub ttft_p95_ms: Option<i64>,
    #[schema(example = 2100)]
    pub ttft_p99_ms: Option<i64>,
}

/// A row.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UsageView {
    /// The hour (RFC 3339) or the day; null for the whole time.
    #[schema(example = "2026-11-23")]
    pub period: Option<String>,
    /// The model's or provider's name, the error's code, or the id of the key, token or user; 0 for
    /// none.
    #[schema(example = "gpt-oss:20b")]
    pub id: String,
    /// For people: the key masked, the token's name, the user's address.
    #[schema(example = "gpt-oss:20b")]
    pub label: String,
    /// Its numbers.
    #[serde(flatten)]
    pub counts: UsageCounts,
    /// Its percentiles.
    #[serde(flatten)]
    pub percentiles: UsagePercentiles,
}

impl UsageView {
    /// These sums, for an answer.
    pub fn of(sums: &UsageSums, group: Group, spreads: Option<&SpreadsBy>) -> Self {
        let spreads = spreads.and_then(|all| all.get(&(sums.period.clone(), sums.id.clone())));
        let percentiles = spreads.map(|spreads| {
            let (latency, ttft): (&Spread, &Spread) = (&spreads.latency, &spreads.ttft);
            UsagePercentiles {
                latency_p50_ms: latency.percentile(50),
                latency_p95_ms: latency.percentile(95),
                latency_p99_ms: latency.percentile(99),
                ttft_p50_ms: ttft.percentile(50),
                ttft_p95_ms: ttft.percentile(95),
                ttft_p99_ms: ttft.percentile(99),
            }
        });
        Self {
            period: period::told(&sums.period),
            id: sums.id.clone(),
            label: label(sums, group),
            counts: UsageCounts::of(sums),
            percentiles: percentiles.unwrap_or_default(),
        }
    }
}

fn label(sums: &UsageSums, group: Group) -> String {
    let what = match group {
        Group::Model if sums.id.is_empty() => return "(no such model)".to_owned(),
        Group::Provider if sums.id.is_empty() => return "(no such provider)".to_owned(),
        Group::Model | Group::Provider | Group::Reason | Group::None => return sums.id.clone(),
        Group::Key => "key",
        Group::Token => "token",
        Group::User => "user",
    };
    match &sums.label {
        Some(label) => label.clone(),
        None if sums.id == "0" => format!("(no {what})"),
        None => format!("({what} {}, deleted)", sums.id),
    }
}

/// All rows together.
pub fn total(rows: &[UsageSums]) -> UsageSums {
    rows.iter().fold(UsageSums::default(), |mut total, row| {
        total.requests += row.requests;
        total.success += row.success;
        total.failure += row.failure;
        total.cancelled += row.cancelled;
        total.client_errors += row.client_errors;
        total.refused += row.refused;
        total.status_4xx += row.status_4xx;
        total.status_429 += row.status_429;
        total.status_5xx += row.status_5xx;
        total.attempts += row.attempts;
        total.failed_attempts += row.failed_attempts;
        total.prompt_tokens = total.prompt_tokens.saturating_add(row.prompt_tokens);
        total.completion_tokens = total.completion_tokens.saturating_add(row.completion_tokens);
        total.latency_ms_sum += row.latency_ms_sum;
        total.ttft_ms_sum += row.ttft_ms_sum;
        total
    })
}
