//! Headers that keep browsers from making more of an answer than it is. Pages have
//! [their own](super::pages); whatever else is answered is data.

use actix_web::dev::ServiceResponse;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, HeaderValue, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS,
};

use super::extract::is_https;

const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// Name and value of each header that an answer gets unless it has one of that name: nothing is
/// guessed about its type, nothing in it is run or framed, no other site may embed it, and nobody on
/// the way keeps it. Pages of other sites that ask by CORS, as the client API lets them, are not
/// concerned by the policy of embedding.
pub const DATA: [(HeaderName, &str); 4] = [
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    (RESOURCE_POLICY, "same-origin"),
    (CACHE_CONTROL, "no-store"),
];

/// A year, for the names below this one, too (OWASP ASVS 5.0, 3.4.1).
const BY_TLS: &str = "max-age=31536000; includeSubDomains";

/// Puts them into an answer. Who was asked by TLS also asks to be asked so from then on.
pub fn answer<B>(response: &mut ServiceResponse<B>) {
    if response.status().is_informational() {
        return;
    }
    let by_tls = is_https(response.request());
    let headers = response.headers_mut();
    let is_page = headers.contains_key(CONTENT_SECURITY_POLICY);
    for (name, value) in DATA.into_iter().filter(|_| !is_page) {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    if by_tls {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(BY_TLS));
    }
}
