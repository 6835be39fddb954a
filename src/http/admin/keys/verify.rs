//! `POST /admin/verify-key`: a probe that spends no tokens.

use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::pick::Pick;
use crate::actors::key_pool::{Probed, authorization, bearer};
use crate::app::App;
use crate::error::{Admin, AdminError, invalid, not_found};
use crate::http::extract::{Administrator, provider};
use crate::pool::verdict::Effect;
use crate::vault::mask;

/// What the probe found.
#[derive(Debug, Serialize, ToSchema)]
pub struct Verified {
    /// The upstream takes it.
    #[schema(example = true)]
    valid: bool,
    /// `valid`, `limited` (it waits for a limit to pass), `invalid` or `unclear`.
    #[schema(example = "valid")]
    status: &'static str,
    /// Why, unless it is valid.
    #[schema(example = "unauthorized")]
    error: Option<&'static str>,
    /// Masked.
    #[serde(rename = "apiKey")]
    #[schema(example = "sk-a…9f3c")]
    api_key: String,
    #[schema(example = "kimi,llama")]
    category: String,
    #[schema(example = "2026-11-24T09:30:00.000Z")]
    timestamp: String,
}

/// Probes a key, stored or not; a stored one is treated by what is found.
#[utoipa::path(
    post, path = "/admin/verify-key", tag = "Keys", request_body = Pick,
    security(("admin_token" = [])),
    responses(
        (status = 200, body = Verified), (status = 400, body = AdminError),
        (status = 401, body = AdminError), (status = 404, body = AdminError),
        (status = 413, body = AdminError), (status = 415, body = AdminError),
        (status = 422, body = AdminError), (status = 503, body = AdminError),
    ),
)]
pub async fn verify(
    _: Administrator,
    app: web::Data<App>,
    pick: web::Json<Pick>,
) -> Result<HttpResponse, Admin> {
    if pick.len() != 1 {
        return Err(invalid("apiKey", "name one key, by `apiKey` or `id`").into());
    }
    let mut conn = app.database.get().await?;
    let stored = pick.find(&app, &mut conn).await?.pop();
    drop(conn);
    let (named, masked, category) = match (&stored, pick.secret()) {
        (Some(row), _) => (Some(row.provider.as_str()), row.masked.clone(), row.category.clone()),
        (None, Some(secret)) => (pick.provider(), mask(secret), "general".to_owned()),
        (None, None) => return Err(not_found("key").into()),
    };
    let provider = provider(&app, named)?;
    let header = match &stored {
        Some(row) => authorization(&app.vault, &row.secret())?,
        None => pick
            .secret()
            .and_then(bearer)
            .ok_or_else(|| invalid("apiKey", "a key has printable ASCII characters only"))?,
    };
    let verdict = app.actors.health_check.probe(provider.clone(), header).await?;
    if let Some(row) = stored {
        app.actors.key_pool.probed(Probed { provider, key: row.id, verdict }).await?;
    }
    let (valid, status) = match verdict.effect {
        Effect::Success => (true, "valid"),
        Effect::Cool { .. } => (true, "limited"),
        Effect::Strike | Effect::Reject => (false, "invalid"),
        Effect::Neutral | Effect::Overloaded => (false, "unclear"),
    };
    let error = (verdict.effect != Effect::Success).then(|| verdict.reason.as_str());
    Ok(HttpResponse::Ok().json(Verified {
        valid,
        status,
        error,
        api_key: masked,
        category,
        timestamp: app.clock.now().rfc3339(),
    }))
}
