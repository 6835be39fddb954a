//! `POST /api/auth/key/rotate` and `/api/auth/key/reveal`: one's own key.

use std::time::Duration;

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::own;
use super::view::UserProfile;
use crate::accounts::key;
use crate::app::App;
use crate::error::{Admin, AdminError, ApiError, ErrorCode, not_found};
use crate::http::extract::Member;
use crate::models::client_token::ClientToken;
use crate::models::user::UserKey;

/// So many times in an hour one may have a new key, or see the one there is.
const TIMES_MAX: u64 = 30;
const WINDOW: Duration = Duration::from_secs(3600);

/// One's key, whole.
#[derive(Serialize, ToSchema)]
pub struct OwnKey {
    /// The key.
    #[schema(example = "sk-pool-…")]
    token: String,
}

/// One's new key, whole.
#[derive(Serialize, ToSchema)]
pub struct RotatedKey {
    /// True.
    success: bool,
    /// The key.
    #[schema(example = "sk-pool-…")]
    token: String,
    /// Whose it is.
    user: UserProfile,
}

/// Puts a new key in the place of one's own, which opens nothing from now on. Its end, counts and
/// limits stay.
#[utoipa::path(
    post, path = "/api/auth/key/rotate", tag = "Accounts",
    responses(
        (status = 200, body = RotatedKey), (status = 401, body = AdminError),
        (status = 404, body = AdminError), (status = 429, body = AdminError),
    ),
)]
pub async fn rotate(member: Member, app: web::Data<App>) -> Result<HttpResponse, Admin> {
    limit(&app, &member, "key-rotations").await?;
    let mut conn = app.database.get().await?;
    let rotating = conn.transaction(async |conn| {
        UserKey::lock(conn, member.user.id).await?;
        let before = own(conn, member.user.id).await?;
        let old = before.key.as_ref().ok_or_else(|| not_found("key"))?;
        let fresh = key::make(&app, conn, &before, None, old.expires_at).await?;
        let after = own(conn, member.user.id).await?;
        Ok::<_, ApiError>((before, fresh, after))
    });
    let (before, fresh, after) = rotating.await?;
    before.key.iter().flat_map(UserKey::hashes).for_each(|hash| app.tokens.forget(hash));
    app.tokens.forget(&fresh.hash);
    let user = UserProfile::of(&after, app.clock.now().naive());
    let mut answer = HttpResponse::Ok();
    answer.insert_header((CACHE_CONTROL, "no-store"));
    Ok(answer.json(RotatedKey { success: true, token: fresh.token, user }))
}

/// Shows one's key, whole.
#[utoipa::path(
    post, path = "/api/auth/key/reveal", tag = "Accounts",
    responses(
        (status = 200, body = OwnKey), (status = 401, body = AdminError),
        (status = 404, body = AdminError), (status = 429, body = AdminError),
    ),
)]
pub async fn reveal(member: Member, app: web::Data<App>) -> Result<HttpResponse, Admin> {
    limit(&app, &member, "key-reveals").await?;
    let mut conn = app.database.get().await?;
    let row = ClientToken::of_user(&mut conn, member.user.id).await?;
    let row = row.ok_or_else(|| not_found("key"))?;
    let sealed = ClientToken::sealed(&mut conn, row.id).await?;
    let token = sealed.ok_or_else(|| not_found("key"))?.open(&app.vault)?;
    let mut answer = HttpResponse::Ok();
    answer.insert_header((CACHE_CONTROL, "no-store"));
    Ok(answer.json(OwnKey { token }))
}

async fn limit(app: &App, member: &Member, what: &str) -> Result<(), ApiError> {
    if app.cache.hit(&format!("{what}:{}", member.user.id), WINDOW).await > TIMES_MAX {
        let error = ApiError::new(ErrorCode::RateLimited, "at most 30 an hour");
        return Err(error.retry_after(WINDOW.as_secs()));
    }
    Ok(())
}
