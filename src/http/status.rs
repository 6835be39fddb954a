//! How the process and the pool are, for anyone.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::time::Duration;

use actix_web::{HttpResponse, web};
use bytes::Bytes;
use chrono::{TimeDelta, Timelike};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::app::App;
use crate::clock::{Millis, rfc3339};
use crate::error::{Admin, ApiError};
use crate::http::extract::{Anyone, provider};
use crate::models::report::{HourTotals, ModelTotals, Totals};

/// How long public statistics are served without asking the database again.
const PUBLIC_STATS_FRESH: Duration = Duration::from_secs(10);

/// How long a look at the database may take before it counts as away.
const PING_TIMEOUT: Duration = Duration::from_secs(2);

/// The process is alive: it can answer.
pub async fn livez() -> HttpResponse {
    HttpResponse::Ok().json(json!({"status": "ok"}))
}

/// Ready for requests: the keys are in memory, and the process is not being stopped.
pub async fn readyz(app: web::Data<App>) -> HttpResponse {
    if app.draining.load(Ordering::Acquire) {
        return HttpResponse::ServiceUnavailable().json(json!({"status": "draining"}));
    }
    match app.actors.key_pool.observe(crate::provider::DEFAULT).await {
        Ok(state) if state.loaded => HttpResponse::Ok().json(json!({"status": "ready"})),
        _ => HttpResponse::ServiceUnavailable().json(json!({"status": "starting"})),
    }
}

/// How each part is. Always 200: the pool may serve although a part is away.
pub async fn health(app: web::Data<App>) -> HttpResponse {
    let ping = tokio::time::timeout(PING_TIMEOUT, app.database.ping()).await;
    let database = matches!(ping, Ok(Ok(())));
    let pool = app.actors.key_pool.observe(crate::provider::DEFAULT).await;
    let stats = app.actors.stats.observe().await;
    let check = app.actors.health_check.observe().await;
    let good = |good: bool| if good { "ok" } else { "degraded" };
    let counting = stats.is_ok_and(|stats| !stats.failing);
    let all = database && pool.is_ok() && counting && check.is_ok() && !app.cache.is_degraded();
    let providers: BTreeMap<_, _> = app
        .providers
        .all()
        .into_iter()
        .map(|p| (p.id.clone(), json!({"enabled": p.enabled, "configured": true})))
        .collect();
    HttpResponse::Ok().json(json!({
        "status": good(all),
        "version": env!("CARGO_PKG_VERSION"),
        "uptime_secs": app.started.elapsed().as_secs(),
        "providers": providers,
        "components": {
            "database": {"status": good(database), "kind": app.database.kind()},
            "cache": {"status": good(!app.cache.is_degraded()), "kind": app.cache.kind()},
            "key_pool": {
                "status": good(pool.is_ok()),
                "loaded": pool.is_ok_and(|pool| pool.loaded),
            },
            "health_check": {"status": good(check.is_ok()), "state": check.ok()},
            "stats": {"status": good(counting), "state": stats.ok()},
        },
        "restarts": app.actors.restarts().await,
        "timestamp": app.clock.now().rfc3339(),
    }))
}

/// The query of the public statistics.
#[derive(Deserialize)]
pub struct PublicStatsQuery {
    provider: Option<String>,
}

/// The numbers that anyone may see, of one provider.
pub async fn public_stats(
    _: Anyone<Admin>,
    app: web::Data<App>,
    query: web::Query<PublicStatsQuery>,
) -> Result<HttpResponse, Admin> {
    let provider = provider(&app, query.provider.as_deref())?;
    let name = format!("public-stats:{}", provider.id);
    let body = match app.cache.get(&name).await {
        Some(known) => known,
        None => {
            let body = Bytes::from(collect(&app, &provider.id).await?.to_string());
            app.cache.set(&name, body.clone(), PUBLIC_STATS_FRESH).await;
            body
        }
    };
    Ok(HttpResponse::Ok().content_type("application/json").body(body))
}

async fn collect(app: &App, provider: &str) -> Result<Value, ApiError> {
    let now = app.clock.now();
    let this_hour = now.naive() - TimeDelta::nanoseconds(now.naive().nanosecond().into());
    let this_hour = this_hour.with_minute(0).and_then(|at| at.with_second(0)).unwrap_or(this_hour);
    let first = this_hour - TimeDelta::hours(23);
    // What is counted but not written yet belongs to the picture; without a database it can't.
    let _ = app.actors.stats.flush().await;
    let mut conn = app.database.get().await?;
    let totals = Totals::ever(&mut conn, Some(provider)).await?;
    let top = ModelTotals::top(&mut conn, provider, Millis(0).naive(), 10).await?;
    let recent = ModelTotals::top(&mut conn, provider, first, 3).await?;
    let hours = HourTotals::since(&mut conn, provider, first).await?;
    let counts = app.actors.key_pool.observe(provider).await?.counts;
    let trend: Vec<Value> = (0..24)
        .map(|n| {
            let hour = first + TimeDelta::hours(n);
            let found = hours.iter().find(|h| h.hour == hour);
            let of = |pick: fn(&HourTotals) -> i64| found.map_or(0, pick);
            json!({
                "hour": rfc3339(hour),
                "requests": of(|h| h.requests),
                "success": of(|h| h.success),
                "failure": of(|h| h.failure),
            })
        })
        .collect();
    let (success, failure) = (totals.success.unwrap_or(0), totals.failure.unwrap_or(0));
    Ok(json!({
        "global": {
            "totalRequests": totals.requests.unwrap_or(0),
            "successCount": success,
            "failureCount": failure,
            "successRate": success_rate(success, failure),
            "lastUpdated": now.rfc3339(),
            "totalApiKeys": counts.active + counts.cooling + counts.disabled + counts.expired,
            "activeKeys": counts.active,
            "failedKeys": counts.disabled,
            "storage": app.database.kind(),
        },
        "topModels": top.iter().map(model).collect::<Vec<_>>(),
        "recentTopModels": recent.iter().map(model).collect::<Vec<_>>(),
        "hourlyTrend": trend,
        "storage": app.database.kind(),
        "timestamp": now.rfc3339(),
    }))
}

fn model(totals: &ModelTotals) -> Value {
    json!({
        "model": totals.model,
        "requests": totals.requests,
        "success": totals.success,
        "failure": totals.failure,
        "successRate": success_rate(totals.success, totals.failure),
    })
}

/// Of those that ended one way or the other, percent to two places; 0 when none did.
pub fn success_rate(success: i64, failure: i64) -> f64 {
    let ended = success + failure;
    if ended == 0 {
        return 0.0;
    }
    #[expect(clippy::cast_precision_loss, reason = "a rate needs four digits")]
    let percent = success as f64 * 100.0 / ended as f64;
    (percent * 100.0).round() / 100.0
}
