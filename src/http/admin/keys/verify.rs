//! `POST /admin/verify-key`: a probe that spends no tokens.

use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::pick::Pick;
use super::query::Whose;
use crate::actors::key_pool::{Asker, Probed, authorization, bearer};
use crate::app::App;
use crate::error::{Admin, AdminError, invalid, not_found};
use crate::http::extract::{Administrator, Json, provider};
use crate::models::upstream_key::UpstreamKey;
use crate::pool::verdict::Effect;
use crate::vault::mask;

/// What a probe found.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = KeyVerified)]
pub struct Verified {
    /// The upstream takes the key.
    valid: bool,
    /// `valid`, `limited` (valid, and its account waits for a limit), `invalid` or `unclear`.
    #[schema(example = "valid")]
    status: &'static str,
    /// Why it is not `valid`.
    #[schema(example = "unauthorized")]
    error: Option<&'static str>,
    /// Masked.
    #[schema(example = "sk-a…9f3c")]
    api_key: String,
    /// The families of the models it may use, with commas between.
    #[schema(example = "kimi,qwen")]
    category: String,
    /// What the upstream calls the account's plan; empty where it doesn't tell.
    #[schema(example = "pro")]
    plan: String,
    #[schema(example = "2026-01-31T12:00:00.000Z")]
    timestamp: String,
}

/// Probes a key, stored or not; a stored one is treated by what is found.
#[utoipa::path(
    post, path = "/admin/verify-key", tag = "Keys", params(Whose), request_body = Pick,
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
    whose: web::Query<Whose>,
    pick: Json<Pick>,
) -> Result<HttpResponse, Admin> {
    let pick = pick.into_inner().of(&whose)?;
    if pick.len() != 1 {
        return Err(invalid("apiKey", "name one key, by `apiKey` or `id`").into());
    }
    let mut conn = app.database.get().await?;
    let stored = pick.find(&app, &mut conn).await?.pop();
    drop(conn);
    let (named, masked, category_known) = match (&stored, pick.secret()) {
        (Some(row), _) => (Some(row.provider.as_str()), row.masked.clone(), row.category.clone()),
        (None, Some(secret)) => (pick.provider(), mask(secret), "general".to_owned()),
        (None, None) => return Err(not_found("key").into()),
    };
    let provider = provider(&app, named)?;
    let header = match &stored {
        Some(row) => authorization(&app.vault, row)?,
        None => pick
            .secret()
            .and_then(bearer)
            .ok_or_else(|| invalid("apiKey", "a key has printable ASCII characters only"))?,
    };
    let known = app.actors.health_check.probe(provider.clone(), header).await?;
    let (verdict, category) = (known.verdict, known.identity.as_ref().map(|i| i.category.clone()));
    if let Some(row) = stored {
        if let Some(found) = &known.identity {
            let mut conn = app.database.get().await?;
            UpstreamKey::classify(&mut conn, row.id, &found.category, &found.plan).await?;
        }
        let asker = Asker::Administrator;
        app.actors.key_pool.probed(Probed { provider, key: row.id, asker, verdict }).await?;
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
        category: category.unwrap_or(category_known),
        plan: known.identity.map(|identity| identity.plan).unwrap_or_default(),
        timestamp: app.clock.now().rfc3339(),
    }))
}
