//! The cookie of known devices.

use actix_web::cookie::time::Duration;
use actix_web::{HttpRequest, HttpResponse};

use crate::accounts::visitor::Visitor;
use crate::app::App;
use crate::auth::{DEVICE_LIFE_SECS, Email, networks};
use crate::error::{ApiError, ErrorCode};
use crate::http::cookies::OwnCookie;
use crate::http::extract::address;

/// The cookie of a known device.
const COOKIE: OwnCookie = OwnCookie { name: "pool_device", path: "/api/auth" };

/// Who asks about this account. A cookie of another account counts for nothing.
pub fn visitor(request: &HttpRequest, app: &App, email: &Email) -> Visitor {
    let cookie = COOKIE.read(request);
    let now = app.clock.now();
    let device = cookie.and_then(|cookie| app.devices.read(cookie.value(), email, now));
    Visitor { device, networks: networks(address(request)) }
}

/// Lets the browser that has just signed in remember so.
pub fn remember(
    request: &HttpRequest,
    app: &App,
    email: &Email,
    answer: &mut HttpResponse,
) -> Result<(), ApiError> {
    let value = app.devices.make(email, app.clock.now())?;
    let cookie = COOKIE.make(request, value, Some(Duration::seconds(DEVICE_LIFE_SECS)));
    answer.add_cookie(&cookie).map_err(|error| {
        log::error!("the cookie of a known device can't be set: {error}");
        ApiError::new(ErrorCode::Internal, "the answer can't be written")
    })
}
