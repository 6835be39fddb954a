//! `DELETE /admin/users/{id}/totp`.

use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::found;
use crate::app::App;
use crate::audit::Deed;
use crate::error::{Admin, AdminError, ApiError, not_found};
use crate::http::extract::Sudo;
use crate::models::session::Session;
use crate::models::user_totp::UserTotp;

/// A second factor is gone.
#[derive(Serialize, ToSchema)]
pub struct DeletedTotp {
    /// True.
    success: bool,
}

/// Takes a user's second factor away, for those who have lost their device.
#[utoipa::path(
    delete, path = "/admin/users/{id}/totp", tag = "Users",
    params(("id" = i64, Path)),
    responses(
        (status = 200, body = DeletedTotp), (status = 401, body = AdminError),
        (status = 403, body = AdminError, description = "`sudo_required`, or no administrator"),
        (status = 404, body = AdminError),
    ),
)]
pub async fn delete(
    Sudo(admin): Sudo,
    app: web::Data<App>,
    id: web::Path<i64>,
) -> Result<HttpResponse, Admin> {
    let mut conn = app.database.get().await?;
    let deleting = conn.transaction(async |conn| {
        let account = found(conn, *id).await?;
        if !UserTotp::delete(conn, account.user.id).await? {
            return Err(not_found("second factor"));
        }
        Session::forget_proofs(conn, account.user.id).await?;
        admin.did(&app, conn, Deed::new("user.delete_totp", format!("user:{id}"))).await?;
        Ok::<_, ApiError>(())
    });
    deleting.await?;
    Ok(HttpResponse::Ok().json(DeletedTotp { success: true }))
}
