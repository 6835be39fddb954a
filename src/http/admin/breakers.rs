//! `GET /admin/circuit-breakers` and `POST /admin/circuit-breakers/close`.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::audit::Deed;
use crate::error::{Admin, AdminError, ApiError, ErrorCode, invalid};
use crate::http::extract::{Administrator, Json};
use crate::pool::{FirewallView, ModelView};

/// The longest name of a model in bytes.
const MODEL_MAX: usize = 512;

/// Upstreams that fail, as this process knows them.
#[derive(Debug, Serialize, ToSchema)]
pub struct BreakerList {
    /// Models that failed in the last 30 seconds, whose breaker is open, or that the upstream limits.
    pub breakers: Vec<BreakerShown>,
    /// Whether refusals are held against keys or against the upstream, by provider.
    pub firewalls: Vec<FirewallShown>,
}

/// The circuit breaker of a model.
#[derive(Debug, Serialize, ToSchema)]
pub struct BreakerShown {
    /// The provider.
    #[schema(example = "ollama")]
    pub provider: String,
    /// The model, under the upstream's name.
    #[schema(example = "gpt-oss:120b")]
    pub model: String,
    /// `closed`, `open`, or `half_open` while a request tests the upstream.
    #[schema(example = "open")]
    pub state: &'static str,
    /// The failure that opened it.
    #[schema(example = "overloaded")]
    pub reason: Option<&'static str>,
    /// When it opened.
    pub since: Option<String>,
    /// When the next request may test the upstream.
    pub probe_at: Option<String>,
    /// It is open only for the client request that fails; everybody else is let through.
    #[schema(example = false)]
    pub one_client: bool,
    /// Requests in the last 30 seconds.
    #[schema(example = 40)]
    pub requests: u32,
    /// Those of them that failed with every key they were given.
    #[schema(example = 38)]
    pub failures: u32,
    /// The upstream limits this model, whichever key asks, until then.
    pub limited_until: Option<String>,
    /// The limit.
    #[schema(example = "model_rate_limited")]
    pub limited_reason: Option<&'static str>,
}

/// The firewall of a provider.
#[derive(Debug, Serialize, ToSchema)]
pub struct FirewallShown {
    /// The provider.
    #[schema(example = "ollama")]
    pub provider: String,
    /// `quiet`; `watching` while refusals speak against keys; `upstream_blamed` while the upstream
    /// refuses the keys of many accounts alike, which takes nothing from them.
    #[schema(example = "quiet")]
    pub state: &'static str,
    /// The refusal that the upstream is blamed for.
    #[schema(example = "unauthorized")]
    pub reason: Option<&'static str>,
    /// Until when, unless a request is served before.
    pub until: Option<String>,
    /// Refusals held against keys since a request was served last.
    #[schema(example = 0)]
    pub marks: usize,
    /// Refusals taken back since this process began.
    #[schema(example = 12)]
    pub taken_back: u64,
}

/// Which breakers to close.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CloseBreakers {
    /// The provider.
    #[schema(example = "ollama")]
    provider: String,
    /// The model; every model of the provider when left out.
    #[schema(example = "gpt-oss:120b")]
    model: Option<String>,
}

/// Breakers that were closed.
#[derive(Debug, Serialize, ToSchema)]
pub struct BreakersClosed {
    /// It is done.
    pub success: bool,
    /// Breakers that were open, and limits that were not over.
    #[schema(example = 1)]
    pub closed: usize,
}

/// Lists circuit breakers and firewalls.
#[utoipa::path(
    get, path = "/admin/circuit-breakers", tag = "Providers",
    responses(
        (status = 200, body = BreakerList), (status = 401, body = AdminError),
        (status = 503, body = AdminError),
    ),
)]
pub async fn list(_: Administrator, app: web::Data<App>) -> Result<HttpResponse, Admin> {
    let outages = app.actors.key_pool.outages().await?;
    let mut breakers: Vec<_> = outages.models.into_iter().map(shown).collect();
    breakers.sort_by(|a, b| (&a.provider, &a.model).cmp(&(&b.provider, &b.model)));
    let mut firewalls: Vec<_> = outages.firewalls.into_iter().map(firewall).collect();
    firewalls.sort_by(|a, b| a.provider.cmp(&b.provider));
    Ok(HttpResponse::Ok().json(BreakerList { breakers, firewalls }))
}

/// Closes circuit breakers and ends the limits of models, here and in other replicas.
#[utoipa::path(
    post, path = "/admin/circuit-breakers/close", tag = "Providers", request_body = CloseBreakers,
    responses(
        (status = 200, body = BreakersClosed),
        (status = 400, body = AdminError), (status = 401, body = AdminError),
        (status = 404, body = AdminError), (status = 422, body = AdminError),
        (status = 503, body = AdminError),
    ),
)]
pub async fn close(
    admin: Administrator,
    app: web::Data<App>,
    which: Json<CloseBreakers>,
) -> Result<HttpResponse, Admin> {
    let CloseBreakers { provider, model } = which.into_inner();
    if app.providers.get(&provider).is_none() {
        let words = "there is no such provider";
        return Err(ApiError::new(ErrorCode::UnknownProvider, words).about("provider").into());
    }
    if model.as_ref().is_some_and(|model| model.is_empty() || model.len() > MODEL_MAX) {
        return Err(invalid("model", "a model's name has 1 to 512 bytes").into());
    }
    let deed = Deed::new("circuit-breakers.close", format!("provider:{provider}"));
    let deed = deed.after(serde_json::json!({"model": model}));
    let mut conn = app.database.get().await?;
    conn.transaction(async |conn| admin.did(&app, conn, deed).await).await?;
    drop(conn);
    let closed = app.actors.key_pool.close_breakers(provider, model).await?;
    Ok(HttpResponse::Ok().json(BreakersClosed { success: true, closed }))
}

fn shown((provider, view): (String, ModelView)) -> BreakerShown {
    let ModelView { model, breaker, cooling } = view;
    BreakerShown {
        provider,
        model,
        state: breaker.state.as_str(),
        reason: breaker.reason.map(|reason| reason.as_str()),
        since: breaker.since.map(|at| at.rfc3339()),
        probe_at: breaker.probe_at.map(|at| at.rfc3339()),
        one_client: breaker.one_client,
        requests: breaker.requests,
        failures: breaker.failures,
        limited_until: cooling.map(|(_, until)| until.rfc3339()),
        limited_reason: cooling.map(|(reason, _)| reason.as_str()),
    }
}

fn firewall((provider, view): (String, FirewallView)) -> FirewallShown {
    FirewallShown {
        provider,
        state: view.state.as_str(),
        reason: view.reason.map(|reason| reason.as_str()),
        until: view.until.map(|at| at.rfc3339()),
        marks: view.marks,
        taken_back: view.taken_back,
    }
}
