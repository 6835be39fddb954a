//! `POST /admin/users/{id}/extend-key`.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{UserView, forget, found};
use crate::accounts::key;
use crate::app::App;
use crate::audit::Deed;
use crate::error::{Admin, AdminError, ApiError, not_found};
use crate::http::extract::{Json, Sudo};
use crate::models::user::{KeyEnd, UserKey};

/// By how much.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExtendKey {
    /// 1 to 365.
    #[schema(example = 30, minimum = 1, maximum = 365)]
    days: Option<i64>,
}

/// A user whose key lives longer now.
#[derive(Serialize, ToSchema)]
pub struct ExtendedKey {
    /// True.
    success: bool,
    /// Whose it is.
    #[serde(flatten)]
    user: UserView,
}

/// Lets a user's key live longer: from its end, or from now if that has passed. One without an end
/// stays so, and none ends later than in ten years.
#[utoipa::path(
    post, path = "/admin/users/{id}/extend-key", tag = "Users", request_body = ExtendKey,
    responses(
        (status = 200, body = ExtendedKey), (status = 400, body = AdminError),
        (status = 401, body = AdminError),
        (status = 403, body = AdminError, description = "`sudo_required`, or no administrator"), (status = 404, body = AdminError),
        (status = 422, body = AdminError),
    ),
)]
pub async fn extend_key(
    Sudo(admin): Sudo,
    app: web::Data<App>,
    id: web::Path<i64>,
    ask: Json<ExtendKey>,
) -> Result<HttpResponse, Admin> {
    let days = key::days(ask.days)?;
    let mut conn = app.database.get().await?;
    let extending = conn.transaction(async |conn| {
        UserKey::lock(conn, *id).await?;
        let before = found(conn, *id).await?;
        let own = before.key.as_ref().ok_or_else(|| not_found("key"))?;
        if let Some(end) = own.expires_at {
            let expires_at = key::extended(end, days, app.clock.now());
            UserKey::set_ends(conn, &[KeyEnd { id: own.id, expires_at }]).await?;
        }
        let after = found(conn, *id).await?;
        let deed = Deed::new("user.extend_key", format!("user:{id}"));
        let deed = deed.before(UserView::from(&before)).after(UserView::from(&after));
        admin.did(&app, conn, deed).await?;
        Ok::<_, ApiError>(after)
    });
    let account = extending.await?;
    forget(&app, [&account]);
    let user = UserView::from(&account);
    Ok(HttpResponse::Ok().json(ExtendedKey { success: true, user }))
}
