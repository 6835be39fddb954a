//! How often somebody may ask of whom nothing is known: by address of the network, where there is
//! no accepted token and no session. Whoever has shown one is not counted: tokens have limits of
//! their own.

use std::time::Duration;

use actix_web::dev::ServiceResponse;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{HttpMessage, HttpRequest};

use super::extract::address;
use crate::app::App;
use crate::auth::{Network, bucket};
use crate::cache::{Rate, Taken};
use crate::error::{ApiError, ErrorCode};

const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

/// Where strangers ask. Each is counted apart, so that looking at pages shuts out nobody's client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// Lists that need no token.
    Lists,
    /// Pages.
    Pages,
    /// What is for clients.
    Clients,
    /// What is for whoever is signed in.
    Members,
    /// What is for administrators.
    Administrators,
    /// Bodies on the routes by which people sign in and up.
    Accounts,
}

impl Door {
    const fn name(self) -> &'static str {
        match self {
            Self::Lists => "lists",
            Self::Pages => "pages",
            Self::Clients => "clients",
            Self::Members => "members",
            Self::Administrators => "administrators",
            Self::Accounts => "accounts",
        }
    }
}

/// Lets a stranger in, or refuses with 429.
pub async fn admit(request: &HttpRequest, app: &App, door: Door) -> Result<(), ApiError> {
    let from = bucket(address(request));
    app.bots.look(request, &from);
    count(request, app, door, &from).await
}

/// Lets a stranger's body be read, or refuses with 429: one that makes no sense is counted, too.
pub async fn admit_body(request: &HttpRequest, app: &App) -> Result<(), ApiError> {
    count(request, app, Door::Accounts, &bucket(address(request))).await
}

async fn count(request: &HttpRequest, app: &App, door: Door, from: &str) -> Result<(), ApiError> {
    let settings = app.settings.now();
    if !settings.enable_rate_limit {
        return Ok(());
    }
    let window = Duration::from_secs(settings.rate_limit_window.unsigned_abs());
    let rate = Rate { limit: settings.rate_limit_requests.unsigned_abs(), window };
    take(request, app, &format!("strangers:{}:{from}", door.name()), rate).await
}

/// Counts one who was turned away for showing nothing that is known; too many are told so instead.
pub async fn turned_away(
    request: &HttpRequest,
    app: &App,
    door: Door,
    refused: ApiError,
) -> ApiError {
    if !matches!(refused.code, ErrorCode::Unauthorized | ErrorCode::NotSignedIn) {
        return refused;
    }
    admit(request, app, door).await.err().unwrap_or(refused)
}

/// Takes one under this name, or refuses with 429. The answer will tell how many are left.
pub async fn take(
    request: &HttpRequest,
    app: &App,
    name: &str,
    rate: Rate,
) -> Result<(), ApiError> {
    let taken = app.cache.take(name, rate).await;
    request.extensions_mut().insert(taken);
    if taken.allowed { Ok(()) } else { Err(too_many(taken.wait)) }
}

/// Takes one from each of these networks, or refuses with 429. What all of a wider one may is its
/// multiple of the rate. The answer will tell what the first has left, or the one that is spent.
pub async fn take_each(
    request: &HttpRequest,
    app: &App,
    name: &str,
    networks: &[Network],
    rate: Rate,
) -> Result<(), ApiError> {
    for (nth, network) in networks.iter().enumerate() {
        let rate = Rate { limit: rate.limit.saturating_mul(network.factor), ..rate };
        let taken = app.cache.take(&format!("{name}:{}", network.name), rate).await;
        if nth == 0 || !taken.allowed {
            request.extensions_mut().insert(taken);
        }
        if !taken.allowed {
            return Err(too_many(taken.wait));
        }
    }
    Ok(())
}

/// The refusal of whoever has asked too often and may ask again after so long.
pub fn too_many(wait: Duration) -> ApiError {
    let error = ApiError::new(ErrorCode::RateLimited, "too many requests");
    error.retry_after(whole_secs(wait).max(1))
}

/// Tells in the answer what was taken, if the request was counted.
pub fn tell<B>(response: &mut ServiceResponse<B>) {
    let taken = response.request().extensions().get::<Taken>().copied();
    let Some(taken) = taken else { return };
    let headers = response.headers_mut();
    headers.insert(LIMIT, HeaderValue::from(taken.limit));
    headers.insert(REMAINING, HeaderValue::from(taken.remaining));
    headers.insert(RESET, HeaderValue::from(whole_secs(taken.reset)));
}

/// In seconds, none too early.
fn whole_secs(span: Duration) -> u64 {
    span.as_secs() + u64::from(span.subsec_nanos() > 0)
}
