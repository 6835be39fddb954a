//! How the process and the pool are, for anyone.

mod health;
mod public_stats;

use std::sync::atomic::Ordering;
use std::time::Duration;

use actix_web::{HttpResponse, web};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use self::health::Health;
pub use self::health::RecentHealth;
use self::public_stats::PublicStats;
use crate::app::App;
use crate::error::{Admin, AdminError};
use crate::http::extract::{Anyone, Scraper, provider};
use crate::upstream::client::Client;

/// How long public statistics are served without asking the database again.
const PUBLIC_STATS_FRESH: Duration = Duration::from_secs(10);

/// One word.
#[derive(Serialize, ToSchema)]
pub struct StatusWord {
    /// `ok`, `ready`, `starting` or `draining`.
    #[schema(example = "ok")]
    status: &'static str,
}

/// The process is alive: it can answer.
#[utoipa::path(get, path = "/livez", tag = "Status", responses((status = 200, body = StatusWord)))]
pub async fn livez() -> HttpResponse {
    HttpResponse::Ok().json(StatusWord { status: "ok" })
}

/// Ready for requests: the keys are in memory, and the process is not being stopped.
#[utoipa::path(
    get, path = "/readyz", tag = "Status",
    responses((status = 200, body = StatusWord), (status = 503, body = StatusWord)),
)]
pub async fn readyz(app: web::Data<App>) -> HttpResponse {
    let not_yet = |status| HttpResponse::ServiceUnavailable().json(StatusWord { status });
    if app.draining.load(Ordering::Acquire) {
        return not_yet("draining");
    }
    match app.actors.key_pool.observe(crate::provider::DEFAULT).await {
        Ok(state) if state.loaded => HttpResponse::Ok().json(StatusWord { status: "ready" }),
        _ => not_yet("starting"),
    }
}

/// What Prometheus calls its text format.
const METRICS_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Everything that is counted, for Prometheus: by `METRICS_TOKEN`, the admin token, or from the
/// same machine without a token. `docs/metrics.md` tells of each.
#[utoipa::path(
    get, path = "/metrics", tag = "Status",
    security(("metrics_token" = []), ("admin_token" = []), ()),
    responses(
        (status = 200, body = String, content_type = "text/plain"),
        (status = 401, description = "The token is missing or wrong", body = AdminError),
        (status = 429, description = "Too many wrong tokens from this address", body = AdminError),
    ),
)]
pub async fn metrics(_: Scraper, app: web::Data<App>) -> HttpResponse {
    HttpResponse::Ok().content_type(METRICS_TYPE).body(app.metrics.page(&app).await)
}

/// How each part is, at most a second ago: anyone may ask, and looking asks the database. Always 200:
/// the pool may serve although a part is away.
#[utoipa::path(get, path = "/health", tag = "Status", responses((status = 200, body = Health)))]
pub async fn health(app: web::Data<App>) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(app.health.get(&app).await)
}

/// The query of the public statistics.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PublicStatsQuery {
    /// `ollama` unless given.
    #[param(example = "ollama")]
    provider: Option<String>,
}

/// The numbers that anyone may see, of one provider.
#[utoipa::path(
    get, path = "/admin/public-stats", tag = "Status", params(PublicStatsQuery),
    responses(
        (status = 200, body = PublicStats),
        (status = 404, description = "No such provider", body = AdminError),
        (status = 429, description = "Too many requests from one address", body = AdminError),
        (status = 503, body = AdminError),
    ),
)]
pub async fn public_stats(
    _: Anyone<Admin>,
    app: web::Data<App>,
    client: web::Data<Client>,
    query: web::Query<PublicStatsQuery>,
) -> Result<HttpResponse, Admin> {
    let provider = provider(&app, query.provider.as_deref())?;
    let name = format!("public-stats:{}", provider.id);
    let body = match app.cache.get(&name).await {
        Some(known) => known,
        None => {
            let stats = PublicStats::collect(&app, &client, &provider).await?;
            let body = Bytes::from(serde_json::to_vec(&stats).unwrap_or_default());
            app.cache.set(&name, body.clone(), PUBLIC_STATS_FRESH).await;
            body
        }
    };
    Ok(HttpResponse::Ok().content_type("application/json").body(body))
}

/// Of what was served, well or with a failure, percent to two places; 0 when nothing was. What a client
/// was to blame for, left, or was refused, says nothing about the service.
pub fn success_rate(success: i64, failure: i64) -> f64 {
    let ended = success + failure;
    if ended == 0 {
        return 0.0;
    }
    #[expect(clippy::cast_precision_loss, reason = "a rate needs four digits")]
    let percent = success as f64 * 100.0 / ended as f64;
    (percent * 100.0).round() / 100.0
}
