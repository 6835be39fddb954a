//! Which headers pass, in both directions.

use actix_web::http::header::{self as web_header, HeaderMap as WebHeaders};
use awc::http::header::{HeaderMap, HeaderName, HeaderValue};

use crate::provider::{Kind, Provider};

/// Client headers that an upstream has a use for. Never cookies, credentials, `Host`, `Origin` or
/// anything that tells of the client's address or of hops.
const TO_UPSTREAM: [&str; 3] = ["content-type", "accept", "traceparent"];
const TO_UPSTREAM_PREFIXES: [&str; 2] = ["openai-", "anthropic-"];

/// Headers by which the calling application names itself to OpenRouter.
const APP_HEADERS: [&str; 3] = ["http-referer", "referer", "x-title"];

/// Upstream headers that a client has a use for; everything else stays behind: cookies, the hops'
/// own, the server's name.
const TO_CLIENT: [&str; 7] = [
    "content-type",
    "content-encoding",
    "cache-control",
    "retry-after",
    "request-id",
    "openai-processing-ms",
    "openai-version",
];
const TO_CLIENT_PREFIXES: [&str; 4] =
    ["x-ratelimit-", "ratelimit-", "anthropic-ratelimit-", "openrouter-"];

/// The headers of a request to `provider`, from the client's.
pub fn to_upstream(
    client: &WebHeaders,
    provider: &Provider,
    forward_app_headers: bool,
) -> Vec<(HeaderName, HeaderValue)> {
    let mut headers = Vec::with_capacity(4);
    let app = provider.kind == Kind::OpenRouter && forward_app_headers;
    let mut app_named = false;
    for (name, value) in client {
        let text = name.as_str();
        let is_app = app && APP_HEADERS.contains(&text);
        app_named |= is_app;
        if is_app
            || TO_UPSTREAM.contains(&text)
            || TO_UPSTREAM_PREFIXES.iter().any(|prefix| text.starts_with(prefix))
        {
            headers.push((name.clone(), value.clone()));
        }
    }
    if !app_named {
        for (name, value) in &provider.app_headers {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.push((
                    HeaderName::from_bytes(name.as_bytes()).unwrap_or(web_header::REFERER),
                    value,
                ));
            }
        }
    }
    if accepts_gzip(client) {
        // Of what the client takes, the one encoding that is read along for usage and errors.
        headers.push((web_header::ACCEPT_ENCODING, HeaderValue::from_static("gzip")));
    }
    headers
}

fn accepts_gzip(client: &WebHeaders) -> bool {
    client.get_all(web_header::ACCEPT_ENCODING).any(|value| {
        value.to_str().unwrap_or_default().split(',').any(|coding| {
            let (name, quality) = coding.split_once(';').unwrap_or((coding, ""));
            let refused = quality.replace(' ', "");
            let named = name.trim().eq_ignore_ascii_case("gzip") || name.trim() == "*";
            named && !matches!(refused.as_str(), "q=0" | "q=0.0")
        })
    })
}

/// Headers on their way to the client.
pub type Passing = Vec<(HeaderName, HeaderValue)>;

/// What of an upstream's headers passes to the client.
pub fn to_client(upstream: &HeaderMap) -> Passing {
    let named = |name: &HeaderName| match name.as_str() {
        // The pool's own id has that name.
        "x-request-id" => Some(HeaderName::from_static("x-upstream-request-id")),
        text => {
            let passes = TO_CLIENT.contains(&text)
                || TO_CLIENT_PREFIXES.iter().any(|prefix| text.starts_with(prefix));
            passes.then(|| name.clone())
        }
    };
    upstream.iter().filter_map(|(name, value)| Some((named(name)?, value.clone()))).collect()
}

/// A header as text.
pub fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
