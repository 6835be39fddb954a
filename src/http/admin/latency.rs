//! `GET /admin/latency`: how long good answers took.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, web};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::period::{self, Period, PeriodView};
use super::search::exact;
use super::usage::provider;
use crate::app::App;
use crate::error::{Admin, AdminError, invalid};
use crate::http::extract::Administrator;
use crate::models::latency::Spreads;
use crate::models::usage_report::{By, Group, UsageFilter};
use crate::stats::latency::Spread;

/// What a report covers unless it is said.
const USUAL: TimeDelta = TimeDelta::hours(24);

/// What is asked.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LatencyQuery {
    /// RFC 3339 or a day in UTC; a day before `to` unless given. Hours count whole.
    #[param(example = "2026-11-22")]
    from: Option<String>,
    /// The end, which is not part of it; now unless given.
    #[param(example = "2026-11-23T14:00:00Z")]
    to: Option<String>,
    /// One provider's only; all unless given.
    #[param(example = "ollama")]
    provider: Option<String>,
    /// One model's only.
    #[param(example = "gpt-oss:20b")]
    model: Option<String>,
    /// A point for each of these; `hour` unless given.
    #[param(inline)]
    by: Option<By>,
}

/// Percentiles in milliseconds, within 10 %; null when there were no requests.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct Percentiles {
    #[schema(example = 1300)]
    p50_ms: Option<i64>,
    #[schema(example = 3100)]
    p90_ms: Option<i64>,
    #[schema(example = 4200)]
    p95_ms: Option<i64>,
    #[schema(example = 9800)]
    p99_ms: Option<i64>,
}

impl Percentiles {
    fn of(spread: &Spread) -> Self {
        Self {
            p50_ms: spread.percentile(50),
            p90_ms: spread.percentile(90),
            p95_ms: spread.percentile(95),
            p99_ms: spread.percentile(99),
        }
    }
}

/// How long good answers took in one period.
#[derive(Debug, Serialize, ToSchema)]
pub struct LatencyPoint {
    /// The hour (RFC 3339) or the day; null for the whole time.
    #[schema(example = "2026-11-23T13:00:00.000Z")]
    period: Option<String>,
    /// How many there were.
    #[schema(example = 420)]
    requests: i64,
    /// Until the answer was complete.
    latency: Percentiles,
    /// Until its first byte.
    ttft: Percentiles,
}

/// A report.
#[derive(Debug, Serialize, ToSchema)]
pub struct LatencyReport {
    /// What it covers.
    #[serde(flatten)]
    period: PeriodView,
    /// What its points are of.
    by: By,
    /// Oldest first; periods without requests are left out.
    points: Vec<LatencyPoint>,
    /// The whole time.
    total: LatencyPoint,
}

/// Percentiles of how long good answers took, and their first bytes.
#[utoipa::path(
    get, path = "/admin/latency", tag = "Reports", params(LatencyQuery),
    responses(
        (status = 200, body = LatencyReport), (status = 401, body = AdminError),
        (status = 404, description = "No such provider", body = AdminError),
        (status = 422, body = AdminError), (status = 503, body = AdminError),
    ),
)]
pub async fn report(
    _: Administrator,
    app: web::Data<App>,
    query: web::Query<LatencyQuery>,
) -> Result<HttpResponse, Admin> {
    let by = query.by.unwrap_or(By::Hour);
    let (from, to) = (query.from.as_deref(), query.to.as_deref());
    let period = Period::parse(from, to, USUAL, app.clock.now())?.in_hours(by)?;
    let provider = provider(&app, query.provider.as_deref())?;
    let mut filter = UsageFilter::since(period.from, period.to, provider);
    filter.model = exact("model", query.model.as_deref())?;
    let _ = app.actors.stats.flush().await;
    let mut conn = app.database.get().await?;
    let too_many = || invalid("from", "that is too much to read: ask for less time");
    let spreads = Spreads::read(&mut conn, &filter, by, Group::None).await?.ok_or_else(too_many)?;
    let whole: BTreeMap<_, _> =
        Spreads::read(&mut conn, &filter, By::None, Group::None).await?.ok_or_else(too_many)?;
    let total = point("", whole.values().next().unwrap_or(&Spreads::default()));
    let points = spreads.iter().map(|((period, _), spreads)| point(period, spreads)).collect();
    Ok(HttpResponse::Ok().json(LatencyReport { period: period.view(), by, points, total }))
}

fn point(name: &str, spreads: &Spreads) -> LatencyPoint {
    LatencyPoint {
        period: period::told(name),
        requests: spreads.latency.count(),
        latency: Percentiles::of(&spreads.latency),
        ttft: Percentiles::of(&spreads.ttft),
    }
}
