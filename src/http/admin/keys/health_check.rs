//! `POST /admin/keys/health-check`: probes many keys in the background.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use super::query::scope;
use crate::actors::health_check::Chosen;
use crate::app::App;
use crate::error::Admin;
use crate::http::extract::Administrator;
use crate::models::key_list::{KeyFilter, KeyStatus};

/// Which keys: by id, or by status (all unless given).
#[derive(Deserialize)]
pub struct HealthCheck {
    provider: Option<String>,
    #[serde(default)]
    ids: Vec<i64>,
    #[serde(default)]
    status: KeyStatus,
}

/// Begins a check; the job tells how far it is.
pub async fn health_check(
    _: Administrator,
    app: web::Data<App>,
    ask: web::Json<HealthCheck>,
) -> Result<HttpResponse, Admin> {
    let ask = ask.into_inner();
    let provider = scope(&app, ask.provider.as_deref())?;
    let chosen = if ask.ids.is_empty() {
        Chosen::Filter(KeyFilter { provider, status: ask.status, ..KeyFilter::default() })
    } else {
        Chosen::Ids(ask.ids)
    };
    let job = app.jobs.begin("health_check");
    app.actors.health_check.check(job.clone(), chosen);
    Ok(HttpResponse::Accepted().json(json!({"job": job.id})))
}
