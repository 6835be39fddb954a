//! `/api/auth/admin-session`: a browser's session by the admin token.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::Done;
use crate::app::App;
use crate::audit::{self, Deed};
use crate::auth::sign_admin_cookie;
use crate::error::{Admin, AdminError, ApiError, ErrorCode};
use crate::http::extract::{
    ADMIN_COOKIE, BY_TOKEN, Json, SUDO_SECS, TokenSession, actor, address, refused,
};
use crate::http::strangers::{self, Door};
use crate::models::admin_session::AdminSession;
use crate::vault::{VaultError, token_hash};

/// How long such a session lasts, however much it is used, in seconds: twelve hours.
const LIFE_SECS: i64 = 43_200;

/// Bytes of its id.
const ID_BYTES: usize = 16;

/// The admin token.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShowToken {
    /// `ADMIN_TOKEN`.
    #[schema(example = "5e1f…")]
    token: String,
}

/// A session that the admin token has begun.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AdminSessionView {
    /// When it ends, however much it is used.
    #[schema(example = "2026-12-01T20:00:00.000Z")]
    expires_at: String,
    /// When what carries secrets or grants power takes the token once more.
    #[schema(example = "2026-12-01T08:05:00.000Z")]
    sudo_until: String,
}

/// Exchanges the admin token for a session in a cookie, so that nothing of the token stays in the
/// browser. Programs show the token with each request instead, as a bearer's.
///
/// The session lasts twelve hours, and ends sooner unused (`admin_idle_minutes`), by signing out, and
/// with the token. For the first five minutes it may do what carries secrets or grants power; then
/// such requests get 403 `sudo_required`, and showing the token once more begins a new session in
/// its place. Wrong tokens count as they do at `/admin`.
#[utoipa::path(
    post, path = "/api/auth/admin-session", tag = "Accounts", request_body = ShowToken,
    security(()),
    responses(
        (status = 200, body = AdminSessionView), (status = 400, body = AdminError),
        (status = 401, body = AdminError), (status = 429, body = AdminError),
    ),
)]
pub async fn begin(
    request: HttpRequest,
    app: web::Data<App>,
    ask: Json<ShowToken>,
) -> Result<HttpResponse, Admin> {
    if let Err(refusal) = app.admin.check(Some(&ask.token), address(&request)).await {
        let error = refused(&request, &app, BY_TOKEN, Some(&ask.token), refusal);
        return Err(turned_away(&request, &app, error).await);
    }
    let (id, now) = (new_id()?, app.clock.now());
    // Under the token that was shown: should another one be set at this moment, it opens nothing.
    let cookie = sign_admin_cookie(&token_hash(&ask.token), &id).map_err(|error| {
        log::error!("a session's cookie can't be signed: {error}");
        ApiError::new(ErrorCode::Internal, "the session can't begin")
    })?;
    let old = TokenSession::by_cookie(&request).await.ok().flatten();
    let ends_at = now.plus_secs(LIFE_SECS);
    let row = AdminSession {
        id,
        created_at: now.naive(),
        expires_at: ends_at.naive(),
        seen_at: now.naive(),
    };
    let mut conn = app.database.get().await?;
    let beginning = conn.transaction(async |conn| {
        if let Some(old) = &old {
            AdminSession::end(conn, &old.id).await?;
        }
        row.begin(conn).await?;
        let deed = Deed::new("auth.sign_in", BY_TOKEN).after(json!({"session": row.id}));
        let actor = actor(&request, BY_TOKEN.to_owned());
        audit::record(conn, &app.vault, &actor, deed, now).await?;
        Ok::<_, ApiError>(())
    });
    beginning.await?;
    let view = AdminSessionView {
        expires_at: ends_at.rfc3339(),
        sudo_until: now.plus_secs(SUDO_SECS).rfc3339(),
    };
    let mut answer = HttpResponse::Ok();
    answer.insert_header((CACHE_CONTROL, "no-store"));
    Ok(answer.cookie(ADMIN_COOKIE.make(&request, cookie, None)).json(view))
}

/// Ends the session of the browser's cookie.
#[utoipa::path(
    delete, path = "/api/auth/admin-session", tag = "Accounts", security(()),
    responses(
        (status = 200, body = Done), (status = 401, body = AdminError),
        (status = 403, body = AdminError, description = "A page of another site"),
        (status = 429, body = AdminError),
    ),
)]
pub async fn end(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, Admin> {
    let Some(session) = TokenSession::by_cookie(&request).await? else {
        let words = "no session by the admin token is in this browser, or it has ended";
        let error = ApiError::new(ErrorCode::NotSignedIn, words);
        return Err(turned_away(&request, &app, error).await);
    };
    let mut conn = app.database.get().await?;
    let ending = conn.transaction(async |conn| {
        AdminSession::end(conn, &session.id).await?;
        let deed = Deed::new("auth.sign_out", BY_TOKEN).before(json!({"session": session.id}));
        let actor = actor(&request, BY_TOKEN.to_owned());
        audit::record(conn, &app.vault, &actor, deed, app.clock.now()).await?;
        Ok::<_, ApiError>(())
    });
    ending.await?;
    Ok(HttpResponse::Ok().cookie(ADMIN_COOKIE.end(&request)).json(Done::DONE))
}

async fn turned_away(request: &HttpRequest, app: &App, error: ApiError) -> Admin {
    Admin(strangers::turned_away(request, app, Door::Administrators, error).await)
}

fn new_id() -> Result<String, VaultError> {
    let mut id = [0; ID_BYTES];
    getrandom::fill(&mut id).map_err(|_| VaultError::Random)?;
    Ok(hex::encode(id))
}
