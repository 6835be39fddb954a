//! `DELETE /admin/announcements/{id}`, and without the id in the path.

use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::{AnnouncementView, Which};
use crate::app::App;
use crate::audit::Deed;
use crate::error::{Admin, AdminError, ApiError, not_found};
use crate::http::announcements::refill;
use crate::http::extract::{Administrator, Json};
use crate::models::announcement::Announcement;

/// An announcement is gone.
#[derive(Serialize, ToSchema)]
pub struct DeletedAnnouncement {
    /// True.
    success: bool,
    /// 1.
    #[schema(example = 1)]
    deleted: usize,
}

/// Takes an announcement back.
#[utoipa::path(
    delete, path = "/admin/announcements/{id}", tag = "Announcements",
    responses(
        (status = 200, body = DeletedAnnouncement), (status = 401, body = AdminError),
        (status = 404, body = AdminError),
    ),
)]
pub async fn delete(
    admin: Administrator,
    app: web::Data<App>,
    id: web::Path<i64>,
) -> Result<HttpResponse, Admin> {
    Ok(deleted(&admin, &app, *id).await?)
}

/// As the path with the id, which is named in the body here.
#[utoipa::path(
    delete, path = "/admin/announcements", tag = "Announcements", request_body = Which,
    responses(
        (status = 200, body = DeletedAnnouncement), (status = 400, body = AdminError),
        (status = 401, body = AdminError), (status = 404, body = AdminError),
        (status = 422, body = AdminError),
    ),
)]
pub async fn delete_named(
    admin: Administrator,
    app: web::Data<App>,
    which: Json<Which>,
) -> Result<HttpResponse, Admin> {
    Ok(deleted(&admin, &app, which.id).await?)
}

async fn deleted(admin: &Administrator, app: &App, id: i64) -> Result<HttpResponse, ApiError> {
    let mut conn = app.database.get().await?;
    let deleting = conn.transaction(async |conn| {
        let gone = Announcement::delete(conn, id).await?;
        let gone = gone.ok_or_else(|| not_found("announcement"))?;
        let deed = Deed::new("announcement.delete", format!("announcement:{id}"));
        admin.did(app, conn, deed.before(AnnouncementView::from(&gone))).await?;
        Ok::<_, ApiError>(())
    });
    deleting.await?;
    refill(app, &mut conn).await?;
    Ok(HttpResponse::Ok().json(DeletedAnnouncement { success: true, deleted: 1 }))
}
