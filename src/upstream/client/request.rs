//! A request as it goes to an upstream.

use actix_web::http::header::{HeaderName, HeaderValue};
use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{
    AUTHORIZATION, CONTENT_LENGTH, HOST, HeaderMap, HeaderValue as WireValue, USER_AGENT,
};
use hyper::{Method, Uri};

use super::connection::Body;
use super::convert;

/// What is sent. It may have to be sent twice, so it is kept apart from hyper's request.
pub struct Request<'a> {
    /// Its method.
    pub method: Method,
    /// Where to.
    pub uri: &'a Uri,
    /// The key, if one goes along.
    pub authorization: Option<&'a HeaderValue>,
    /// Other headers.
    pub headers: &'a [(HeaderName, HeaderValue)],
    /// Its body.
    pub body: Bytes,
}

impl<'a> Request<'a> {
    /// A request without a body.
    pub fn new(method: Method, uri: &'a Uri, authorization: Option<&'a HeaderValue>) -> Self {
        Self { method, uri, authorization, headers: &[], body: Bytes::new() }
    }

    /// The request in hyper's terms, to this host.
    pub(super) fn build(&self, host: &WireValue) -> hyper::Request<Body> {
        let mut headers = HeaderMap::with_capacity(self.headers.len() + 4);
        headers.insert(HOST, host.clone());
        headers.insert(USER_AGENT, WireValue::from_static(super::USER_AGENT));
        if let Some(value) = self.authorization.and_then(convert::value_to_wire) {
            headers.insert(AUTHORIZATION, value);
        }
        if self.method != Method::GET {
            headers.insert(CONTENT_LENGTH, WireValue::from(self.body.len()));
        }
        for (name, value) in self.headers {
            if let Some((name, value)) = convert::to_wire(name, value) {
                headers.append(name, value);
            }
        }
        let mut request = hyper::Request::new(Full::new(self.body.clone()));
        *request.method_mut() = self.method.clone();
        // Without the server, as servers expect it.
        *request.uri_mut() = self.uri.path_and_query().cloned().map(Uri::from).unwrap_or_default();
        *request.headers_mut() = headers;
        request
    }
}
