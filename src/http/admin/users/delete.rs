//! `DELETE /admin/users/{id}`.

use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::{UserView, forget, found, spare_own};
use crate::app::App;
use crate::audit::Deed;
use crate::error::{Admin, AdminError, ApiError};
use crate::http::extract::Sudo;
use crate::models::user::User;

/// A user is gone.
#[derive(Serialize, ToSchema)]
pub struct DeletedUser {
    /// True.
    success: bool,
    /// 1.
    #[schema(example = 1)]
    deleted: usize,
}

/// Deletes a user, their key, their sessions and their check-ins. Statistics of what they used stay.
/// Nobody may delete the account that they are signed in with here.
#[utoipa::path(
    delete, path = "/admin/users/{id}", tag = "Users",
    responses(
        (status = 200, body = DeletedUser), (status = 401, body = AdminError),
        (status = 403, body = AdminError, description = "`sudo_required`, or no administrator"),
        (status = 404, body = AdminError),
        (status = 409, body = AdminError, description = "It is the caller's own account"),
    ),
)]
pub async fn delete(
    Sudo(admin): Sudo,
    app: web::Data<App>,
    id: web::Path<i64>,
) -> Result<HttpResponse, Admin> {
    spare_own(&admin, &[*id])?;
    let mut conn = app.database.get().await?;
    let deleting = conn.transaction(async |conn| {
        let before = found(conn, *id).await?;
        let deleted = User::delete(conn, &[*id]).await?;
        let deed = Deed::new("user.delete", format!("user:{id}"));
        admin.did(&app, conn, deed.before(UserView::from(&before))).await?;
        Ok::<_, ApiError>((before, deleted))
    });
    let (gone, deleted) = deleting.await?;
    forget(&app, [&gone]);
    Ok(HttpResponse::Ok().json(DeletedUser { success: true, deleted }))
}
