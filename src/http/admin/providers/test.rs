//! `POST /admin/providers/{id}/test`.

use std::time::Instant;

use actix_web::{HttpResponse, web};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::app::App;
use crate::error::{Admin, AdminError, not_found};
use crate::http::extract::Administrator;
use crate::upstream::catalogue;
use crate::upstream::client::Client;

/// What a provider said to a question that spends nothing.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProviderTested {
    /// It gave a list of models.
    pub ok: bool,
    /// The status of its answer, when there was one.
    #[schema(example = 200)]
    pub status: Option<u16>,
    /// Milliseconds to the end of its answer.
    #[schema(example = 120)]
    pub latency_ms: u64,
    /// Models in its list.
    #[schema(example = 42)]
    pub models: Option<usize>,
    /// A key of the pool was sent along.
    pub with_key: bool,
    /// Why there was no answer: `connect_failed`, `timed_out`, `connection_lost`, `malformed_answer`.
    #[schema(example = "connect_failed")]
    pub error: Option<&'static str>,
}

/// Asks a provider for its catalogue, also one that is switched off, with a key if there is one.
#[utoipa::path(
    post, path = "/admin/providers/{id}/test", tag = "Providers",
    params(("id" = String, Path, description = "The provider", example = "groq")),
    responses(
        (status = 200, body = ProviderTested),
        (status = 401, body = AdminError),
        (status = 404, body = AdminError),
    ),
)]
pub async fn test(
    _: Administrator,
    app: web::Data<App>,
    client: web::Data<Client>,
    id: web::Path<String>,
) -> Result<HttpResponse, Admin> {
    let provider = app.providers.get(&id).ok_or_else(|| not_found("provider"))?;
    let started = Instant::now();
    let look = catalogue::look(&app, &client, &provider).await;
    let latency_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let success = look.status.is_ok_and(|status| status.is_success());
    let list = look.list.filter(|_| success);
    let malformed = success && list.is_none();
    Ok(HttpResponse::Ok().json(ProviderTested {
        ok: list.is_some(),
        status: look.status.ok().map(|status| status.as_u16()),
        latency_ms,
        models: list.as_deref().and_then(count),
        with_key: look.with_key,
        error: match look.status {
            Err(reason) => Some(reason.as_str()),
            Ok(_) => malformed.then_some("malformed_answer"),
        },
    }))
}

fn count(list: &str) -> Option<usize> {
    let list: Value = serde_json::from_str(list).ok()?;
    Some(list.get("data")?.as_array()?.len())
}
