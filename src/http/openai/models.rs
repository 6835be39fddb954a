//! `GET /v1/models`, `GET /{provider}/v1/models` and one model of them.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::app::App;
use crate::auth::{Access, Caller};
use crate::error::{ApiError, ErrorCode, OpenAi, OpenAiError};
use crate::http::extract::{Guest, enabled_provider};
use crate::provider::Provider;
use crate::upstream::catalogue;
use crate::upstream::client::Client;

/// A provider's models, and the aliases of them.
#[derive(Debug, Serialize, ToSchema)]
pub struct ModelList {
    /// `list`.
    #[schema(example = "list")]
    pub object: &'static str,
    /// All of them.
    pub data: Vec<Model>,
}

/// A model.
#[derive(Debug, Serialize, ToSchema)]
pub struct Model {
    /// Its name in requests.
    #[schema(example = "gpt-oss:20b")]
    pub id: String,
    /// `model`.
    #[schema(example = "model")]
    pub object: &'static str,
    /// When it was made, in seconds since 1970; 0 when nobody says.
    #[schema(example = 1_700_000_000)]
    pub created: i64,
    /// Whose it is.
    #[schema(example = "ollama")]
    pub owned_by: String,
}

/// The default provider's models, and its aliases.
#[utoipa::path(
    get, path = "/v1/models", tag = "OpenAI", security(("client_token" = []), ()),
    responses(
        (status = 200, body = ModelList),
        (status = 401, body = OpenAiError, description = "A token that opens nothing"),
        (status = 403, body = OpenAiError, description = "A token that is not for this"),
        (status = 429, body = OpenAiError, description = "Too many requests without a token"),
        (status = 502, body = OpenAiError, description = "The upstream has no list to give"),
        (status = 503, body = OpenAiError, description = "The provider is switched off"),
        (status = 504, body = OpenAiError),
    ),
)]
pub async fn list(
    Guest(caller): Guest,
    app: web::Data<App>,
    client: web::Data<Client>,
    request: HttpRequest,
) -> Result<HttpResponse, OpenAi> {
    let provider = enabled_provider(&app, request.match_info().get("provider"))?;
    let list = models(&app, &client, &provider).await?;
    let list = match restricted(caller, &provider)? {
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

/// One model of the default provider, or an alias.
#[utoipa::path(
    get, path = "/v1/models/{id}", tag = "OpenAI", security(("client_token" = []), ()),
    params(("id" = String, Path, description = "The model, slashes and all", example = "gpt-oss:20b")),
    responses(
        (status = 200, body = Model),
        (status = 401, body = OpenAiError, description = "A token that opens nothing"),
        (status = 403, body = OpenAiError, description = "A token that is not for this"),
        (status = 404, body = OpenAiError),
        (status = 429, body = OpenAiError, description = "Too many requests without a token"),
        (status = 502, body = OpenAiError, description = "The upstream has no list to give"),
        (status = 503, body = OpenAiError, description = "The provider is switched off"),
        (status = 504, body = OpenAiError),
    ),
)]
pub async fn show(
    Guest(caller): Guest,
    app: web::Data<App>,
    client: web::Data<Client>,
    request: HttpRequest,
    wanted: web::Path<Wanted>,
) -> Result<HttpResponse, OpenAi> {
    let provider = enabled_provider(&app, request.match_info().get("provider"))?;
    let list = models(&app, &client, &provider).await?;
    let list: Value = serde_json::from_slice(&list).unwrap_or_default();
    let models = list.get("data").and_then(Value::as_array);
    let access = restricted(caller, &provider)?;
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

/// The provider's catalogue, and its aliases behind it.
async fn models(app: &App, client: &Client, provider: &Arc<Provider>) -> Result<Bytes, ApiError> {
    let list = catalogue::models(app, client, provider).await?;
    let tables = app.routes.now();
    let mut aliases: Vec<_> = tables.aliases(&provider.id).collect();
    if aliases.is_empty() {
        return Ok(list);
    }
    aliases.sort_unstable();
    let mut list: Value = serde_json::from_slice(&list).unwrap_or_default();
    let Some(data) = list.get_mut("data").and_then(Value::as_array_mut) else {
        return Err(ApiError::new(ErrorCode::Internal, "the catalogue can't be read"));
    };
    for (alias, model) in aliases {
        // A name that the upstream has, too, means the alias, and stands there once.
        data.retain(|known| known.get("id") != Some(&Value::from(alias)));
        let real = data.iter().find(|known| known.get("id") == Some(&Value::from(model)));
        let created = real.and_then(|real| real.get("created")).cloned().unwrap_or(json!(0));
        data.push(json!({
            "id": alias, "object": "model", "created": created, "owned_by": provider.id,
        }));
    }
    Ok(Bytes::from(list.to_string()))
}
