//! Who is calling, in a handler's signature: a route can't forget to ask.

mod administrator;
mod body;
mod client;
mod forwarded;
mod json;
mod member;
mod named;
mod origin;
mod scraper;
mod sudo;
mod token_session;
mod untrusted;

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;

use actix_web::http::header::{
    AUTHORIZATION, HeaderName, HeaderValue, SEC_WEBSOCKET_PROTOCOL, X_FORWARDED_FOR,
    X_FORWARDED_PROTO,
};
use actix_web::{HttpRequest, web};

use crate::app::App;
use crate::error::{ApiError, ErrorCode};
use crate::http::connection::ByTls;

pub use self::administrator::{Administrator, BY_TOKEN, By, actor, refused};
pub use self::body::{account_bodies, admin_bodies};
pub use self::client::{Anyone, Client, Guest};
pub use self::json::{Json, OptionalJson, object};
pub use self::member::{COOKIE, Member, use_of};
pub use self::named::{enabled_provider, provider, served_provider};
pub use self::scraper::Scraper;
pub use self::sudo::{SUDO_SECS, Sudo};
pub use self::token_session::{ADMIN_COOKIE, TokenSession};
pub use self::untrusted::UntrustedForwards;

/// An address that nobody knows, in words.
const UNKNOWN: &str = "unknown";

/// What our pages say of a request that they make by themselves, with nobody at them: it doesn't keep
/// a session from ending. Leaving it out is no gain, since whoever holds the session may use it.
const IDLE_PAGE: HeaderName = HeaderName::from_static("x-pool-idle");

type Extracting<T, E> = Pin<Box<dyn Future<Output = Result<T, E>>>>;

/// The token of `Authorization: Bearer …`; the scheme's case doesn't matter (RFC 9110).
pub fn bearer(request: &HttpRequest) -> Option<&str> {
    let value = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// The token that a request brings, in either place.
pub fn offered_token(request: &HttpRequest) -> Option<&str> {
    bearer(request).or_else(|| offered_bearer(request))
}

/// The token among the protocols that a WebSocket offers, as `bearer.<token>`: browsers can set no
/// other header there, and a token in a URL would end up in logs.
fn offered_bearer(request: &HttpRequest) -> Option<&str> {
    let offered = request.headers().get(SEC_WEBSOCKET_PROTOCOL)?.to_str().ok()?;
    offered.split(',').find_map(|name| name.trim().strip_prefix("bearer."))
}

/// The caller's address: the peer's, or, behind trusted proxies, the one that they tell of. `None`
/// when they don't tell readably: that is an address of its own, and never the proxy's.
pub fn address(request: &HttpRequest) -> Option<IpAddr> {
    // A dual-stack listener shows IPv4 peers as IPv6.
    let peer = request.peer_addr()?.ip().to_canonical();
    let app = app(request).ok()?;
    let trusted = &app.config.server.trusted_proxies;
    if !trusted.contains(peer) {
        app.untrusted_forwards.look(request, peer, app.clock.now());
        return Some(peer);
    }
    let lines: Vec<&[u8]> =
        request.headers().get_all(X_FORWARDED_FOR).map(HeaderValue::as_bytes).collect();
    forwarded::caller(peer, lines.into_iter(), |address| trusted.contains(address)).known()
}

/// Whether the caller asks by TLS: by the word of a trusted proxy, or as the connection itself is.
pub fn is_https(request: &HttpRequest) -> bool {
    let peer = request.peer_addr().map(|peer| peer.ip().to_canonical());
    let is_trusted =
        |peer| app(request).is_ok_and(|app| app.config.server.trusted_proxies.contains(peer));
    let told = request.headers().get_all(X_FORWARDED_PROTO).last();
    let Some(told) = told.filter(|_| peer.is_some_and(is_trusted)) else {
        return request.conn_data::<ByTls>().is_some();
    };
    // The proxy nearest to the pool writes last.
    let last = told.as_bytes().rsplit(|byte| *byte == b',').next().unwrap_or_default();
    last.trim_ascii().eq_ignore_ascii_case(b"https")
}

/// Whether a page asks by itself.
fn is_idle_page(request: &HttpRequest) -> bool {
    request.headers().contains_key(IDLE_PAGE)
}

/// The caller's address for people to read: in the audit log and in the list of sessions.
pub fn address_text(request: &HttpRequest) -> String {
    address(request).map_or_else(|| UNKNOWN.to_owned(), |address| address.to_string())
}

fn app(request: &HttpRequest) -> Result<&web::Data<App>, ApiError> {
    let app = request.app_data::<web::Data<App>>();
    app.ok_or_else(|| ApiError::new(ErrorCode::Internal, "the application is not configured"))
}
