//! Names and values between the two versions of the `http` crate: actix has 0.2, hyper has 1.
//!
//! Only what passes is converted, and nothing is between the two but a copy of its bytes.

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use hyper::header::{HeaderName as WireName, HeaderValue as WireValue};

/// A header on its way to an upstream.
pub fn to_wire(name: &HeaderName, value: &HeaderValue) -> Option<(WireName, WireValue)> {
    Some((WireName::from_bytes(name.as_str().as_bytes()).ok()?, value_to_wire(value)?))
}

/// A value on its way to an upstream.
pub fn value_to_wire(value: &HeaderValue) -> Option<WireValue> {
    let mut wire = WireValue::from_bytes(value.as_bytes()).ok()?;
    wire.set_sensitive(value.is_sensitive());
    Some(wire)
}

/// A header on its way from an upstream.
pub fn from_wire(name: &WireName, value: &WireValue) -> Option<(HeaderName, HeaderValue)> {
    let name = HeaderName::from_bytes(name.as_str().as_bytes()).ok()?;
    Some((name, HeaderValue::from_bytes(value.as_bytes()).ok()?))
}

/// A status from an upstream.
pub fn status(wire: hyper::StatusCode) -> StatusCode {
    StatusCode::from_u16(wire.as_u16()).unwrap_or(StatusCode::BAD_GATEWAY)
}
