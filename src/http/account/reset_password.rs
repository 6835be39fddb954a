//! `POST /api/auth/reset-password`.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Done, door, email, ticket, wrong_code};
use crate::app::App;
use crate::auth::Password;
use crate::error::{Admin, AdminError, ApiError};
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
    ask: web::Json<ResetPassword>,
) -> Result<HttpResponse, Admin> {
    let email = email(&ask.email)?;
    let password = Password::parse(&ask.password)?;
    door::knock(&request, &app).await?;
    let hash = app.passwords.hash(password).await?;
    let mut conn = app.database.get().await?;
    let ticket = ticket(&app, &mut conn, &email, Purpose::Reset, &ask.code).await?;
    let setting = conn.transaction(async |conn| {
        let known = Credentials::by_email(conn, email.as_str()).await?;
        let user = known.ok_or_else(wrong_code)?.user;
        if !ticket.take(conn).await? {
            return Err(wrong_code());
        }
        User::set_password(conn, user.id, &hash, app.clock.now().naive()).await?;
        Session::end_all(conn, &[user.id], None).await?;
        Ok::<_, ApiError>(user)
    });
    let user = setting.await?;
    door::forget_passwords(&app, &email).await;
    super::tell(&app, &user, Message::PasswordChanged);
    Ok(HttpResponse::Ok().json(Done::DONE))
}
