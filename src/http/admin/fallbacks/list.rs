//! `GET /admin/fallbacks`.

use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Fallback, grouped};
use crate::app::App;
use crate::error::{Admin, AdminError};
use crate::http::extract::Administrator;
use crate::models::route::FallbackStep;

/// All fallbacks.
#[derive(Debug, Serialize, ToSchema)]
pub struct FallbackList {
    /// By provider and model.
    pub fallbacks: Vec<Fallback>,
}

/// All fallbacks.
#[utoipa::path(
    get, path = "/admin/fallbacks", tag = "Routing",
    responses((status = 200, body = FallbackList), (status = 401, body = AdminError)),
)]
pub async fn list(_: Administrator, app: web::Data<App>) -> Result<HttpResponse, Admin> {
    let rows = FallbackStep::all(&mut app.database.get().await?).await?;
    Ok(HttpResponse::Ok().json(FallbackList { fallbacks: grouped(rows) }))
}
