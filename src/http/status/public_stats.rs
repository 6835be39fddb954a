//! The numbers that anyone may see.

use std::sync::Arc;

use chrono::{NaiveDateTime, TimeDelta};
use serde::Serialize;
use utoipa::ToSchema;

use super::success_rate;
use crate::app::App;
use crate::clock::{Millis, rfc3339};
use crate::error::ApiError;
use crate::models::report::{HourTotals, ModelTotals, Totals};
use crate::provider::Provider;
use crate::upstream::catalogue;
use crate::upstream::client::Client;

const HOUR_MS: i64 = 3_600_000;

/// The numbers that anyone may see, of one provider.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PublicStats {
    /// Of all time.
    global: Global,
    /// The ten models with the most requests, ever, of those in the provider's catalogue.
    top_models: Vec<ModelView>,
    /// The three with the most in the last 24 hours.
    recent_top_models: Vec<ModelView>,
    /// The last 24 hours, oldest first.
    hourly_trend: Vec<HourView>,
    /// `sqlite` or `postgres`.
    #[schema(example = "sqlite")]
    storage: &'static str,
    /// Now.
    #[schema(example = "2026-11-23T13:12:11.480Z")]
    timestamp: String,
}

/// Requests and keys.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Global {
    /// Ever: `successCount + failureCount + clientErrorCount + cancelledCount + refusedCount`.
    #[schema(example = 48211)]
    total_requests: i64,
    /// Answered well.
    #[schema(example = 47000)]
    success_count: i64,
    /// Failed although keys were tried.
    #[schema(example = 300)]
    failure_count: i64,
    /// At fault themselves: the upstream answered 4xx.
    #[schema(example = 500)]
    client_error_count: i64,
    /// Left by their clients.
    #[schema(example = 311)]
    cancelled_count: i64,
    /// Turned away before a key was tried.
    #[schema(example = 100)]
    refused_count: i64,
    /// Percent of those that were served: successes of successes and failures.
    #[schema(example = 99.37)]
    success_rate: f64,
    /// Now.
    #[schema(example = "2026-11-23T13:12:11.480Z")]
    last_updated: String,
    /// Upstream keys.
    #[schema(example = 120)]
    total_api_keys: usize,
    /// In rotation.
    #[schema(example = 113)]
    active_keys: usize,
    /// Out of it.
    #[schema(example = 4)]
    failed_keys: usize,
    /// `sqlite` or `postgres`.
    #[schema(example = "sqlite")]
    storage: &'static str,
}

/// A model and its requests.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ModelView {
    #[schema(example = "gpt-oss:20b")]
    model: String,
    requests: i64,
    success: i64,
    failure: i64,
    client_errors: i64,
    cancelled: i64,
    refused: i64,
    success_rate: f64,
}

/// An hour and its requests.
#[derive(Serialize, ToSchema)]
pub struct HourView {
    #[schema(example = "2026-11-23T13:00:00.000Z")]
    hour: String,
    requests: i64,
    success: i64,
    failure: i64,
    #[serde(rename = "clientErrors")]
    client_errors: i64,
    cancelled: i64,
    refused: i64,
}

impl From<&ModelTotals> for ModelView {
    fn from(totals: &ModelTotals) -> Self {
        Self {
            model: totals.model.clone(),
            requests: totals.requests,
            success: totals.success,
            failure: totals.failure,
            client_errors: totals.client_errors,
            cancelled: totals.cancelled,
            refused: totals.refused,
            success_rate: success_rate(totals.success, totals.failure),
        }
    }
}

impl PublicStats {
    /// Asks the database and the pool. Names of models come from clients, who could write anything
    /// for everybody to see: only those are told that the provider's catalogue has.
    pub async fn collect(
        app: &App,
        client: &Client,
        provider: &Arc<Provider>,
    ) -> Result<Self, ApiError> {
        let names = catalogue::names(app, client, provider).await;
        let provider = &*provider.id;
        let now = app.clock.now();
        let this_hour = Millis(now.0.div_euclid(HOUR_MS) * HOUR_MS).naive();
        let first = this_hour - TimeDelta::hours(23);
        // What is counted but not written yet belongs to the picture; without a database it can't.
        let _ = app.actors.stats.flush().await;
        let mut conn = app.database.get().await?;
        let totals = Totals::ever(&mut conn, Some(provider)).await?;
        let top = ModelTotals::top(&mut conn, provider, Millis(0).naive(), &names, 10).await?;
        let recent = ModelTotals::top(&mut conn, provider, first, &names, 3).await?;
        let hours = HourTotals::since(&mut conn, provider, first).await?;
        let counts = app.actors.key_pool.observe(provider).await?.counts;
        let (success, failure) = (totals.success.unwrap_or(0), totals.failure.unwrap_or(0));
        let storage = app.database.kind();
        Ok(Self {
            global: Global {
                total_requests: totals.requests.unwrap_or(0),
                success_count: success,
                failure_count: failure,
                client_error_count: totals.client_errors.unwrap_or(0),
                cancelled_count: totals.cancelled.unwrap_or(0),
                refused_count: totals.refused.unwrap_or(0),
                success_rate: success_rate(success, failure),
                last_updated: now.rfc3339(),
                total_api_keys: counts.active + counts.cooling + counts.disabled + counts.expired,
                active_keys: counts.active,
                failed_keys: counts.disabled,
                storage,
            },
            top_models: top.iter().map(ModelView::from).collect(),
            recent_top_models: recent.iter().map(ModelView::from).collect(),
            hourly_trend: trend(first, &hours),
            storage,
            timestamp: now.rfc3339(),
        })
    }
}

/// 24 hours, those without requests too.
fn trend(first: NaiveDateTime, hours: &[HourTotals]) -> Vec<HourView> {
    let point = |n| {
        let hour = first + TimeDelta::hours(n);
        let found = hours.iter().find(|found| found.hour == hour);
        let of = |pick: fn(&HourTotals) -> i64| found.map_or(0, pick);
        HourView {
            hour: rfc3339(hour),
            requests: of(|found| found.requests),
            success: of(|found| found.success),
            failure: of(|found| found.failure),
            client_errors: of(|found| found.client_errors),
            cancelled: of(|found| found.cancelled),
            refused: of(|found| found.refused),
        }
    };
    (0..24).map(point).collect()
}
