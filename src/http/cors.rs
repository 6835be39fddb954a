//! Any page may call the client API: it takes tokens, never cookies.
//!
//! The headers are the same for every caller, so they are set as constants; a general middleware
//! that works them out for each request cost a tenth of the proxy's time.

use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
};
use actix_web::middleware::DefaultHeaders;
use actix_web::{HttpRequest, HttpResponse};

/// The headers of every answer. `*` exposes all of them to callers without credentials, which all
/// are (Fetch Standard, "CORS protocol").
pub fn headers() -> DefaultHeaders {
    DefaultHeaders::new()
        .add((ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
        .add((ACCESS_CONTROL_EXPOSE_HEADERS, "*"))
}

/// A browser's question before the request. It carries no token, so it is answered without one.
pub async fn preflight(request: HttpRequest) -> HttpResponse {
    let mut response = HttpResponse::NoContent();
    response.insert_header((ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD, POST, OPTIONS"));
    response.insert_header((ACCESS_CONTROL_MAX_AGE, 3600));
    // `*` would leave out `Authorization`, which is what is asked for.
    if let Some(wanted) = request.headers().get(ACCESS_CONTROL_REQUEST_HEADERS) {
        response.insert_header((ACCESS_CONTROL_ALLOW_HEADERS, wanted.clone()));
    }
    response.finish()
}
