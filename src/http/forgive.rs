//! Paths of the client API that are nearly right: they are served as what they mean, without a
//! redirect, on which clients would lose their bodies.
//!
//! Nothing but the client API is forgiven. What comes of it begins with `/v1/` or with a provider's
//! name and `/v1/`, so that no path becomes one of the administrators' or of accounts, and none of
//! theirs becomes another.

use std::borrow::Cow;

use actix_web::dev::ServiceRequest;
use actix_web::http::Uri;
use actix_web::http::uri::PathAndQuery;
use actix_web::web;

use crate::app::App;

/// Where other things than providers are.
const OTHERS: [&str; 14] = [
    "admin",
    "api",
    "api-docs",
    "assets",
    "dashboard",
    "health",
    "livez",
    "metrics",
    "openapi.json",
    "project",
    "readyz",
    "stats",
    "user",
    "v1",
];

/// Leads a request to the path that it means.
pub fn path(request: &mut ServiceRequest) {
    let path = request.path();
    if !is_odd(path) {
        return;
    }
    let app = request.app_data::<web::Data<App>>();
    let is_provider = |name: &str| app.is_some_and(|app| app.providers.get(name).is_some());
    let Some(meant) = meant(path, is_provider) else { return };
    let whole = match request.uri().query() {
        Some(query) => Cow::Owned(format!("{meant}?{query}")),
        None => Cow::Borrowed(&*meant),
    };
    let mut parts = request.uri().clone().into_parts();
    parts.path_and_query = PathAndQuery::try_from(&*whole).ok();
    if let Ok(uri) = Uri::from_parts(parts) {
        request.match_info_mut().get_mut().update(&uri);
        request.head_mut().uri = uri;
    }
}

/// Whether a path is worth a closer look. Nearly none is.
fn is_odd(path: &str) -> bool {
    let bytes = path.as_bytes();
    let has = |part: &str| memchr::memmem::find(bytes, part.as_bytes()).is_some();
    path.len() > 1 && path.ends_with('/') || has("//") || has("/api/v1/") || has("/v1/v1/")
}

/// The client API's path that is meant by this one; `None` where it is another's, or may be.
fn meant(path: &str, is_provider: impl Fn(&str) -> bool) -> Option<String> {
    let mut parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let named = parts.first().is_some_and(|first| !OTHERS.contains(first));
    let at = usize::from(named);
    // OpenRouter's own base address ends so. Where a provider is called `api`, it may be meant.
    if parts.get(at..at + 2) == Some(&["api", "v1"][..]) && (named || !is_provider("api")) {
        parts.remove(at);
    }
    // A base address that ends with `/v1`, and a client that adds another.
    while parts.get(at..at + 2) == Some(&["v1", "v1"][..]) {
        parts.remove(at);
    }
    let is_client = parts.get(at) == Some(&"v1") && parts.len() > at + 1;
    is_client.then(|| format!("/{}", parts.join("/")))
}

#[cfg(test)]
mod tests {
    use super::{is_odd, meant};

    fn leads(path: &str) -> Option<String> {
        is_odd(path).then(|| meant(path, |_| false)).flatten()
    }

    #[test]
    fn paths_of_clients() {
        for (path, expected) in [
            ("//v1/models", "/v1/models"),
            ("/v1/models/", "/v1/models"),
            ("/v1//chat///completions//", "/v1/chat/completions"),
            ("/api/v1/chat/completions", "/v1/chat/completions"),
            ("/v1/v1/chat/completions", "/v1/chat/completions"),
            ("/v1/v1/v1/models", "/v1/models"),
            ("/api/v1/v1/models", "/v1/models"),
            ("/v1/models/org/name/", "/v1/models/org/name"),
            ("/openrouter/v1/models/", "/openrouter/v1/models"),
            ("/openrouter/api/v1/models", "/openrouter/v1/models"),
            ("/openrouter//v1/v1/models", "/openrouter/v1/models"),
        ] {
            assert_eq!(leads(path).as_deref(), Some(expected), "{path}");
        }
    }

    #[test]
    fn everything_else_stays() {
        for path in [
            "/v1/models",
            "/v1/chat/completions",
            "/openrouter/v1/models",
            "/",
            "//",
            "/v1/",
            "//admin/stats",
            "/admin//stats",
            "/admin/stats/",
            "/admin/v1/models/",
            "/admin/api/v1/models",
            "//admin//v1//models",
            "/api/auth//login",
            "//api/auth/login",
            "/api//v1x/models",
            "/api/auth/v1/v1/models",
            "/dashboard/",
            "/assets//v1/models",
            "/health/",
            "/user/",
            "/x/y/v1/models/",
            "/openrouter/v1/",
        ] {
            assert_eq!(leads(path), None, "{path}");
        }
        assert_eq!(meant("/api/v1/models", |name| name == "api"), None, "a provider called so");
    }

    #[test]
    fn no_path_leads_to_another_surface() {
        // Every path of up to five of these parts.
        let parts = ["", "v1", "api", "admin", "auth", "stats", "..", "openrouter"];
        let mut paths = vec![String::new()];
        for _ in 0..5 {
            let longer = paths.iter().flat_map(|path| parts.map(|part| format!("{path}/{part}")));
            paths = longer.collect();
            for path in &paths {
                let Some(to) = meant(path, |_| false) else { continue };
                let rest = to.strip_prefix("/v1/").or_else(|| {
                    let (name, rest) = to.strip_prefix('/')?.split_once('/')?;
                    (!["admin", "api"].contains(&name)).then(|| rest.strip_prefix("v1/"))?
                });
                assert!(rest.is_some_and(|rest| !rest.is_empty()), "{path} leads to {to}");
            }
        }
    }
}
