//! `GET /admin/jobs/{id}` and `DELETE`.

use actix_web::{HttpResponse, web};
use uuid::Uuid;

use crate::app::App;
use crate::error::{Admin, AdminError, not_found};
use crate::http::extract::Administrator;
use crate::jobs::JobView;

/// How far a job is.
#[utoipa::path(
    get, path = "/admin/jobs/{id}", tag = "Jobs",
    responses((status = 200, body = JobView), (status = 404, body = AdminError)),
)]
pub async fn show(
    _: Administrator,
    app: web::Data<App>,
    id: web::Path<Uuid>,
) -> Result<HttpResponse, Admin> {
    let job = app.jobs.get(*id).ok_or_else(|| not_found("job"))?;
    Ok(HttpResponse::Ok().json(job.view()))
}

/// Asks a job to stop.
#[utoipa::path(
    delete, path = "/admin/jobs/{id}", tag = "Jobs",
    responses((status = 200, body = JobView), (status = 404, body = AdminError)),
)]
pub async fn cancel(
    _: Administrator,
    app: web::Data<App>,
    id: web::Path<Uuid>,
) -> Result<HttpResponse, Admin> {
    let job = app.jobs.cancel(*id).ok_or_else(|| not_found("job"))?;
    Ok(HttpResponse::Ok().json(job.view()))
}
