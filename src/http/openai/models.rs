//! `GET /v1/models`, `GET /{provider}/v1/models` and one model of them.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::Value;

use crate::app::App;
use crate::auth::{Access, Caller};
use crate::error::{ApiError, ErrorCode, OpenAi};
use crate::http::extract::{Anyone, enabled_provider};
use crate::provider::Provider;
use crate::upstream::catalogue;
use crate::upstream::client::Client;

/// The provider's models.
pub async fn list(
    anyone: Anyone<OpenAi>,
    app: web::Data<App>,
    client: web::Data<Client>,
    request: HttpRequest,
) -> Result<HttpResponse, OpenAi> {
    let provider = enabled_provider(&app, request.match_info().get("provider"))?;
    let list = catalogue::models(&app, &client, &provider).await?;
    let list = match restricted(anyone.caller, &provider)? {
        Some(access) => catalogue::narrowed(&list, |id| access.allows_model(id)),
        None => list,
    };
    Ok(HttpResponse::Ok().content_type("application/json").body(list))
}

/// The caller's access, where there are models that it doesn't see.
fn restricted(
    caller: Option<Arc<Caller>>,
    provider: &Provider,
) -> Result<Option<Access>, ApiError> {
    let Some(caller) = caller else { return Ok(None) };
    caller.access.check_provider(&provider.id)?;
    Ok(caller.access.limits_models().then(|| caller.access.clone()))
}

/// Which model. Deserialized, since that decodes a `%2F` too, as clients send it.
#[derive(Deserialize)]
pub struct Wanted {
    id: String,
}

/// One model of the provider.
pub async fn show(
    anyone: Anyone<OpenAi>,
    app: web::Data<App>,
    client: web::Data<Client>,
    request: HttpRequest,
    wanted: web::Path<Wanted>,
) -> Result<HttpResponse, OpenAi> {
    let provider = enabled_provider(&app, request.match_info().get("provider"))?;
    let list = catalogue::models(&app, &client, &provider).await?;
    let list: Value = serde_json::from_slice(&list).unwrap_or_default();
    let models = list.get("data").and_then(Value::as_array);
    let access = restricted(anyone.caller, &provider)?;
    let allowed = access.is_none_or(|access| access.allows_model(&wanted.id));
    let found = models.filter(|_| allowed).and_then(|models| {
        models.iter().find(|model| model.get("id") == Some(&Value::from(wanted.id.as_str())))
    });
    match found {
        Some(model) => Ok(HttpResponse::Ok().json(model)),
        None => {
            let error = ApiError::new(ErrorCode::ModelNotFound, "there is no such model");
            Err(error.about("model").into())
        }
    }
}
