//! `GET /admin/users/{id}`.

use actix_web::{HttpResponse, web};

use super::{UserView, found};
use crate::app::App;
use crate::error::{Admin, AdminError};
use crate::http::admin::stats::settle;
use crate::http::extract::Administrator;

/// One user.
#[utoipa::path(
    get, path = "/admin/users/{id}", tag = "Users",
    responses(
        (status = 200, body = UserView), (status = 401, body = AdminError),
        (status = 404, body = AdminError),
    ),
)]
pub async fn show(
    _: Administrator,
    app: web::Data<App>,
    id: web::Path<i64>,
) -> Result<HttpResponse, Admin> {
    settle(&app).await;
    let account = found(&mut app.database.get().await?, *id).await?;
    Ok(HttpResponse::Ok().json(UserView::from(&account)))
}
