//! `GET /admin/api-keys/{id}`.

use actix_web::{HttpResponse, web};

use super::view::KeyView;
use crate::app::App;
use crate::error::{Admin, AdminError, ApiError, not_found};
use crate::http::admin::stats::settle;
use crate::http::extract::Administrator;
use crate::models::upstream_key::UpstreamKey;

/// One key, masked.
#[utoipa::path(
    get, path = "/admin/api-keys/{id}", tag = "Keys", params(("id" = i64, Path)),
    responses(
        (status = 200, body = KeyView), (status = 401, body = AdminError),
        (status = 404, body = AdminError), (status = 503, body = AdminError),
    ),
)]
pub async fn show(
    _: Administrator,
    app: web::Data<App>,
    id: web::Path<i64>,
) -> Result<HttpResponse, Admin> {
    settle(&app).await;
    Ok(HttpResponse::Ok().json(view(&app, *id).await?))
}

/// The key as it is stored now; 404 when there is none.
pub async fn view(app: &App, id: i64) -> Result<KeyView, ApiError> {
    Ok(KeyView::of(stored(app, id).await?, app.clock.now().naive()))
}

/// Its row; 404 when there is none.
pub async fn stored(app: &App, id: i64) -> Result<UpstreamKey, ApiError> {
    let mut conn = app.database.get().await?;
    UpstreamKey::by_ids(&mut conn, &[id]).await?.pop().ok_or_else(|| not_found("key"))
}
