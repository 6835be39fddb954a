//! `/api/auth/sudo`: showing once more who one is.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::proof::by_password;
use crate::accounts::second_factor;
use crate::accounts::visitor::Visitor;
use crate::app::App;
use crate::auth::Email;
use crate::clock::Millis;
use crate::db::Conn;
use crate::error::{Admin, AdminError, ApiError, ErrorCode, invalid, not_found};
use crate::http::extract::{Json, Member, SUDO_SECS};
use crate::models::session::Session;
use crate::models::user::Credentials;

/// How one shows who one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum SudoBy {
    /// By the password.
    Password,
    /// By the second factor; the password is not enough.
    Totp,
    /// Not at all: one has neither, and sets a password first.
    Nothing,
}

/// The session's sudo.
#[derive(Debug, Serialize, ToSchema)]
pub struct SudoState {
    /// `password`, `totp`, or `nothing` for those who have neither.
    by: SudoBy,
    /// When it ends; null when the session has none now.
    #[schema(example = "2026-12-01T08:05:00.000Z")]
    until: Option<String>,
}

/// That it is really oneself.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShowSudo {
    /// One's password, of those without a second factor.
    password: Option<String>,
    /// A code of one's second factor, or a recovery code.
    #[schema(example = "123456")]
    code: Option<String>,
}

/// How one shows who one is, and how long the session needn't.
#[utoipa::path(
    get, path = "/api/auth/sudo", tag = "Accounts",
    responses((status = 200, body = SudoState), (status = 401, body = AdminError)),
)]
pub async fn show(member: Member, app: web::Data<App>) -> Result<HttpResponse, Admin> {
    let mut conn = app.database.get().await?;
    let by = if second_factor::is_set(&mut conn, member.user.id).await? {
        SudoBy::Totp
    } else {
        let known = Credentials::by_email(&mut conn, &member.user.email).await?;
        let has_password = known.is_some_and(|known| known.password_hash.is_some());
        if has_password { SudoBy::Password } else { SudoBy::Nothing }
    };
    let until = member.sudo_until(app.clock.now());
    Ok(answer(SudoState { by, until: until.map(Millis::rfc3339) }))
}

/// Shows once more who one is: the password, or a code of the second factor where one has one. For
/// the next five minutes this session, and no other one, may do what carries secrets or grants
/// power; then such requests get 403 `sudo_required`. It ends sooner with the session, and with a
/// new password or second factor. After ten wrong ones it is closed to this session for 15 minutes.
#[utoipa::path(
    post, path = "/api/auth/sudo", tag = "Accounts", request_body = ShowSudo,
    responses(
        (status = 200, body = SudoState), (status = 400, body = AdminError),
        (status = 401, body = AdminError), (status = 422, body = AdminError),
        (status = 429, body = AdminError), (status = 503, body = AdminError),
    ),
)]
pub async fn prove(
    member: Member,
    app: web::Data<App>,
    ask: Json<ShowSudo>,
) -> Result<HttpResponse, Admin> {
    let (user, now) = (member.user.id, app.clock.now());
    let mut conn = app.database.get().await?;
    let by = if second_factor::is_set(&mut conn, user).await? {
        let code = Some(ask.code.as_deref().ok_or_else(|| {
            let words = "the code of your second factor is needed: the password is not enough";
            ApiError::new(ErrorCode::TotpRequired, words)
        })?);
        let proving = conn.transaction(async |conn| {
            let shown = second_factor::check(&app, conn, user, code).await?;
            note(conn, &member, now).await?;
            member.showed(&app, conn, shown).await?;
            member.did(&app, conn, member.deed("auth.sudo").after(json!({"by": "totp"}))).await?;
            Ok::<_, ApiError>(shown)
        });
        proving.await?.tell(&app, &member.user);
        SudoBy::Totp
    } else {
        drop(conn);
        let password = ask.password.as_deref();
        let password = password.ok_or_else(|| invalid("password", "`password` is missing"))?;
        let email = Email::parse(&member.user.email).ok_or_else(|| not_found("account"))?;
        let known =
            by_password(&app, &Visitor::signed_in(&member.session), &email, password).await?;
        let mut conn = app.database.get().await?;
        let proving = conn.transaction(async |conn| {
            // What was set up or changed while the password was hashed ends this.
            let still = Credentials::by_email(conn, email.as_str()).await?;
            let same = still.is_some_and(|still| still.password_hash == known.password_hash);
            if !same || second_factor::is_set(conn, user).await? {
                return Err(ApiError::new(ErrorCode::WrongCredentials, "the password is wrong"));
            }
            note(conn, &member, now).await?;
            let deed = member.deed("auth.sudo").after(json!({"by": "password"}));
            Ok(member.did(&app, conn, deed).await?)
        });
        proving.await?;
        SudoBy::Password
    };
    Ok(answer(SudoState { by, until: Some(now.plus_secs(SUDO_SECS).rfc3339()) }))
}

async fn note(conn: &mut Conn<'_>, member: &Member, now: Millis) -> Result<(), ApiError> {
    match Session::prove(conn, member.user.id, &member.session, now.naive()).await? {
        true => Ok(()),
        false => Err(ApiError::new(ErrorCode::NotSignedIn, "the session has ended: sign in again")),
    }
}

fn answer(state: SudoState) -> HttpResponse {
    HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(state)
}
