//! `DELETE /admin/invitations/{id}`.

use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::InvitationView;
use crate::app::App;
use crate::audit::Deed;
use crate::error::{Admin, AdminError, ApiError, not_found};
use crate::http::extract::Administrator;
use crate::models::invitation::Invitation;

/// An invitation is gone.
#[derive(Serialize, ToSchema)]
pub struct DeletedInvitation {
    /// True.
    success: bool,
    /// 1.
    #[schema(example = 1)]
    deleted: usize,
}

/// Deletes an invitation: nobody signs up with it any more. Who has, stays.
#[utoipa::path(
    delete, path = "/admin/invitations/{id}", tag = "Invitations",
    responses(
        (status = 200, body = DeletedInvitation), (status = 401, body = AdminError),
        (status = 404, body = AdminError),
    ),
)]
pub async fn delete(
    admin: Administrator,
    app: web::Data<App>,
    id: web::Path<i64>,
) -> Result<HttpResponse, Admin> {
    let now = app.clock.now();
    let mut conn = app.database.get().await?;
    let deleting = conn.transaction(async |conn| {
        let gone = Invitation::delete(conn, *id).await?.ok_or_else(|| not_found("invitation"))?;
        let deed = Deed::new("invitation.delete", format!("invitation:{id}"));
        admin.did(&app, conn, deed.before(InvitationView::of(&gone, now))).await?;
        Ok::<_, ApiError>(())
    });
    deleting.await?;
    Ok(HttpResponse::Ok().json(DeletedInvitation { success: true, deleted: 1 }))
}
