//! How often somebody may ask of whom nothing is known: by address of the network, where there is
//! no accepted token and no session. Whoever has shown one is not counted: tokens have limits of
//! their own.

use std::time::Duration;

use actix_web::dev::ServiceResponse;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{HttpMessage, HttpRequest};

use super::extract::address;
use crate::app::App;
use crate::auth::bucket;
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
}

impl Door {
    const fn name(self) -> &'static str {
        match self {
            Self::Lists => "lists",
            Self::Pages => "pages",
            Self::Clients => "clients",
            Self::Members => "members",
            Self::Administrators => "administrators",
        }
    }
}

/// Lets a stranger in, or refuses with 429.
pub async fn admit(request: &HttpRequest, app: &App, door: Door) -> Result<(), ApiError> {
    let from = bucket(address(request));
    app.bots.look(request, &from);
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
    if taken.allowed {
        return Ok(());
    }
    let error = ApiError::new(ErrorCode::RateLimited, "too many requests");
    Err(error.retry_after(whole_secs(taken.wait).max(1)))
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
