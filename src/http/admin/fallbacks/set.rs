//! `PUT /admin/fallbacks`.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Fallback, Place, of, target};
use crate::app::App;
use crate::audit::Deed;
use crate::error::{Admin, AdminError, ApiError, invalid};
use crate::http::extract::{Administrator, Json, provider};
use crate::models::route::FallbackStep;
use crate::provider::routes::ANY;
use crate::provider::{BUILT_IN, reload};
use crate::route::is_model_name;

/// The longest order: a request may ask each of them with several keys.
const STEPS_MAX: usize = 5;

/// Rows that there may be: all of them are in memory.
const ROWS_MAX: usize = 10_000;

/// An order to set.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewFallback {
    /// The provider that is asked for; `ollama` when left out.
    #[schema(example = "ollama")]
    provider: Option<String>,
    /// Its model; `*` for those that have no order of their own.
    #[schema(example = "gpt-oss:120b")]
    model: String,
    /// Who serves, in order: one to five.
    to: Vec<Place>,
}

/// Sets who serves when a provider can't, in place of what was set before.
///
/// Used before the first byte of an answer, when no key of the provider can serve: none there, all
/// limited, the model in no plan, the upstream overloaded, broken or too slow; where the order
/// names the model, also when the upstream doesn't know it. Not when the request itself is at
/// fault. The orders of the places in `to` are not followed.
#[utoipa::path(
    put, path = "/admin/fallbacks", tag = "Routing", request_body = NewFallback,
    responses(
        (status = 200, body = Fallback),
        (status = 400, body = AdminError, description = "The body is no JSON"),
        (status = 401, body = AdminError),
        (status = 403, body = AdminError, description = "`sudo_required` for some of it, or no administrator"),
        (status = 404, body = AdminError, description = "There is no such provider"),
        (status = 422, body = AdminError, description = "A value that can't be"),
    ),
)]
pub async fn set(
    admin: Administrator,
    app: web::Data<App>,
    new: Json<NewFallback>,
) -> Result<HttpResponse, Admin> {
    let new = new.into_inner();
    // Prompts go to whoever serves them.
    if !new.to.iter().all(|place| BUILT_IN.contains(&place.provider.as_str())) {
        admin.sudo(app.clock.now())?;
    }
    let provider = provider(&app, new.provider.as_deref())?.id.clone();
    let fallback = Fallback { provider, model: new.model, to: new.to };
    check(&app, &fallback)?;
    let mut conn = app.database.get().await?;
    conn.transaction(async |conn| {
        let rows = FallbackStep::all(conn).await?;
        if rows.len() + fallback.to.len() > ROWS_MAX {
            return Err(invalid("to", "there are as many fallbacks as there may be"));
        }
        let before = of(rows, &fallback.provider, &fallback.model);
        let deed = Deed::new("fallback.set", target(&fallback)).after(&fallback.to);
        let deed = match &before {
            Some(before) => deed.before(&before.to),
            None => deed,
        };
        // First, since it locks the log's head: two who set the same order wait for each other.
        admin.did(&app, conn, deed).await?;
        FallbackStep::delete(conn, &fallback.provider, &fallback.model).await?;
        for step in rows_of(&fallback) {
            step.insert(conn).await?;
        }
        Ok::<_, ApiError>(())
    })
    .await?;
    drop(conn);
    reload::everywhere(&app).await?;
    Ok(HttpResponse::Ok().json(fallback))
}

fn check(app: &App, fallback: &Fallback) -> Result<(), ApiError> {
    let Fallback { provider: asked, model, to } = fallback;
    if !is_model_name(model) {
        return Err(invalid("model", "a name has 1 to 256 bytes, none a control character"));
    }
    if to.is_empty() || to.len() > STEPS_MAX {
        return Err(invalid("to", "an order has one to five places"));
    }
    for (n, place) in to.iter().enumerate() {
        provider(app, Some(&place.provider))?;
        if !is_model_name(&place.model) {
            return Err(invalid("to", "a name has 1 to 256 bytes, none a control character"));
        }
        let itself = place.model == *model || place.model == ANY;
        if place.provider == *asked && itself {
            return Err(invalid("to", "a model can't stand in for itself"));
        }
        if to.iter().take(n).any(|other| other == place) {
            return Err(invalid("to", "a place stands there twice"));
        }
    }
    Ok(())
}

fn rows_of(fallback: &Fallback) -> impl Iterator<Item = FallbackStep> {
    (0..).zip(&fallback.to).map(|(position, place)| FallbackStep {
        provider: fallback.provider.clone(),
        model: fallback.model.clone(),
        position,
        to_provider: place.provider.clone(),
        to_model: place.model.clone(),
    })
}
