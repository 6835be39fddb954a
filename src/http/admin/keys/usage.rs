//! `GET /admin/api-keys/{id}/stats`: what one key was tried for, and what it answered.

use actix_web::{HttpResponse, web};
use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::show::stored;
use crate::app::App;
use crate::error::{Admin, AdminError, invalid};
use crate::http::admin::stats::settle;
use crate::http::extract::Administrator;
use crate::models::key_usage::KeyUsage;

/// The longest span in days.
const DAYS_MAX: u64 = 365;

/// The most rows: model names come from clients, so there is an end to them.
const ROWS_MAX: i64 = 5_000;

/// The span.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UsageQuery {
    /// Days back with today, 1 to 365; 30 unless given.
    #[param(minimum = 1, maximum = 365)]
    days: Option<u64>,
}

/// What a key was used for.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeyUsageReport {
    #[schema(example = 12)]
    id: i64,
    /// The first day, in UTC.
    #[schema(example = "2026-10-26")]
    since: NaiveDate,
    /// By day and model, newest first.
    days: Vec<Used>,
    /// There was more than is shown.
    #[schema(example = false)]
    truncated: bool,
}

/// A day and a model: how often the key was tried, and the requests that it answered or was the
/// last to be tried for.
#[derive(Debug, Serialize, ToSchema)]
struct Used {
    #[schema(example = "2026-11-24")]
    day: NaiveDate,
    #[schema(example = "llama3.2")]
    model: String,
    /// How often it was tried. All days together are the key's `total_requests`, as long as their
    /// statistics are kept.
    #[schema(example = 124)]
    attempts: i64,
    /// Of those, failed: another key may have answered then.
    #[schema(example = 5)]
    failed_attempts: i64,
    /// Requests that it answered, or was the last to be tried for.
    #[schema(example = 121)]
    requests: i64,
    /// Of those, answered well.
    #[schema(example = 118)]
    success: i64,
    /// Of those, failed.
    #[schema(example = 1)]
    failure: i64,
    /// Of those, at fault themselves: the upstream answered 4xx.
    #[schema(example = 1)]
    client_errors: i64,
    /// Of those, left by their clients.
    #[schema(example = 1)]
    cancelled: i64,
    #[schema(example = 4000)]
    prompt_tokens: i64,
    #[schema(example = 9000)]
    completion_tokens: i64,
    /// From the request to the end of the answer, on average.
    #[schema(example = 850)]
    latency_ms_mean: i64,
}

/// Statistics of one key, by day and model.
#[utoipa::path(
    get, path = "/admin/api-keys/{id}/stats", tag = "Keys", params(("id" = i64, Path), UsageQuery),
    responses(
        (status = 200, body = KeyUsageReport), (status = 401, body = AdminError),
        (status = 404, body = AdminError), (status = 422, body = AdminError),
        (status = 503, body = AdminError),
    ),
)]
pub async fn usage(
    _: Administrator,
    app: web::Data<App>,
    id: web::Path<i64>,
    query: web::Query<UsageQuery>,
) -> Result<HttpResponse, Admin> {
    let days = query.days.unwrap_or(30);
    if !(1..=DAYS_MAX).contains(&days) {
        return Err(invalid("days", "1 to 365").into());
    }
    stored(&app, *id).await?;
    settle(&app).await;
    let today = app.clock.now().naive().date();
    let since = today.checked_sub_days(Days::new(days - 1)).unwrap_or(today);
    let mut conn = app.database.get().await?;
    let rows = KeyUsage::by_day(&mut conn, *id, since, ROWS_MAX + 1).await?;
    let most = usize::try_from(ROWS_MAX).unwrap_or(usize::MAX);
    let truncated = rows.len() > most;
    let days = rows.into_iter().take(most).map(one).collect();
    Ok(HttpResponse::Ok().json(KeyUsageReport { id: *id, since, days, truncated }))
}

fn one(row: KeyUsage) -> Used {
    Used {
        day: row.day,
        model: row.model,
        attempts: row.attempts,
        failed_attempts: row.failed_attempts,
        requests: row.requests,
        success: row.success,
        failure: row.failure,
        client_errors: row.client_errors,
        cancelled: row.cancelled,
        prompt_tokens: row.prompt_tokens,
        completion_tokens: row.completion_tokens,
        latency_ms_mean: row.latency_ms_sum / row.requests.max(1),
    }
}
