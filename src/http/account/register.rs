//! `POST /api/auth/register`.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::session::SignedIn;
use super::view::UserProfile;
use super::{door, email, own, session, ticket, wrong_code};
use crate::accounts::{invitation, key};
use crate::app::App;
use crate::auth::Password;
use crate::clock::Millis;
use crate::db::Conn;
use crate::error::{Admin, AdminError, ApiError, ErrorCode};
use crate::http::extract::provider;
use crate::mail::{Language, Purpose};
use crate::models::invitation::Invitation;
use crate::models::user::{Account, NewUser, Role, User};
use crate::settings::Registration;

/// Who wants an account.
#[derive(Deserialize, ToSchema)]
pub struct Register {
    /// Their address.
    #[schema(example = "ann@example.org")]
    email: String,
    /// The code that was mailed there for signing up.
    #[schema(example = "123456")]
    code: String,
    /// 8 to 128 characters.
    password: String,
    /// The provider that their pages begin with, and the only one that their key may use; nothing
    /// for the pool's default, and a key for every one.
    #[schema(example = "ollama")]
    provider: Option<String>,
    /// Where signing up takes one.
    invitation: Option<String>,
    /// What Turnstile gave the browser, where that is asked for.
    #[serde(rename = "turnstileToken", alias = "cfTurnstileToken")]
    turnstile_token: Option<String>,
}

/// An account that waits for an administrator.
#[derive(Serialize, ToSchema)]
pub struct Pending {
    /// True.
    success: bool,
    /// True: a mail tells when an administrator has let the account in.
    pending: bool,
}

/// Makes an account with a key, and signs in. Where administrators let accounts in, the answer is
/// 202, and a mail tells when they did.
#[utoipa::path(
    post, path = "/api/auth/register", tag = "Accounts", request_body = Register, security(()),
    responses(
        (status = 201, body = SignedIn), (status = 202, body = Pending),
        (status = 400, body = AdminError),
        (status = 403, body = AdminError, description = "Nobody can sign up, or not without an invitation"),
        (status = 404, body = AdminError, description = "There is no such provider"),
        (status = 409, body = AdminError), (status = 422, body = AdminError),
        (status = 429, body = AdminError), (status = 503, body = AdminError),
    ),
)]
pub async fn register(
    request: HttpRequest,
    app: web::Data<App>,
    ask: web::Json<Register>,
) -> Result<HttpResponse, Admin> {
    let email = email(&ask.email)?;
    let password = Password::parse(&ask.password)?;
    let pages = provider(&app, ask.provider.as_deref())?;
    door::knock(&request, &app).await?;
    door::may_sign_up(&app, &email)?;
    let hash = app.passwords.hash(password).await?;
    let registration = app.settings.now().registration;
    let waits = registration == Registration::Approval;
    let now = app.clock.now();
    let new = NewUser {
        email: email.as_str(),
        password_hash: Some(&hash),
        role: Role::User.as_str(),
        is_active: !waits,
        pending: waits,
        language: Language::of(&request).tag(),
        default_provider: &pages.id,
        created_at: now.naive(),
        updated_at: now.naive(),
    };
    let only = ask.provider.as_ref().map(|_| pages.id.as_str());
    let mut conn = app.database.get().await?;
    let ticket = ticket(&app, &mut conn, &email, Purpose::Register, &ask.code).await?;
    let making = conn.transaction(async |conn| {
        if registration == Registration::Invitation {
            use_invitation(conn, ask.invitation.as_deref(), now).await?;
        }
        if !ticket.take(conn).await? {
            return Err(wrong_code());
        }
        let user = make(&app, conn, &new, only).await?;
        let begun = match waits {
            true => None,
            false => Some(session::begin(&app, conn, &request, user).await?),
        };
        Ok((begun, own(conn, user).await?))
    });
    let (begun, account) = making.await?;
    let Some(begun) = begun else {
        return Ok(HttpResponse::Accepted().json(Pending { success: true, pending: true }));
    };
    Ok(begun.answer(StatusCode::CREATED, &app, UserProfile::of(&account, now.naive())))
}

/// Adds the user and their key; returns the user's number.
async fn make(
    app: &App,
    conn: &mut Conn<'_>,
    new: &NewUser<'_>,
    only: Option<&str>,
) -> Result<i64, ApiError> {
    let user = User::insert(conn, new)
        .await?
        .ok_or_else(|| ApiError::new(ErrorCode::Conflict, "this address has an account already"))?;
    let account = Account { user, key: None };
    let expires_at = key::end(app, None, None)?;
    let fresh = key::make(app, conn, &account, only, expires_at).await?;
    // Nobody can have asked for it, but for whoever guesses.
    app.tokens.forget(&fresh.hash);
    Ok(account.user.id)
}

async fn use_invitation(
    conn: &mut Conn<'_>,
    code: Option<&str>,
    now: Millis,
) -> Result<(), ApiError> {
    let hash = invitation::hash(code.unwrap_or_default());
    if Invitation::take(conn, &hash, now.naive()).await? {
        return Ok(());
    }
    let words = "signing up takes an invitation, and this is none, or it is used up";
    Err(ApiError::new(ErrorCode::InvitationRequired, words))
}
