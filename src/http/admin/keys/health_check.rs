//! `POST /admin/keys/health-check`: probes many keys in the background.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::query::{PickFilter, Whose, scope};
use crate::actors::jobs::{CHECK, CheckParams};
use crate::app::App;
use crate::error::{Admin, AdminError, ApiError, invalid};
use crate::http::admin::jobs::{self, JobBegun};
use crate::http::extract::{Administrator, Json};
use crate::jobs::{Counts, store, too_many_jobs};
use crate::models::key_list::{KeyFilter, KeyStatus};

/// Keys that can be named.
const NAMED_MAX: usize = 10_000;

/// Which keys: by id, by status (all unless given), or by a filter.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HealthCheck {
    /// One provider's, or `all`; `ollama` unless given.
    #[schema(example = "ollama")]
    provider: Option<String>,
    /// These, whatever their provider; at most ten thousand.
    #[serde(default)]
    #[schema(example = json!([]))]
    ids: Vec<i64>,
    /// `all`, `active`, `disabled`, `failed`, `cooling` or `expired`.
    #[serde(default)]
    #[schema(value_type = String, example = "failed")]
    status: KeyStatus,
    /// All keys that this names. A check changes nothing by itself, so it may name every key.
    filter: Option<PickFilter>,
}

/// Begins a check; the job tells how far it is.
#[utoipa::path(
    post, path = "/admin/keys/health-check", tag = "Keys", params(Whose),
    request_body = HealthCheck,
    responses(
        (status = 202, body = JobBegun), (status = 400, body = AdminError),
        (status = 401, body = AdminError), (status = 404, body = AdminError),
        (status = 413, body = AdminError), (status = 415, body = AdminError),
        (status = 422, body = AdminError), (status = 429, body = AdminError),
    ),
)]
pub async fn health_check(
    admin: Administrator,
    app: web::Data<App>,
    whose: web::Query<Whose>,
    ask: Json<HealthCheck>,
) -> Result<HttpResponse, Admin> {
    let HealthCheck { provider, ids, status, filter } = ask.into_inner();
    if ids.len() > NAMED_MAX {
        return Err(invalid("ids", "name at most 10000 keys").into());
    }
    let filter = match filter {
        Some(_) if !ids.is_empty() => {
            return Err(invalid("filter", "name keys or give a filter, not both").into());
        }
        Some(filter) => filter.of(&whose).filter(&app)?,
        None => {
            let named = provider.as_deref().or(whose.provider.as_deref());
            let provider = scope(&app, named)?;
            KeyFilter { provider, status, ..KeyFilter::default() }
        }
    };
    let (params, id) = (CheckParams { ids, filter }, Uuid::now_v7());
    let mut conn = app.database.get().await?;
    let now = app.clock.now();
    conn.transaction(async |conn| -> Result<(), ApiError> {
        let counts = Counts::default();
        let deed = store(conn, &admin.0, now, (id, CHECK), &params, counts).await?;
        Ok(admin.did(&app, conn, deed.ok_or_else(too_many_jobs)?).await?)
    })
    .await?;
    Ok(jobs::begun(&app, id))
}
