//! `DELETE /admin/users/{id}/totp`.

use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::found;
use crate::app::App;
use crate::audit::Deed;
use crate::error::{Admin, AdminError, ApiError, not_found};
use crate::http::extract::Confirmed;
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
    params(("id" = i64, Path), ("X-Totp-Code" = Option<String>, Header, description = "The caller's own second factor, where they have one")),
    responses(
        (status = 200, body = DeletedTotp), (status = 401, body = AdminError),
        (status = 404, body = AdminError),
    ),
)]
pub async fn delete(
    Confirmed(admin): Confirmed,
    app: web::Data<App>,
    id: web::Path<i64>,
) -> Result<HttpResponse, Admin> {
    let mut conn = app.database.get().await?;
    let deleting = conn.transaction(async |conn| {
        let account = found(conn, *id).await?;
        if !UserTotp::delete(conn, account.user.id).await? {
            return Err(not_found("second factor"));
        }
        admin.did(&app, conn, Deed::new("user.delete_totp", format!("user:{id}"))).await?;
        Ok::<_, ApiError>(())
    });
    deleting.await?;
    Ok(HttpResponse::Ok().json(DeletedTotp { success: true }))
}
