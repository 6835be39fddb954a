//! Cookies: by which name they go, and when only by TLS.
//!
//! By TLS a cookie is named `__Host-…`: browsers take one of that name only from this very host,
//! with `Secure` and for all of its paths, so that no page of a neighbouring subdomain, and nobody on
//! a connection without TLS, can put a session of theirs in its place (RFC 6265bis, 4.1.3.2).

use actix_web::HttpRequest;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::web;

use super::extract::is_https;
use crate::app::App;

/// A kind of cookie of ours. Scripts can't read it, and other sites' pages don't send it.
#[derive(Debug, Clone, Copy)]
pub struct OwnCookie {
    /// Its name without TLS.
    pub name: &'static str,
    /// The paths that see it without TLS: by TLS all do.
    pub path: &'static str,
}

impl OwnCookie {
    /// The cookie's value in this request. By TLS one of the plain name counts for nothing.
    pub fn read(self, request: &HttpRequest) -> Option<Cookie<'static>> {
        let guarded = request.cookie(&self.guarded());
        if is_by_tls(request) { guarded } else { guarded.or_else(|| request.cookie(self.name)) }
    }

    /// The cookie with this value, for so long; without that until the browser is closed.
    pub fn make(
        self,
        request: &HttpRequest,
        value: String,
        lives: Option<Duration>,
    ) -> Cookie<'static> {
        let by_tls = is_by_tls(request);
        let (name, path) =
            if by_tls { (self.guarded(), "/") } else { (self.name.to_owned(), self.path) };
        let cookie = Cookie::build(name, value).path(path).http_only(true);
        let mut cookie = cookie.same_site(SameSite::Strict).secure(by_tls).finish();
        cookie.set_max_age(lives);
        cookie
    }

    /// Takes it back.
    pub fn end(self, request: &HttpRequest) -> Cookie<'static> {
        self.make(request, String::new(), Some(Duration::ZERO))
    }

    fn guarded(self) -> String {
        format!("__Host-{}", self.name)
    }
}

/// Whether browsers ask by TLS: this one does, or `PUBLIC_URL` says that all do.
fn is_by_tls(request: &HttpRequest) -> bool {
    let app = request.app_data::<web::Data<App>>();
    is_https(request) || app.is_some_and(|app| app.config.server.public_url.is_https())
}
