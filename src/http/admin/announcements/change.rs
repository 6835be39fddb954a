//! `PATCH /admin/announcements/{id}`, and without the id in the path.

use actix_web::{HttpResponse, web};

use super::AnnouncementView;
use super::draft::Draft;
use crate::app::App;
use crate::audit::Deed;
use crate::error::{Admin, AdminError, ApiError, invalid, not_found};
use crate::http::announcements::refill;
use crate::http::extract::{Administrator, Json};
use crate::models::announcement::Announcement;

/// Changes an announcement; what is not named stays, and null takes a moment away.
#[utoipa::path(
    patch, path = "/admin/announcements/{id}", tag = "Announcements", request_body = Draft,
    responses(
        (status = 200, body = AnnouncementView), (status = 400, body = AdminError),
        (status = 401, body = AdminError), (status = 404, body = AdminError),
        (status = 422, body = AdminError),
    ),
)]
pub async fn change(
    admin: Administrator,
    app: web::Data<App>,
    id: web::Path<i64>,
    draft: Json<Draft>,
) -> Result<HttpResponse, Admin> {
    Ok(changed(&admin, &app, *id, &draft).await?)
}

/// As the path with the id, which is named in the body here.
#[utoipa::path(
    patch, path = "/admin/announcements", tag = "Announcements", request_body = Draft,
    responses(
        (status = 200, body = AnnouncementView), (status = 400, body = AdminError),
        (status = 401, body = AdminError), (status = 404, body = AdminError),
        (status = 422, body = AdminError),
    ),
)]
pub async fn change_named(
    admin: Administrator,
    app: web::Data<App>,
    draft: Json<Draft>,
) -> Result<HttpResponse, Admin> {
    let id = draft.id.ok_or_else(|| invalid("id", "id: name the announcement"))?;
    Ok(changed(&admin, &app, id, &draft).await?)
}

async fn changed(
    admin: &Administrator,
    app: &App,
    id: i64,
    draft: &Draft,
) -> Result<HttpResponse, ApiError> {
    if draft.is_empty() {
        let fields = "title, body, level, audience, startsAt, endsAt";
        return Err(invalid("title", format!("name what to change: {fields}")));
    }
    let mut conn = app.database.get().await?;
    let changing = conn.transaction(async |conn| {
        let before = Announcement::by_id(conn, id).await?;
        let before = before.ok_or_else(|| not_found("announcement"))?;
        let notice = draft.over(Some(&before))?;
        let after = Announcement::change(conn, id, &notice, app.clock.now().naive()).await?;
        let after = after.ok_or_else(|| not_found("announcement"))?;
        let deed = Deed::new("announcement.change", format!("announcement:{id}"));
        let deed = deed.before(AnnouncementView::from(&before));
        admin.did(app, conn, deed.after(AnnouncementView::from(&after))).await?;
        Ok::<_, ApiError>(after)
    });
    let row = changing.await?;
    refill(app, &mut conn).await?;
    Ok(HttpResponse::Ok().json(AnnouncementView::from(&row)))
}
