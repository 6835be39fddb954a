//! Bodies in JSON, each field of which is read by whoever wants it.

use serde::de::DeserializeOwned;

use crate::error::{ApiError, ErrorCode};
use crate::http::extract::field_error;

/// A body's fields; 400 for what is no JSON, 422 for a wrong type.
pub fn json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    serde_json::from_slice(bytes).map_err(|error| match error.is_data() {
        true => ApiError::new(ErrorCode::InvalidValue, field_error(&error)),
        false => ApiError::new(ErrorCode::Malformed, "the body is not valid JSON"),
    })
}
