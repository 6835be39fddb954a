//! `GET /api/announcements`: what anyone is told.

use std::time::Duration;

use actix_web::{HttpResponse, web};
use bytes::Bytes;
use serde::Serialize;
use utoipa::ToSchema;

use super::admin::announcements::AnnouncementView;
use crate::app::App;
use crate::db::Conn;
use crate::error::{Admin, AdminError, ApiError};
use crate::http::extract::Anyone;
use crate::models::announcement::Announcement;

/// How long they are served without asking the database again; an announcement that begins or ends
/// by itself is seen so much later.
const FRESH: Duration = Duration::from_secs(5);

const NAME: &str = "announcements";

/// The announcements for everyone that have begun and not ended, newest first.
#[derive(Serialize, ToSchema)]
pub struct PublicAnnouncements {
    announcements: Vec<AnnouncementView>,
}

/// What anyone is told, newest first. No token is needed; limited by address.
#[utoipa::path(
    get, path = "/api/announcements", tag = "Announcements", security(()),
    responses((status = 200, body = PublicAnnouncements), (status = 429, body = AdminError)),
)]
pub async fn list(_: Anyone<Admin>, app: web::Data<App>) -> Result<HttpResponse, Admin> {
    let body = match app.cache.get(NAME).await {
        Some(known) => known,
        None => refill(&app, &mut app.database.get().await?).await?,
    };
    Ok(HttpResponse::Ok().content_type("application/json").body(body))
}

/// Reads them anew: they were changed, or nobody has asked for a while.
pub async fn refill(app: &App, conn: &mut Conn<'_>) -> Result<Bytes, ApiError> {
    let rows = Announcement::public(conn, app.clock.now().naive()).await?;
    let announcements = rows.iter().map(AnnouncementView::from).collect();
    let body = serde_json::to_vec(&PublicAnnouncements { announcements }).unwrap_or_default();
    let body = Bytes::from(body);
    app.cache.set(NAME, body.clone(), FRESH).await;
    Ok(body)
}
