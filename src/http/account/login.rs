//! `POST /api/auth/login`.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use utoipa::ToSchema;

use super::session::SignedIn;
use super::view::UserProfile;
use super::{check_code, device, door, email, own, session};
use crate::accounts::codes::{Checked, Ticket, too_many_tries};
use crate::accounts::passwords::Tries;
use crate::accounts::second_factor::{self, Shown};
use crate::accounts::visitor::Visitor;
use crate::app::App;
use crate::audit::{self, Deed};
use crate::auth::{Action, Email, Lane, Password};
use crate::error::{Admin, AdminError, ApiError, ErrorCode, invalid};
use crate::http::extract::{Json, actor};
use crate::http::noted;
use crate::mail::Purpose;
use crate::models::user::{Credentials, User};

/// Who wants to sign in, with a password or a code.
#[derive(Deserialize, ToSchema)]
pub struct Login {
    /// The account's address.
    #[schema(example = "ann@example.org")]
    email: String,
    /// The password.
    password: Option<String>,
    /// A code that was mailed for signing in, instead.
    #[schema(example = "123456")]
    code: Option<String>,
    /// A code of the second factor, of those who have one, or a recovery code.
    #[schema(example = "123456")]
    totp: Option<String>,
    /// What Turnstile gave the browser, where that is asked for.
    #[serde(rename = "turnstileToken", alias = "cfTurnstileToken")]
    turnstile_token: Option<String>,
}

/// Signs in. There is one answer for a wrong address, password and code. Ten wrong passwords for an
/// e-mail address (`sign_in_attempts`) from one network end that network's tries for a quarter of an
/// hour; codes work on, and so do other networks. A browser that signs in is given a second cookie,
/// by which it has tries of its own the next time. While strangers keep guessing at an account, each
/// of their answers takes a second longer.
#[utoipa::path(
    post, path = "/api/auth/login", tag = "Accounts", request_body = Login, security(()),
    responses(
        (status = 200, body = SignedIn), (status = 400, body = AdminError),
        (status = 401, body = AdminError, description = "Wrong, or a second factor is needed"),
        (status = 403, body = AdminError, description = "Switched off, or not let in yet"),
        (status = 422, body = AdminError), (status = 429, body = AdminError),
        (status = 503, body = AdminError),
    ),
)]
pub async fn login(
    request: HttpRequest,
    app: web::Data<App>,
    ask: Json<Login>,
) -> Result<HttpResponse, Admin> {
    let email = email(&ask.email)?;
    let signed_in = sign_in(&request, &app, &ask, &email).await;
    signed_in.inspect_err(|Admin(error)| {
        noted::refused(&app, &request, "auth.sign_in_failed", email.as_str(), error);
    })
}

async fn sign_in(
    request: &HttpRequest,
    app: &App,
    ask: &Login,
    email: &Email,
) -> Result<HttpResponse, Admin> {
    let token = ask.turnstile_token.as_deref();
    let visitor = door::knock(request, app, email, Action::Login, token).await?;
    let (known, ticket) = match (&ask.password, &ask.code) {
        (Some(password), None) => (by_password(app, &visitor, email, password).await?, None),
        (None, Some(code)) => by_code(app, &visitor, email, code).await?,
        _ => return Err(invalid("password", "sign in with `password` or with `code`").into()),
    };
    may_come_in(&known.user)?;
    let mut conn = app.database.get().await?;
    let opening = conn.transaction(async |conn| {
        let code = ask.totp.as_deref();
        let shown = second_factor::sign_in(app, conn, &visitor, known.user.id, code).await?;
        let proven = shown != Shown::Nothing || ask.password.is_some();
        if let Some(ticket) = &ticket
            && !ticket.take(conn).await?
        {
            return Err(wrong());
        }
        let begun = session::begin(app, conn, request, known.user.id, proven).await?;
        // The beginning has written to the user's row: whoever switches them off at this moment
        // has either done so, or waits and ends this session, too.
        let account = own(conn, known.user.id).await?;
        may_come_in(&account.user)?;
        let by = if ask.password.is_some() { "password" } else { "code" };
        let (actor, id) = (actor(request, email.as_str().to_owned()), known.user.id);
        noted::recovery(app, conn, &actor, id, shown).await?;
        let deed = Deed::new("auth.sign_in", noted::of_user(id));
        let deed = deed.after(begun.noted(by, shown != Shown::Nothing));
        audit::record(conn, &app.vault, &actor, deed, app.clock.now()).await?;
        Ok((begun, account, shown))
    });
    let (begun, account, shown) = opening.await?;
    shown.tell(app, &account.user);
    let user = UserProfile::of(&account, app.clock.now().naive());
    let mut answer = begun.answer(StatusCode::OK, app, request, user);
    device::remember(request, app, email, &mut answer)?;
    Ok(answer)
}

async fn by_password(
    app: &App,
    visitor: &Visitor,
    email: &Email,
    password: &str,
) -> Result<Credentials, ApiError> {
    let tries = Tries::begin(app, visitor, email).await?;
    door::may_hash(app, visitor).await?;
    let known = Credentials::by_email(&mut app.database.get().await?, email.as_str()).await?;
    let hash = known.as_ref().and_then(|known| known.password_hash.as_deref());
    let right = app.passwords.is_right(&visitor.sign_in_lane(), password, hash).await?;
    let Some(known) = known.filter(|_| right) else {
        tries.wrong().await;
        return Err(wrong());
    };
    tries.right().await;
    hash_anew(app, &known, password).await?;
    Ok(known)
}

/// A hash of another cost is replaced while the password is at hand.
async fn hash_anew(app: &App, known: &Credentials, password: &str) -> Result<(), ApiError> {
    let outdated = known.password_hash.as_deref().is_some_and(|it| app.passwords.is_outdated(it));
    if !outdated {
        return Ok(());
    }
    let hash = app.passwords.hash(&Lane::Known, Password::parse(password)?).await?;
    let mut conn = app.database.get().await?;
    User::set_password(&mut conn, known.user.id, &hash, app.clock.now().naive()).await?;
    Ok(())
}

async fn by_code(
    app: &App,
    visitor: &Visitor,
    email: &Email,
    code: &str,
) -> Result<(Credentials, Option<Ticket>), ApiError> {
    let known = Credentials::by_email(&mut app.database.get().await?, email.as_str()).await?;
    match (known, check_code(app, visitor, email, Purpose::Login, code).await?) {
        (Some(known), Checked::Right(ticket)) => Ok((known, Some(ticket))),
        (_, Checked::TooMany) => Err(too_many_tries()),
        (None, Checked::Right(_)) | (_, Checked::Wrong) => Err(wrong()),
    }
}

/// Whoever has shown who they are is told why they can't come in.
fn may_come_in(user: &User) -> Result<(), ApiError> {
    if user.pending {
        let words = "an administrator has not let this account in yet";
        return Err(ApiError::new(ErrorCode::AccountPending, words));
    }
    if !user.is_active {
        let words = "an administrator has switched this account off";
        return Err(ApiError::new(ErrorCode::AccountDisabled, words));
    }
    Ok(())
}

/// The one answer for a wrong address, password and code.
fn wrong() -> ApiError {
    ApiError::new(ErrorCode::WrongCredentials, "the address, the password or the code is wrong")
}
