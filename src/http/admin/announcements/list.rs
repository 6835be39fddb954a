//! `GET /admin/announcements` and `GET /admin/announcements/{id}`.

use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::AnnouncementView;
use crate::app::App;
use crate::error::{Admin, AdminError, not_found};
use crate::http::extract::Administrator;
use crate::models::announcement::Announcement;
use crate::models::page::{Page, Paging};

/// One page of the announcements.
#[derive(Serialize, ToSchema)]
pub struct AnnouncementPage {
    announcements: Vec<AnnouncementView>,
    /// Where in the list one is.
    #[serde(flatten)]
    paging: Paging,
}

/// All announcements, newest first, whoever may see them and whenever.
#[utoipa::path(
    get, path = "/admin/announcements", tag = "Announcements", params(Page),
    responses(
        (status = 200, body = AnnouncementPage), (status = 401, body = AdminError),
        (status = 422, body = AdminError),
    ),
)]
pub async fn list(
    _: Administrator,
    app: web::Data<App>,
    page: web::Query<Page>,
) -> Result<HttpResponse, Admin> {
    let (rows, total) = Announcement::list(&mut app.database.get().await?, *page).await?;
    let announcements = rows.iter().map(AnnouncementView::from).collect();
    Ok(HttpResponse::Ok().json(AnnouncementPage { announcements, paging: page.of(total) }))
}

/// One announcement.
#[utoipa::path(
    get, path = "/admin/announcements/{id}", tag = "Announcements",
    responses(
        (status = 200, body = AnnouncementView), (status = 401, body = AdminError),
        (status = 404, body = AdminError),
    ),
)]
pub async fn show(
    _: Administrator,
    app: web::Data<App>,
    id: web::Path<i64>,
) -> Result<HttpResponse, Admin> {
    let row = Announcement::by_id(&mut app.database.get().await?, *id).await?;
    let row = row.ok_or_else(|| not_found("announcement"))?;
    Ok(HttpResponse::Ok().json(AnnouncementView::from(&row)))
}
