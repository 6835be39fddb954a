//! `POST /admin/users/{id}/reset-key`.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{UserView, WithToken, forget, found};
use crate::accounts::key;
use crate::app::App;
use crate::audit::Deed;
use crate::error::{Admin, AdminError, ApiError};
use crate::http::extract::{Json, Sudo, provider};

/// The key that is wanted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResetKey {
    /// How long it lives, in seconds; 0 for ever. Unless given, it ends when the old one would
    /// have, or in three days if that has passed.
    #[serde(rename = "ttlSeconds", alias = "ttl_seconds", alias = "ttl")]
    #[schema(example = 86_400)]
    ttl_seconds: Option<i64>,
    /// The only provider it may use; unless given, as the old one.
    #[schema(example = "ollama")]
    provider: Option<String>,
}

/// Makes a user a new key, which is shown this once. The old one opens nothing from now on; its
/// counts and limits go over to the new one.
#[utoipa::path(
    post, path = "/admin/users/{id}/reset-key", tag = "Users", request_body = ResetKey,
    responses(
        (status = 200, body = WithToken), (status = 400, body = AdminError),
        (status = 401, body = AdminError),
        (status = 403, body = AdminError, description = "`sudo_required`, or no administrator"), (status = 404, body = AdminError),
        (status = 422, body = AdminError),
    ),
)]
pub async fn reset_key(
    Sudo(admin): Sudo,
    app: web::Data<App>,
    id: web::Path<i64>,
    ask: Json<ResetKey>,
) -> Result<HttpResponse, Admin> {
    let only = ask.provider.as_deref().map(|named| provider(&app, Some(named))).transpose()?;
    let only = only.as_ref().map(|only| only.id.as_str());
    let mut conn = app.database.get().await?;
    let resetting = conn.transaction(async |conn| {
        let before = found(conn, *id).await?;
        let end = key::end(&app, ask.ttl_seconds, before.key.as_ref())?;
        let fresh = key::make(&app, conn, &before, only, end).await?;
        let user = UserView::from(&found(conn, *id).await?);
        let deed = Deed::new("user.reset_key", format!("user:{id}"));
        let deed = deed.before(UserView::from(&before)).after(&user);
        admin.did(&app, conn, deed).await?;
        Ok::<_, ApiError>((before, fresh, user))
    });
    let (before, fresh, user) = resetting.await?;
    forget(&app, [&before]);
    app.tokens.forget(&fresh.hash);
    Ok(WithToken::answer(StatusCode::OK, fresh.token, user))
}
