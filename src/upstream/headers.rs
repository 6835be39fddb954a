//! Which headers pass, in both directions.

use actix_web::http::header::{self as web_header, HeaderMap as WebHeaders};
use actix_web::http::header::{HeaderName, HeaderValue};
use hyper::HeaderMap;
use hyper::header::{HeaderName as WireName, HeaderValue as WireValue};

use super::client::convert;
use crate::config::Upstream;
use crate::provider::{Kind, Provider};

/// Client headers that an upstream has a use for. Never cookies, credentials, `Host`, `Origin` or
/// anything that tells of the client's address or of hops.
const TO_UPSTREAM: [&str; 5] =
    ["content-type", "accept", "idempotency-key", "traceparent", "tracestate"];
const TO_UPSTREAM_PREFIXES: [&str; 2] = ["openai-", "anthropic-"];

/// Client headers that pass to providers of one kind only, and only where the operator allows it.
struct OfKind {
    kind: Kind,
    names: &'static [&'static str],
    allowed: fn(&Upstream) -> bool,
}

static OF_KIND: [OfKind; 2] = [
    // By these the calling application names itself.
    OfKind {
        kind: Kind::OpenRouter,
        names: &["http-referer", "referer", "x-title"],
        allowed: |config| config.forward_app_headers,
    },
    // These choose whom the key's owner is billed for.
    OfKind {
        kind: Kind::OpenAi,
        names: &["openai-organization", "openai-project"],
        allowed: |config| config.forward_openai_org_headers,
    },
];

/// Upstream headers that a client has a use for; everything else stays behind: cookies, the hops'
/// own, the server's name.
const TO_CLIENT: [&str; 9] = [
    "content-type",
    "content-encoding",
    "cache-control",
    "retry-after",
    "retry-after-ms",
    "x-should-retry",
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
    config: &Upstream,
) -> Vec<(HeaderName, HeaderValue)> {
    let mut headers = Vec::with_capacity(4);
    let mut app_named = false;
    for (name, value) in client {
        let text = name.as_str();
        let of_kind = OF_KIND.iter().find(|of_kind| of_kind.names.contains(&text));
        let passes = match of_kind {
            Some(of_kind) => of_kind.kind == provider.kind && (of_kind.allowed)(config),
            None => {
                TO_UPSTREAM.contains(&text)
                    || TO_UPSTREAM_PREFIXES.iter().any(|prefix| text.starts_with(prefix))
            }
        };
        if passes {
            app_named |= of_kind.is_some_and(|of_kind| of_kind.kind == Kind::OpenRouter);
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
    let passes = |(name, value): (&WireName, &WireValue)| {
        let (name, value) = match name.as_str() {
            // The pool's own id has that name.
            "x-request-id" => {
                let renamed = WireName::from_static("x-upstream-request-id");
                convert::from_wire(&renamed, value)?
            }
            text if TO_CLIENT.contains(&text)
                || TO_CLIENT_PREFIXES.iter().any(|prefix| text.starts_with(prefix)) =>
            {
                convert::from_wire(name, value)?
            }
            _ => return None,
        };
        Some((name, value))
    };
    upstream.iter().filter_map(passes).collect()
}

/// All values of a header as text.
pub fn texts<'a>(headers: &'a HeaderMap, name: &str) -> impl Iterator<Item = &'a str> {
    headers.get_all(name).iter().filter_map(|value| value.to_str().ok())
}

/// A header as text.
pub fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
