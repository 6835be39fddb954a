//! `GET /admin/stats`.

use actix_web::{HttpResponse, web};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::keys::query::scope;
use crate::app::App;
use crate::error::{Admin, AdminError};
use crate::http::extract::Administrator;
use crate::http::status::success_rate;
use crate::models::client_token::ClientToken;
use crate::models::key_list::{KeyFilter, KeyStatus};
use crate::models::latency::Spreads;
use crate::models::report::Totals;
use crate::models::upstream_key::UpstreamKey;
use crate::models::usage_report::{By, Group, UsageFilter};

/// What is counted or decided in memory is written first, so that the answer is up to date. With
/// the database away the query after it says so.
pub async fn settle(app: &App) {
    let _ = tokio::join!(app.actors.stats.flush(), app.actors.key_pool.save());
}

/// The query of the totals.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TotalsQuery {
    /// `ollama` unless given; `all` for all.
    #[param(example = "ollama")]
    provider: Option<String>,
}

/// Keys, tokens and requests in numbers.
#[derive(Serialize, ToSchema)]
pub struct TotalsView {
    /// Upstream keys.
    #[schema(example = 120)]
    total_api_keys: i64,
    /// Of those, in rotation.
    #[schema(example = 113)]
    active_keys: i64,
    /// Of those, taken out by failures or by the upstream's refusal.
    #[schema(example = 4)]
    failed_keys: i64,
    /// Client tokens, of all providers.
    #[schema(example = 9)]
    total_client_tokens: i64,
    /// Requests, ever: `success_count + failure_count + client_error_count + cancelled_count +
    /// refused_count`.
    #[schema(example = 48211)]
    total_requests: i64,
    /// Of those, today in UTC.
    #[schema(example = 1200)]
    requests_today: i64,
    /// Of all, answered well.
    #[schema(example = 47000)]
    success_count: i64,
    /// Of all, failed although keys were tried.
    #[schema(example = 300)]
    failure_count: i64,
    /// Of all, at fault themselves: the upstream answered 4xx.
    #[schema(example = 500)]
    client_error_count: i64,
    /// Of all, left by their clients.
    #[schema(example = 311)]
    cancelled_count: i64,
    /// Of all, turned away before a key was tried: by a limit, for want of a key, ….
    #[schema(example = 100)]
    refused_count: i64,
    /// Percent of those that were served: successes of successes and failures.
    #[schema(example = 99.37)]
    success_rate: f64,
    /// Of the good answers of the last 24 hours, in milliseconds, within 10 %; null for none.
    #[schema(example = 1300)]
    latency_p50_ms: Option<i64>,
    /// As before.
    #[schema(example = 9800)]
    latency_p99_ms: Option<i64>,
    /// Until their first bytes.
    #[schema(example = 300)]
    ttft_p50_ms: Option<i64>,
    /// Until their first bytes.
    #[schema(example = 2100)]
    ttft_p99_ms: Option<i64>,
    /// `sqlite` or `postgres`.
    #[schema(example = "sqlite")]
    storage: &'static str,
    /// Now.
    #[schema(example = "2026-11-23T13:12:11.480Z")]
    timestamp: String,
}

/// Keys, tokens and requests in numbers.
#[utoipa::path(
    get, path = "/admin/stats", tag = "Reports", params(TotalsQuery),
    responses(
        (status = 200, body = TotalsView), (status = 401, body = AdminError),
        (status = 404, description = "No such provider", body = AdminError),
        (status = 422, body = AdminError), (status = 503, body = AdminError),
    ),
)]
pub async fn totals(
    _: Administrator,
    app: web::Data<App>,
    query: web::Query<TotalsQuery>,
) -> Result<HttpResponse, Admin> {
    let provider = scope(&app, query.provider.as_deref())?;
    settle(&app).await;
    let now = app.clock.now().naive();
    let mut conn = app.database.get().await?;
    let mut count = async |status| {
        let filter = KeyFilter { provider: provider.clone(), status, ..KeyFilter::default() };
        UpstreamKey::count(&mut conn, &filter, now).await
    };
    let total_api_keys = count(KeyStatus::All).await?;
    let active_keys = count(KeyStatus::Active).await?;
    let failed_keys = count(KeyStatus::Failed).await?;
    let totals = Totals::ever(&mut conn, provider.as_deref()).await?;
    let requests_today = Totals::requests_on(&mut conn, provider.as_deref(), now.date()).await?;
    let day = UsageFilter::since(now - TimeDelta::days(1), now, provider);
    let spreads = Spreads::read(&mut conn, &day, By::None, Group::None).await?;
    let Spreads { latency, ttft } = spreads.into_iter().flatten().next().unwrap_or_default().1;
    let (success_count, failure_count) = (totals.success.unwrap_or(0), totals.failure.unwrap_or(0));
    Ok(HttpResponse::Ok().json(TotalsView {
        total_api_keys,
        active_keys,
        failed_keys,
        total_client_tokens: ClientToken::count(&mut conn).await?,
        total_requests: totals.requests.unwrap_or(0),
        requests_today,
        success_count,
        failure_count,
        client_error_count: totals.client_errors.unwrap_or(0),
        cancelled_count: totals.cancelled.unwrap_or(0),
        refused_count: totals.refused.unwrap_or(0),
        success_rate: success_rate(success_count, failure_count),
        latency_p50_ms: latency.percentile(50),
        latency_p99_ms: latency.percentile(99),
        ttft_p50_ms: ttft.percentile(50),
        ttft_p99_ms: ttft.percentile(99),
        storage: app.database.kind(),
        timestamp: app.clock.now().rfc3339(),
    }))
}
