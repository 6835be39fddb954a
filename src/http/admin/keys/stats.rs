//! `GET /admin/keys/stats`.

use actix_web::{HttpResponse, web};
use chrono::NaiveDateTime;
use serde::Serialize;
use utoipa::ToSchema;

use super::list::page;
use super::query::KeyQuery;
use super::view::neutral_attempts;
use crate::app::App;
use crate::clock::rfc3339;
use crate::error::{Admin, AdminError};
use crate::http::extract::Administrator;
use crate::http::status::success_rate;
use crate::models::page::Paging;
use crate::models::upstream_key::UpstreamKey;

/// One page of the keys' statistics.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeyStatsPage {
    stats: Vec<KeyStats>,
    #[serde(flatten)]
    paging: Paging,
}

/// What a key was used for since it was added.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct KeyStats {
    #[schema(example = 12)]
    id: i64,
    /// Masked.
    #[schema(example = "sk-a…9f3c")]
    api_key: String,
    /// Attempts made with it.
    #[schema(example = 1200)]
    total_requests: i64,
    /// Of those, answered well.
    #[schema(example = 1170)]
    success_count: i64,
    /// Of those, failed: by the key, its account or its upstream.
    #[schema(example = 6)]
    failure_count: i64,
    /// Of those, nobody's failure: the client left, or the request was at fault.
    #[schema(example = 24)]
    neutral_count: i64,
    /// Percent of successes and failures that are successes.
    #[schema(example = 99.5)]
    success_rate: f64,
    /// Failures of its own in a row.
    #[schema(example = 0)]
    consecutive_failures: i32,
    #[schema(example = "2026-11-24T09:30:00.000Z")]
    last_used: Option<String>,
    #[schema(example = "2026-11-24T09:30:00.000Z")]
    last_success: Option<String>,
    #[schema(example = "2026-11-24T08:00:00.000Z")]
    last_failure: Option<String>,
    /// `active`, `cooling`, `disabled`, `failed` or `expired`.
    #[schema(example = "active")]
    status: &'static str,
    #[schema(example = "auto-disabled")]
    disabled_reason: Option<String>,
}

/// Statistics of each key, by page.
#[utoipa::path(
    get, path = "/admin/keys/stats", tag = "Keys", params(KeyQuery),
    responses(
        (status = 200, body = KeyStatsPage), (status = 401, body = AdminError),
        (status = 404, body = AdminError), (status = 422, body = AdminError),
        (status = 503, body = AdminError),
    ),
)]
pub async fn stats(
    _: Administrator,
    app: web::Data<App>,
    query: web::Query<KeyQuery>,
) -> Result<HttpResponse, Admin> {
    let (rows, paging, now) = page(&app, &query).await?;
    let stats = rows.into_iter().map(|row| one(row, now)).collect();
    Ok(HttpResponse::Ok().json(KeyStatsPage { stats, paging }))
}

fn one(row: UpstreamKey, now: NaiveDateTime) -> KeyStats {
    KeyStats {
        id: row.id,
        status: row.status(now).as_str(),
        total_requests: row.total_requests,
        neutral_count: neutral_attempts(&row),
        success_count: row.success_count,
        failure_count: row.failure_count,
        success_rate: success_rate(row.success_count, row.failure_count),
        consecutive_failures: row.consecutive_failures,
        last_used: row.last_used_at.map(rfc3339),
        last_success: row.last_success_at.map(rfc3339),
        last_failure: row.last_failure_at.map(rfc3339),
        disabled_reason: match row.held {
            true => row.disabled_reason(now).map(str::to_owned),
            false => row.disabled_reason,
        },
        api_key: row.masked,
    }
}
