//! What is asked of everyone before an account is looked at.

use std::time::Duration;

use actix_web::{HttpRequest, web};

use super::device;
use crate::accounts::visitor::Visitor;
use crate::app::App;
use crate::auth::{Action, Email};
use crate::cache::Rate;
use crate::error::{ApiError, ErrorCode, invalid};
use crate::http::extract::address;
use crate::http::strangers;
use crate::metrics::Limit;
use crate::settings::Registration;
use crate::upstream::client::Client;

const WINDOW: Duration = Duration::from_secs(600);

const MAILS_WINDOW: Duration = Duration::from_secs(3600);

/// Passwords of one widest network that are looked at although everybody's are spent: enough to
/// sign in, and nothing for whoever has only a few networks.
const RESERVED: u64 = 3;

/// Lets a request in, or refuses it with 429 when too many came from its networks, with 403 when no
/// person seems to be behind it. A known device has requests of its own.
pub async fn knock(
    request: &HttpRequest,
    app: &App,
    email: &Email,
    action: Action,
    token: Option<&str>,
) -> Result<Visitor, ApiError> {
    let visitor = device::visitor(request, app, email);
    app.bots.look(request, visitor.address());
    let limit = app.settings.now().account_requests_per_ip.unsigned_abs();
    let rate = Rate { limit, window: WINDOW };
    let known = visitor.is_known()
        && strangers::take(request, app, &format!("accounts-known:{email}"), rate).await.is_ok();
    if !known {
        let taken = strangers::take_each(request, app, "accounts", &visitor.networks, rate).await;
        taken.inspect_err(|_| app.metrics.limit(Limit::Requests))?;
    }
    let client = request.app_data::<web::Data<Client>>();
    let client = client.ok_or_else(|| ApiError::new(ErrorCode::Internal, "no client"))?;
    app.turnstile.check(client, action, token, address(request)).await?;
    Ok(visitor)
}

/// Counts a password that is going to be compared for a stranger, which costs a processor. When
/// everybody's are spent, those pass who have solved a challenge, and the first few of each network.
pub async fn may_hash(app: &App, visitor: &Visitor) -> Result<(), ApiError> {
    if visitor.is_known() {
        return Ok(());
    }
    let limit = app.settings.now().account_requests_overall.unsigned_abs();
    let rate = Rate { limit, window: WINDOW };
    let taken = app.cache.take("accounts-overall", rate).await;
    if taken.allowed || app.turnstile.is_on() {
        return Ok(());
    }
    let reserved = Rate { limit: RESERVED, window: WINDOW };
    let name = format!("accounts-reserved:{}", visitor.network());
    if app.cache.take(&name, reserved).await.allowed {
        return Ok(());
    }
    app.metrics.limit(Limit::Comparing);
    Err(strangers::too_many(taken.wait))
}

/// Counts a mail that a stranger asks for: their networks have a budget, whatever addresses they
/// name, and so have all together unless they have solved a challenge.
pub async fn may_mail(request: &HttpRequest, app: &App, visitor: &Visitor) -> Result<(), ApiError> {
    if visitor.is_known() {
        return Ok(());
    }
    let settings = app.settings.now();
    let limit = settings.account_mails_per_ip.unsigned_abs();
    let rate = Rate { limit, window: MAILS_WINDOW };
    let taken = strangers::take_each(request, app, "account-mails", &visitor.networks, rate).await;
    taken.inspect_err(|_| app.metrics.limit(Limit::NetworkMails))?;
    if app.turnstile.is_on() {
        return Ok(());
    }
    let limit = settings.account_mails_overall.unsigned_abs();
    let taken = app.cache.take("account-mails", Rate { limit, window: MAILS_WINDOW }).await;
    if taken.allowed {
        return Ok(());
    }
    app.metrics.limit(Limit::Mails);
    Err(strangers::too_many(taken.wait))
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
    if email.has_tag() && !settings.email_tags_allowed {
        let words = "email: addresses with a tag (name+tag@…) can't sign up here";
        return Err(invalid("email", words));
    }
    Ok(())
}
