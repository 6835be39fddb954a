//! `POST /api/auth/login`.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use utoipa::ToSchema;

use super::session::SignedIn;
use super::view::UserProfile;
use super::{door, email, own, session};
use crate::accounts::codes::{Checked, Ticket, too_many_tries};
use crate::accounts::second_factor;
use crate::app::App;
use crate::auth::{Action, Email, Password};
use crate::error::{Admin, AdminError, ApiError, ErrorCode, invalid};
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
    /// The code of the second factor, of an administrator who has one.
    #[schema(example = "123456")]
    totp: Option<String>,
    /// What Turnstile gave the browser, where that is asked for.
    #[serde(rename = "turnstileToken", alias = "cfTurnstileToken")]
    turnstile_token: Option<String>,
}

/// Signs in. There is one answer for a wrong address, password and code. Ten wrong passwords for an
/// address (`sign_in_attempts`) end its tries for a quarter of an hour; codes work on.
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
    ask: web::Json<Login>,
) -> Result<HttpResponse, Admin> {
    let email = email(&ask.email)?;
    door::knock(&request, &app, Action::Login, ask.turnstile_token.as_deref()).await?;
    let (known, ticket) = match (&ask.password, &ask.code) {
        (Some(password), None) => (by_password(&app, &email, password).await?, None),
        (None, Some(code)) => by_code(&app, &email, code).await?,
        _ => return Err(invalid("password", "sign in with `password` or with `code`").into()),
    };
    may_come_in(&known.user)?;
    let mut conn = app.database.get().await?;
    let opening = conn.transaction(async |conn| {
        second_factor::check(&app, conn, known.user.id, ask.totp.as_deref()).await?;
        if let Some(ticket) = &ticket
            && !ticket.take(conn).await?
        {
            return Err(wrong());
        }
        let begun = session::begin(&app, conn, &request, known.user.id).await?;
        // The beginning has written to the user's row: whoever switches them off at this moment
        // has either done so, or waits and ends this session, too.
        let account = own(conn, known.user.id).await?;
        may_come_in(&account.user)?;
        Ok((begun, account))
    });
    let (begun, account) = opening.await?;
    let user = UserProfile::of(&account, app.clock.now().naive());
    Ok(begun.answer(StatusCode::OK, &app, user))
}

async fn by_password(app: &App, email: &Email, password: &str) -> Result<Credentials, ApiError> {
    door::count_password(app, email).await?;
    let known = Credentials::by_email(&mut app.database.get().await?, email.as_str()).await?;
    let hash = known.as_ref().and_then(|known| known.password_hash.as_deref());
    let right = app.passwords.is_right(password, hash).await?;
    let known = known.filter(|_| right).ok_or_else(wrong)?;
    door::forget_passwords(app, email).await;
    hash_anew(app, &known, password).await?;
    Ok(known)
}

/// A hash of another cost is replaced while the password is at hand.
async fn hash_anew(app: &App, known: &Credentials, password: &str) -> Result<(), ApiError> {
    let outdated = known.password_hash.as_deref().is_some_and(|it| app.passwords.is_outdated(it));
    if !outdated {
        return Ok(());
    }
    let hash = app.passwords.hash(Password::parse(password)?).await?;
    let mut conn = app.database.get().await?;
    User::set_password(&mut conn, known.user.id, &hash, app.clock.now().naive()).await?;
    Ok(())
}

async fn by_code(
    app: &App,
    email: &Email,
    code: &str,
) -> Result<(Credentials, Option<Ticket>), ApiError> {
    let now = app.clock.now();
    let mut conn = app.database.get().await?;
    let looking = conn.transaction(async |conn| {
        let known = Credentials::by_email(conn, email.as_str()).await?;
        let checked = app.codes.check(conn, email.as_str(), Purpose::Login, code, now).await?;
        Ok::<_, ApiError>((known, checked))
    });
    match looking.await? {
        (Some(known), Checked::Right(ticket)) => Ok((known, Some(ticket))),
        (_, Checked::TooMany { retry_after }) => Err(too_many_tries(retry_after)),
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
