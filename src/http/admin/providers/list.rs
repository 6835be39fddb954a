//! `GET /admin/providers`.

use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::{ProviderView, view};
use crate::app::App;
use crate::error::{Admin, AdminError};
use crate::http::extract::Administrator;

/// All providers.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProviderList {
    /// By id.
    pub providers: Vec<ProviderView>,
}

/// All providers, and how their keys stand.
#[utoipa::path(
    get, path = "/admin/providers", tag = "Providers",
    responses(
        (status = 200, body = ProviderList),
        (status = 401, body = AdminError),
        (status = 503, body = AdminError),
    ),
)]
pub async fn list(_: Administrator, app: web::Data<App>) -> Result<HttpResponse, Admin> {
    let mut providers = Vec::new();
    for provider in app.providers.all() {
        providers.push(view(&app, &provider).await?);
    }
    Ok(HttpResponse::Ok().json(ProviderList { providers }))
}
