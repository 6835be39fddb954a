//! `GET /admin/invitations`.

use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::InvitationView;
use crate::app::App;
use crate::error::{Admin, AdminError};
use crate::http::extract::Administrator;
use crate::models::invitation::Invitation;
use crate::models::page::{Page, Paging};

/// One page of the invitations.
#[derive(Serialize, ToSchema)]
pub struct Invitations {
    /// The invitations, newest first, their codes masked.
    invitations: Vec<InvitationView>,
    /// Where in the list one is.
    #[serde(flatten)]
    paging: Paging,
}

/// One page of the invitations, newest first.
#[utoipa::path(
    get, path = "/admin/invitations", tag = "Invitations", params(Page),
    responses(
        (status = 200, body = Invitations), (status = 401, body = AdminError),
        (status = 422, body = AdminError),
    ),
)]
pub async fn list(
    _: Administrator,
    app: web::Data<App>,
    page: web::Query<Page>,
) -> Result<HttpResponse, Admin> {
    let (rows, total) = Invitation::list(&mut app.database.get().await?, *page).await?;
    let now = app.clock.now();
    let invitations = rows.iter().map(|row| InvitationView::of(row, now)).collect();
    Ok(HttpResponse::Ok().json(Invitations { invitations, paging: page.of(total) }))
}
