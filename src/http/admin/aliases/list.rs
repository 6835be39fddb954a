//! `GET /admin/aliases`.

use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::error::{Admin, AdminError};
use crate::http::extract::Administrator;
use crate::models::route::Alias;

/// All aliases.
#[derive(Debug, Serialize, ToSchema)]
pub struct AliasList {
    /// By provider and name.
    pub aliases: Vec<Alias>,
}

/// All aliases of all providers.
#[utoipa::path(
    get, path = "/admin/aliases", tag = "Routing",
    responses((status = 200, body = AliasList), (status = 401, body = AdminError)),
)]
pub async fn list(_: Administrator, app: web::Data<App>) -> Result<HttpResponse, Admin> {
    let aliases = Alias::all(&mut app.database.get().await?).await?;
    Ok(HttpResponse::Ok().json(AliasList { aliases }))
}
