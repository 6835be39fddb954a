//! `POST /admin/verify-key`: a probe that spends no tokens.

use actix_web::{HttpResponse, web};
use serde_json::json;

use super::pick::Pick;
use crate::actors::key_pool::{Probed, authorization, bearer};
use crate::app::App;
use crate::error::{Admin, invalid, not_found};
use crate::http::extract::{Administrator, provider};
use crate::pool::verdict::Effect;
use crate::vault::mask;

/// Probes a key, stored or not; a stored one is treated by what is found.
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
    Ok(HttpResponse::Ok().json(json!({
        "valid": valid,
        "status": status,
        "error": error,
        "apiKey": masked,
        "category": category,
        "timestamp": app.clock.now().rfc3339(),
    })))
}
