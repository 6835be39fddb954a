//! What is asked of everyone before an account is looked at.

use std::time::Duration;

use actix_web::{HttpRequest, web};

use crate::app::App;
use crate::auth::{Action, Email, bucket};
use crate::cache::Rate;
use crate::error::{ApiError, ErrorCode, invalid};
use crate::http::extract::address;
use crate::http::strangers;
use crate::settings::Registration;
use crate::upstream::client::Client;

const WINDOW: Duration = Duration::from_secs(600);

/// Wrong passwords for one address are counted for so long.
const SIGN_IN_WINDOW: Duration = Duration::from_secs(900);

/// Lets a request in, or refuses it with 429 when too many came from its address of the network or
/// from everywhere, with 403 when no person seems to be behind it.
pub async fn knock(
    request: &HttpRequest,
    app: &App,
    action: Action,
    token: Option<&str>,
) -> Result<(), ApiError> {
    let (settings, from) = (app.settings.now(), address(request));
    let bucket = bucket(from);
    app.bots.look(request, &bucket);
    let rate = Rate { limit: settings.account_requests_per_ip.unsigned_abs(), window: WINDOW };
    strangers::take(request, app, &format!("accounts:{bucket}"), rate).await?;
    let most = settings.account_requests_overall.unsigned_abs();
    if app.cache.hit("accounts-overall", WINDOW).await > most {
        return Err(too_many("too many requests", WINDOW));
    }
    let client = request.app_data::<web::Data<Client>>();
    let client = client.ok_or_else(|| ApiError::new(ErrorCode::Internal, "no client"))?;
    app.turnstile.check(client, action, token, from).await
}

/// Counts a password that is tried for this address, right or wrong; 429 when there were too many.
pub async fn count_password(app: &App, email: &Email) -> Result<(), ApiError> {
    let most = app.settings.now().sign_in_attempts.unsigned_abs();
    if app.cache.hit(&passwords_of(email), SIGN_IN_WINDOW).await > most {
        let words = "too many wrong passwords: wait, or sign in by a code";
        return Err(too_many(words, SIGN_IN_WINDOW));
    }
    Ok(())
}

/// The password was right: those before it no longer count.
pub async fn forget_passwords(app: &App, email: &Email) {
    app.cache.forget(&passwords_of(email)).await;
}

fn passwords_of(email: &Email) -> String {
    format!("passwords:{email}")
}

fn too_many(words: &'static str, window: Duration) -> ApiError {
    ApiError::new(ErrorCode::RateLimited, words).retry_after(window.as_secs())
}

/// Refuses to sign anyone up, or anyone with such an address, where the settings say so.
pub fn may_sign_up(app: &App, email: &Email) -> Result<(), ApiError> {
    let settings = app.settings.now();
    if settings.registration == Registration::Closed {
        let words = "nobody can sign up here";
        return Err(ApiError::new(ErrorCode::RegistrationClosed, words));
    }
    let allowed = &settings.email_domains_allowed;
    let barred = settings.email_domains_denied.cover(email.domain())
        || !(allowed.is_empty() || allowed.cover(email.domain()));
    if barred {
        return Err(invalid("email", "email: addresses of this domain can't sign up here"));
    }
    Ok(())
}
