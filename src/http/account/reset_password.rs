//! `POST /api/auth/reset-password`.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Done, door, email, ticket, wrong_code};
use crate::accounts::passwords;
use crate::app::App;
use crate::audit::{self, Deed};
use crate::auth::{Action, Email, Password};
use crate::error::{Admin, AdminError, ApiError};
use crate::http::extract::{Json, actor};
use crate::http::noted;
use crate::mail::{Message, Purpose};
use crate::models::session::Session;
use crate::models::user::{Credentials, User};

/// A new password for whoever has the address.
#[derive(Deserialize, ToSchema)]
pub struct ResetPassword {
    /// The account's address.
    #[schema(example = "ann@example.org")]
    email: String,
    /// The code that was mailed there for a new password.
    #[schema(example = "123456")]
    code: String,
    /// The new password: 8 to 128 characters.
    #[serde(alias = "newPassword")]
    password: String,
    /// What Turnstile gave the browser, where that is asked for.
    #[serde(rename = "turnstileToken", alias = "cfTurnstileToken")]
    turnstile_token: Option<String>,
}

/// Sets a new password by a code, and ends all of the account's sessions. A mail tells of it. Also
/// for those who never had a password.
#[utoipa::path(
    post, path = "/api/auth/reset-password", tag = "Accounts", request_body = ResetPassword,
    security(()),
    responses(
        (status = 200, body = Done), (status = 400, body = AdminError),
        (status = 403, body = AdminError, description = "No person asks"),
        (status = 422, body = AdminError), (status = 429, body = AdminError),
        (status = 503, body = AdminError),
    ),
)]
pub async fn reset_password(
    request: HttpRequest,
    app: web::Data<App>,
    ask: Json<ResetPassword>,
) -> Result<HttpResponse, Admin> {
    let email = email(&ask.email)?;
    let set = set_password(&request, &app, &ask, &email).await;
    set.inspect_err(|Admin(error)| {
        noted::refused(&app, &request, "auth.password_reset_failed", email.as_str(), error);
    })
}

async fn set_password(
    request: &HttpRequest,
    app: &App,
    ask: &ResetPassword,
    email: &Email,
) -> Result<HttpResponse, Admin> {
    let password = Password::parse(&ask.password)?;
    let token = ask.turnstile_token.as_deref();
    let visitor = door::knock(request, app, email, Action::Reset, token).await?;
    let ticket = ticket(app, &visitor, email, Purpose::Reset, &ask.code).await?;
    let hash = app.passwords.hash(&visitor.new_password_lane(), password).await?;
    let mut conn = app.database.get().await?;
    let setting = conn.transaction(async |conn| {
        let known = Credentials::by_email(conn, email.as_str()).await?;
        let user = known.ok_or_else(wrong_code)?.user;
        if !ticket.take(conn).await? {
            return Err(wrong_code());
        }
        User::set_password(conn, user.id, &hash, app.clock.now().naive()).await?;
        Session::end_all(conn, &[user.id], None).await?;
        let deed = Deed::new("auth.password_reset", noted::of_user(user.id));
        let actor = actor(request, email.as_str().to_owned());
        audit::record(conn, &app.vault, &actor, deed, app.clock.now()).await?;
        Ok::<_, ApiError>(user)
    });
    let user = setting.await?;
    passwords::forget(app, &visitor, email).await;
    super::tell(app, &user, Message::PasswordChanged);
    Ok(HttpResponse::Ok().json(Done::DONE))
}
