//! Bodies in JSON, each field of which is read by whoever wants it.

pub use crate::http::extract::object as json;
