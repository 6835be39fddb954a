//! `PATCH /admin/users/{id}`.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{UserView, forget, found};
use crate::app::App;
use crate::audit::Deed;
use crate::error::{Admin, AdminError, ApiError, invalid};
use crate::http::extract::{Administrator, provider};
use crate::models::user::{Role, User, UserChange};

/// What is to be changed; what is not named stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeUser {
    /// What they may do.
    role: Option<Role>,
    /// Switches them on or off, and with them their key.
    #[serde(rename = "isActive", alias = "is_active")]
    is_active: Option<bool>,
    /// The provider that their pages begin with.
    #[serde(rename = "defaultProvider", alias = "default_provider")]
    #[schema(example = "openrouter")]
    default_provider: Option<String>,
}

/// Changes a user, at once. The last administrator among users may be switched off too: the admin
/// token remains.
#[utoipa::path(
    patch, path = "/admin/users/{id}", tag = "Users", request_body = ChangeUser,
    responses(
        (status = 200, body = UserView), (status = 400, body = AdminError),
        (status = 401, body = AdminError), (status = 404, body = AdminError),
        (status = 422, body = AdminError),
    ),
)]
pub async fn change(
    admin: Administrator,
    app: web::Data<App>,
    id: web::Path<i64>,
    ask: web::Json<ChangeUser>,
) -> Result<HttpResponse, Admin> {
    let ask = ask.into_inner();
    let named = ask.default_provider.as_deref();
    let change = UserChange {
        role: ask.role.map(Role::as_str),
        is_active: ask.is_active,
        // Whoever is switched on is let in.
        pending: ask.is_active.filter(|active| *active).map(|_| false),
        default_provider: named
            .map(|named| provider(&app, Some(named)))
            .transpose()?
            .map(|p| p.id.clone()),
        ..UserChange::default()
    };
    if change == UserChange::default() {
        return Err(invalid("role", "name what to change: role, isActive, defaultProvider").into());
    }
    let change = UserChange { updated_at: Some(app.clock.now().naive()), ..change };
    let mut conn = app.database.get().await?;
    let changed = conn.transaction(async |conn| {
        let before = found(conn, *id).await?;
        User::change(conn, &[*id], &change).await?;
        let after = found(conn, *id).await?;
        let deed = Deed::new("user.change", format!("user:{id}"));
        let deed = deed.before(UserView::from(&before)).after(UserView::from(&after));
        admin.did(&app, conn, deed).await?;
        Ok::<_, ApiError>(after)
    });
    let account = changed.await?;
    forget(&app, [&account]);
    Ok(HttpResponse::Ok().json(UserView::from(&account)))
}
