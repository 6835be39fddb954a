//! `POST /admin/keys/health-check`: probes many keys in the background.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::query::{PickFilter, scope};
use crate::actors::health_check::Chosen;
use crate::app::App;
use crate::error::{Admin, AdminError, invalid};
use crate::http::extract::Administrator;
use crate::models::key_list::{KeyFilter, KeyStatus};

/// Which keys: by id, by status (all unless given), or by a filter.
#[derive(Deserialize, ToSchema)]
pub struct HealthCheck {
    /// `ollama` unless given; `all` for every one.
    #[schema(example = "ollama")]
    provider: Option<String>,
    #[serde(default)]
    ids: Vec<i64>,
    #[serde(default)]
    status: KeyStatus,
    /// All keys that this names. A check changes nothing by itself, so it may name every key.
    filter: Option<PickFilter>,
}

/// Where to ask how far it is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Begun {
    /// For `GET /admin/jobs/{id}`.
    job: Uuid,
}

/// Begins a check; the job tells how far it is.
#[utoipa::path(
    post, path = "/admin/keys/health-check", tag = "Keys", request_body = HealthCheck,
    security(("admin_token" = [])),
    responses(
        (status = 202, body = Begun), (status = 400, body = AdminError),
        (status = 401, body = AdminError), (status = 404, body = AdminError),
        (status = 413, body = AdminError), (status = 415, body = AdminError),
        (status = 422, body = AdminError),
    ),
)]
pub async fn health_check(
    _: Administrator,
    app: web::Data<App>,
    ask: web::Json<HealthCheck>,
) -> Result<HttpResponse, Admin> {
    let ask = ask.into_inner();
    let provider = scope(&app, ask.provider.as_deref())?;
    let chosen = match (ask.filter, ask.ids.is_empty()) {
        (Some(filter), true) => Chosen::Filter(filter.filter(&app)?),
        (Some(_), false) => {
            return Err(invalid("filter", "name keys or give a filter, not both").into());
        }
        (None, true) => {
            Chosen::Filter(KeyFilter { provider, status: ask.status, ..KeyFilter::default() })
        }
        (None, false) => Chosen::Ids(ask.ids),
    };
    let job = app.jobs.begin("health_check");
    app.actors.health_check.check(job.clone(), chosen);
    Ok(HttpResponse::Accepted().json(Begun { job: job.id }))
}
