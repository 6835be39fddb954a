//! `POST /api/auth/send-code`.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Done, door, email};
use crate::accounts::codes::{Code, LIFE_MINUTES};
use crate::app::App;
use crate::auth::Action;
use crate::error::{Admin, AdminError, ApiError};
use crate::mail::{Language, Message, Purpose};
use crate::models::user::Credentials;

/// Who wants a code, and what for.
#[derive(Deserialize, ToSchema)]
pub struct SendCode {
    /// Where to send it.
    #[schema(example = "ann@example.org")]
    email: String,
    /// What it is for; it is good for nothing else.
    purpose: Purpose,
    /// What Turnstile gave the browser, where that is asked for.
    #[serde(rename = "turnstileToken", alias = "cfTurnstileToken")]
    turnstile_token: Option<String>,
}

/// Mails a code of six digits, good for ten minutes and once. The answer is the same whether the
/// address has an account or not: the mail says it. One a minute and ten a UTC day for each
/// address.
#[utoipa::path(
    post, path = "/api/auth/send-code", tag = "Accounts", request_body = SendCode, security(()),
    responses(
        (status = 200, body = Done), (status = 400, body = AdminError),
        (status = 403, body = AdminError, description = "Nobody can sign up, or no person asks"),
        (status = 422, body = AdminError), (status = 429, body = AdminError),
        (status = 503, body = AdminError),
    ),
)]
pub async fn send_code(
    request: HttpRequest,
    app: web::Data<App>,
    ask: web::Json<SendCode>,
) -> Result<HttpResponse, Admin> {
    let email = email(&ask.email)?;
    door::knock(&request, &app, Action::Code, ask.turnstile_token.as_deref()).await?;
    if ask.purpose == Purpose::Register {
        door::may_sign_up(&app, &email)?;
    }
    let now = app.clock.now();
    let mut conn = app.database.get().await?;
    // The same is done whether there is an account or not, so that the time tells nothing either.
    let issuing = conn.transaction(async |conn| {
        let known = Credentials::by_email(conn, email.as_str()).await?;
        let code = app.codes.issue(conn, email.as_str(), ask.purpose, now).await?;
        Ok::<_, ApiError>((known, code))
    });
    let (known, code) = issuing.await?;
    drop(conn);
    let message = message(ask.purpose, known.is_some(), code);
    let language = Language::of(&request);
    let link = app.config.server.public_url.join("");
    app.actors.mail.post(&email, language, message, link.as_deref())?;
    Ok(HttpResponse::Ok().json(Done::DONE))
}

/// What the mail says. Where the code would open nothing, it isn't told: nobody knows it then.
fn message(purpose: Purpose, known: bool, code: Code) -> Message {
    match (purpose, known) {
        (Purpose::Register, true) => Message::AlreadyRegistered,
        (Purpose::Login | Purpose::Reset, false) => Message::NoAccount,
        _ => Message::Code { purpose, code: code.into_text(), minutes: LIFE_MINUTES },
    }
}
