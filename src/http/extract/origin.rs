//! Which page asks. A browser sends its cookies along whoever makes it ask, so where a cookie says
//! who is calling, the page has to be one of ours.

use actix_web::HttpRequest;
use actix_web::http::header::{HOST, HeaderName, ORIGIN, UPGRADE};
use url::Url;

use super::app;
use crate::error::{ApiError, ErrorCode};

/// What browsers say of who asks (W3C Fetch Metadata); they say it on TLS and on localhost only.
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Refuses what another site's page asks for, unless it can only be looked at. The cookie itself is
/// `SameSite=Strict`; this holds where a browser doesn't know that, and against neighbours that
/// count as the same site.
pub fn check(request: &HttpRequest) -> Result<(), ApiError> {
    // A WebSocket begins as a GET, and is more than a look.
    let looks = request.method().is_safe() && !request.headers().contains_key(UPGRADE);
    if looks || is_ours(request) {
        return Ok(());
    }
    let words = "with a cookie only this service's own pages may ask: others use a bearer's token";
    Err(ApiError::new(ErrorCode::CrossSite, words))
}

fn is_ours(request: &HttpRequest) -> bool {
    let header = |name| request.headers().get(name)?.to_str().ok();
    if let Some(site) = header(SEC_FETCH_SITE) {
        return site == "same-origin";
    }
    let Some(origin) = header(ORIGIN) else { return false };
    let public = app(request).ok().and_then(|app| app.config.server.public_url.origin());
    public.is_some_and(|public| public == origin) || is_host(origin, header(HOST))
}

/// Whether the page came from the host that is asked.
fn is_host(origin: &str, host: Option<&str>) -> bool {
    let (Ok(origin), Some(host)) = (Url::parse(origin), host) else { return false };
    let asked = Url::parse(&format!("{}://{host}", origin.scheme()));
    asked.is_ok_and(|asked| asked.origin() == origin.origin() && origin.origin().is_tuple())
}

#[cfg(test)]
mod tests {
    use super::is_host;

    #[test]
    fn only_the_host_itself_is_ours() {
        for (origin, host) in [
            ("http://127.0.0.1:8080", "127.0.0.1:8080"),
            ("https://pool.example.org", "pool.example.org"),
            ("https://pool.example.org", "pool.example.org:443"),
            ("http://[::1]:8080", "[::1]:8080"),
        ] {
            assert!(is_host(origin, Some(host)), "{origin} {host}");
        }
        for (origin, host) in [
            ("https://evil.example.org", "pool.example.org"),
            ("https://pool.example.org.evil.net", "pool.example.org"),
            ("http://127.0.0.1:8081", "127.0.0.1:8080"),
            ("https://pool.example.org@evil.net", "pool.example.org"),
            ("null", "pool.example.org"),
            ("file://", ""),
        ] {
            assert!(!is_host(origin, Some(host)), "{origin} {host}");
        }
        assert!(!is_host("https://pool.example.org", None));
    }
}
