//! Who is calling, in a handler's signature: a route can't forget to ask.

mod administrator;
mod body;
mod client;
mod confirmed;
mod member;
mod named;
mod origin;
mod scraper;

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;

use actix_web::http::header::{AUTHORIZATION, SEC_WEBSOCKET_PROTOCOL};
use actix_web::{HttpRequest, web};

use crate::app::App;
use crate::error::{ApiError, ErrorCode};

pub use self::administrator::Administrator;
pub use self::body::{admin_bodies, field_error};
pub use self::client::{Anyone, Client};
pub use self::confirmed::Confirmed;
pub use self::member::{COOKIE, Member};
pub use self::named::{enabled_provider, provider, served_provider};
pub use self::scraper::Scraper;

type Extracting<T, E> = Pin<Box<dyn Future<Output = Result<T, E>>>>;

/// The token of `Authorization: Bearer …`; the scheme's case doesn't matter (RFC 9110).
fn bearer(request: &HttpRequest) -> Option<&str> {
    let value = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// The token among the protocols that a WebSocket offers, as `bearer.<token>`: browsers can set no
/// other header there, and a token in a URL would end up in logs.
fn offered_bearer(request: &HttpRequest) -> Option<&str> {
    let offered = request.headers().get(SEC_WEBSOCKET_PROTOCOL)?.to_str().ok()?;
    offered.split(',').find_map(|name| name.trim().strip_prefix("bearer."))
}

/// The client's address: the peer's, or, behind trusted proxies, the last one that none of them
/// wrote about another of them.
pub fn address(request: &HttpRequest) -> Option<IpAddr> {
    // A dual-stack listener shows IPv4 peers as IPv6.
    let peer = request.peer_addr()?.ip().to_canonical();
    let trusted = &app(request).ok()?.config.server.trusted_proxies;
    if !trusted.contains(peer) {
        return Some(peer);
    }
    let forwarded = request.headers().get_all("x-forwarded-for");
    let hops: Vec<&str> = forwarded
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .collect();
    let mut client = peer;
    for hop in hops.iter().rev() {
        let Ok(address) = hop.trim().parse::<IpAddr>() else { break };
        client = address.to_canonical();
        if !trusted.contains(client) {
            break;
        }
    }
    Some(client)
}

fn app(request: &HttpRequest) -> Result<&web::Data<App>, ApiError> {
    let app = request.app_data::<web::Data<App>>();
    app.ok_or_else(|| ApiError::new(ErrorCode::Internal, "the application is not configured"))
}
