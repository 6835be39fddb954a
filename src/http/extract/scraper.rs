//! Whoever may see the metrics.

use actix_web::dev::Payload;
use actix_web::http::header::HOST;
use actix_web::{FromRequest, HttpRequest};
use url::{Host, Url};

use super::administrator::refused;
use super::{Extracting, address, app, bearer};
use crate::error::Admin;

/// What proxies say of those that they ask for. Whoever sends one of these is not here, whatever
/// its connection looks like.
const FORWARDED: [&str; 6] =
    ["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip"];

/// Somebody on this machine, or with `METRICS_TOKEN` or the admin token.
pub struct Scraper;

impl FromRequest for Scraper {
    type Error = Admin;
    type Future = Extracting<Self, Admin>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            if is_here(&request) {
                return Ok(Self);
            }
            let (token, from) = (bearer(&request), address(&request));
            let app = app(&request)?;
            let checked = app.admin.check_metrics(token, from).await;
            let noted = |refusal| Admin(refused(&request, app, "metrics-token", token, refusal));
            checked.map(|()| Self).map_err(noted)
        })
    }
}

/// Whether it comes from this machine itself. A proxy beside the pool does, too, for everybody: so
/// nothing may have been forwarded, and what is asked for must be this machine by one of its own
/// names, which a proxy's visitors don't call it, nor a page that a browser here was led to.
fn is_here(request: &HttpRequest) -> bool {
    let forwarded = FORWARDED.iter().any(|name| request.headers().contains_key(*name));
    let near = address(request).is_some_and(|address| address.is_loopback());
    near && !forwarded && asks_here(request)
}

fn asks_here(request: &HttpRequest) -> bool {
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    let asked = host.and_then(|host| Url::parse(&format!("http://{host}")).ok());
    match asked.as_ref().and_then(Url::host) {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
