//! `POST /api/auth/register`.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::session::SignedIn;
use super::view::UserProfile;
use super::{device, door, email, own, session, ticket, wrong_code};
use crate::accounts::{former, invitation, key};
use crate::app::App;
use crate::audit::{self, Deed};
use crate::auth::{Action, Email, Password};
use crate::clock::Millis;
use crate::db::Conn;
use crate::error::{Admin, AdminError, ApiError, ErrorCode, invalid};
use crate::http::extract::{Json, actor, provider};
use crate::http::noted;
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
    ask: Json<Register>,
) -> Result<HttpResponse, Admin> {
    let email = email(&ask.email)?;
    let made = sign_up(&request, &app, &ask, &email).await;
    made.inspect_err(|Admin(error)| {
        noted::refused(&app, &request, "auth.sign_up_failed", email.as_str(), error);
    })
}

async fn sign_up(
    request: &HttpRequest,
    app: &App,
    ask: &Register,
    email: &Email,
) -> Result<HttpResponse, Admin> {
    let password = Password::parse(&ask.password)?;
    let pages = provider(app, ask.provider.as_deref())?;
    let only = only(app, ask.provider.as_ref().map(|_| pages.id.as_str()))?;
    let token = ask.turnstile_token.as_deref();
    let visitor = door::knock(request, app, email, Action::Register, token).await?;
    door::may_sign_up(app, email)?;
    // The code first: whoever has none makes nobody wait for a hash.
    let ticket = ticket(app, &visitor, email, Purpose::Register, &ask.code).await?;
    let hash = app.passwords.hash(&visitor.new_password_lane(), password).await?;
    let registration = app.settings.now().registration;
    let waits = registration == Registration::Approval;
    let now = app.clock.now();
    let new = NewUser {
        email: email.as_str(),
        password_hash: Some(&hash),
        role: Role::User.as_str(),
        is_active: !waits,
        pending: waits,
        language: Language::of(request).tag(),
        default_provider: &pages.id,
        created_at: now.naive(),
        updated_at: now.naive(),
    };
    let mut conn = app.database.get().await?;
    let making = conn.transaction(async |conn| {
        if registration == Registration::Invitation {
            use_invitation(conn, ask.invitation.as_deref(), now).await?;
        }
        if !ticket.take(conn).await? {
            return Err(wrong_code());
        }
        let user = make(app, conn, &new, only.as_deref()).await?;
        let begun = match waits {
            true => None,
            false => Some(session::begin(app, conn, request, user, true).await?),
        };
        let account = own(conn, user).await?;
        let after = begun
            .as_ref()
            .map_or_else(|| json!({ "pending": true }), |begun| begun.noted("code", false));
        let deed = Deed::new("auth.sign_up", noted::of_user(user)).after(after);
        let actor = actor(request, email.as_str().to_owned());
        audit::record(conn, &app.vault, &actor, deed, now).await?;
        Ok((begun, account))
    });
    let (begun, account) = making.await?;
    let Some(begun) = begun else {
        return Ok(HttpResponse::Accepted().json(Pending { success: true, pending: true }));
    };
    let user = UserProfile::of(&account, now.naive());
    let mut answer = begun.answer(StatusCode::CREATED, app, request, user);
    device::remember(request, app, email, &mut answer)?;
    Ok(answer)
}

/// The one provider that the new key is for; `None` for all.
fn only(app: &App, asked: Option<&str>) -> Result<Option<String>, ApiError> {
    if !app.settings.now().user_default_provider_only {
        return Ok(asked.map(str::to_owned));
    }
    let first = provider(app, None)?;
    match asked {
        Some(asked) if *asked != *first.id => {
            let words = format!("provider: new keys are for `{}` only here", first.id);
            Err(invalid("provider", words))
        }
        _ => Ok(Some(first.id.to_string())),
    }
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
    let former = former::take(app, conn, &account.user.email).await?;
    let end = key::end(app, None, None)?;
    let expires_at = former.as_ref().map_or(end, |former| former::end(former, end));
    let fresh = key::make(app, conn, &account, only, expires_at).await?;
    if let Some(former) = former {
        let of = own(conn, account.user.id).await?;
        let token = of.key.map_or(0, |key| key.id);
        former.hand_over(conn, account.user.id, token, app.clock.now().naive()).await?;
    }
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
