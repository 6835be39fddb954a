//! `POST /admin/announcements`.

use actix_web::{HttpResponse, web};

use super::AnnouncementView;
use super::draft::Draft;
use crate::app::App;
use crate::audit::Deed;
use crate::error::{Admin, AdminError, ApiError};
use crate::http::announcements::refill;
use crate::http::extract::{Administrator, Json};
use crate::models::announcement::Announcement;

/// Announces something.
#[utoipa::path(
    post, path = "/admin/announcements", tag = "Announcements", request_body = Draft,
    responses(
        (status = 201, body = AnnouncementView), (status = 400, body = AdminError),
        (status = 401, body = AdminError), (status = 422, body = AdminError),
    ),
)]
pub async fn create(
    admin: Administrator,
    app: web::Data<App>,
    draft: Json<Draft>,
) -> Result<HttpResponse, Admin> {
    let notice = draft.over(None)?;
    let mut conn = app.database.get().await?;
    let adding = conn.transaction(async |conn| {
        let row = Announcement::insert(conn, &notice, app.clock.now().naive()).await?;
        let deed = Deed::new("announcement.create", format!("announcement:{}", row.id));
        admin.did(&app, conn, deed.after(AnnouncementView::from(&row))).await?;
        Ok::<_, ApiError>(row)
    });
    let row = adding.await?;
    refill(&app, &mut conn).await?;
    Ok(HttpResponse::Created().json(AnnouncementView::from(&row)))
}
