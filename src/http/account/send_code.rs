//! `POST /api/auth/send-code`.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Done, door, email};
use crate::accounts::codes::{self, Code, LIFE_MINUTES};
use crate::app::App;
use crate::auth::{Action, Email};
use crate::error::{Admin, AdminError, ApiError, ErrorCode};
use crate::http::extract::Json;
use crate::http::noted;
use crate::mail::{Language, Message, Purpose};
use crate::metrics::Limit;
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
/// address, five of them for one network; a browser that has signed in to the account before has ten
/// of its own. One network may ask for `account_mails_per_ip` an hour, to any addresses.
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
    ask: Json<SendCode>,
) -> Result<HttpResponse, Admin> {
    let email = email(&ask.email)?;
    match mail(&request, &app, &ask, &email).await {
        Ok(()) => noted::mailed(&app, &request, email.as_str(), ask.purpose.as_str()),
        Err(error) => {
            noted::refused(&app, &request, "auth.code_failed", email.as_str(), &error);
            return Err(error.into());
        }
    }
    Ok(HttpResponse::Ok().json(Done::DONE))
}

async fn mail(
    request: &HttpRequest,
    app: &App,
    ask: &SendCode,
    email: &Email,
) -> Result<(), ApiError> {
    let token = ask.turnstile_token.as_deref();
    let visitor = door::knock(request, app, email, Action::Code, token).await?;
    if ask.purpose == Purpose::Register {
        door::may_sign_up(app, email)?;
    }
    let now = app.clock.now();
    let counted = codes::network_mails(&app.cache, &visitor, email.as_str(), now).await;
    let counted = counted.inspect_err(|_| app.metrics.limit(Limit::AddressMails))?;
    door::may_mail(request, app, &visitor).await?;
    let mut conn = app.database.get().await?;
    // The same is done whether there is an account or not, so that the time tells nothing either.
    let issuing = conn.transaction(async |conn| {
        let known = Credentials::by_email(conn, email.as_str()).await?;
        let code = app.codes.issue(conn, &visitor, email.as_str(), ask.purpose, now).await?;
        Ok::<_, ApiError>((known, code))
    });
    let spent = |error: &ApiError| {
        if error.code == ErrorCode::RateLimited {
            app.metrics.limit(Limit::AddressMails);
        }
    };
    let (known, code) = issuing.await.inspect_err(spent)?;
    drop(conn);
    if let Some(name) = counted {
        codes::count_network_mail(&app.cache, &name).await;
    }
    let message = message(ask.purpose, known.is_some(), code);
    let language = Language::of(request);
    let link = app.config.server.public_url.join("");
    Ok(app.actors.mail.post(email, language, message, link.as_deref())?)
}

/// What the mail says. Where the code would open nothing, it isn't told: nobody knows it then.
fn message(purpose: Purpose, known: bool, code: Code) -> Message {
    match (purpose, known) {
        (Purpose::Register, true) => Message::AlreadyRegistered,
        (Purpose::Login | Purpose::Reset, false) => Message::NoAccount,
        _ => Message::Code { purpose, code: code.into_text(), minutes: LIFE_MINUTES },
    }
}
