//! Where a request wants to go: model and stream flag, read from the body without copying it. Pure.

#[cfg(test)]
mod properties;

use std::ops::Range;

use bytes::{BufMut, Bytes, BytesMut};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::error::{ApiError, ErrorCode, invalid};

/// The longest model name in bytes; the longest in public catalogues are below a hundred.
const MODEL_MAX: usize = 256;

/// What the pool needs to know of a body; the rest is the upstream's business.
#[derive(Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The model's name.
    pub model: String,
    /// Where its value stands in the body, quotes included.
    pub model_at: Range<usize>,
    /// The client wants a stream.
    pub stream: bool,
}

#[derive(Deserialize)]
struct Fields<'a> {
    #[serde(borrow)]
    model: Option<&'a RawValue>,
    #[serde(borrow)]
    stream: Option<&'a RawValue>,
}

/// Reads the model and the stream flag of a JSON body.
///
/// 400 for what is no JSON (also for a field that stands there twice: which one would the upstream
/// take?), 422 for JSON that can't be a request.
pub fn wanted(body: &[u8]) -> Result<Wanted, ApiError> {
    if body.trim_ascii_start().first() == Some(&b'[') {
        // serde would take an array's items for the fields.
        let json = serde_json::from_slice::<serde::de::IgnoredAny>(body);
        return Err(json.map_or_else(|error| malformed(&error), |_| not_an_object()));
    }
    let fields: Fields<'_> = serde_json::from_slice(body).map_err(|error| refused(body, &error))?;
    let model = fields.model.ok_or_else(|| invalid("model", "`model` is missing"))?;
    let model_at = place(body, model.get());
    let model: String = serde_json::from_str(model.get())
        .map_err(|_| invalid("model", "`model` must be a string"))?;
    if !is_model_name(&model) {
        return Err(invalid("model", "`model` must have 1 to 256 bytes, none a control character"));
    }
    let stream = fields.stream.map_or("false", RawValue::get);
    let stream = match stream {
        "true" => true,
        "false" | "null" => false,
        _ => return Err(invalid("stream", "`stream` must be true or false")),
    };
    Ok(Wanted { model, model_at, stream })
}

/// Whether this can be a model's name.
pub fn is_model_name(name: &str) -> bool {
    let printable = !name.chars().any(char::is_control);
    !name.trim().is_empty() && name.len() <= MODEL_MAX && printable
}

/// The body with another model in this place; every other byte stays as it is.
pub fn with_model(body: &Bytes, model_at: &Range<usize>, model: &str) -> Bytes {
    let (Some(before), Some(after)) = (body.get(..model_at.start), body.get(model_at.end..)) else {
        return body.clone();
    };
    let value = serde_json::Value::from(model).to_string();
    let mut whole = BytesMut::with_capacity(before.len() + value.len() + after.len());
    whole.put_slice(before);
    whole.put_slice(value.as_bytes());
    whole.put_slice(after);
    whole.freeze()
}

/// Where `part`, which is borrowed from `body`, begins and ends in it.
fn place(body: &[u8], part: &str) -> Range<usize> {
    let start = part.as_ptr().addr().saturating_sub(body.as_ptr().addr());
    start..start + part.len()
}

fn refused(body: &[u8], error: &serde_json::Error) -> ApiError {
    let is_json = serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok();
    if is_json && !is_object(body) {
        return not_an_object();
    }
    malformed(error)
}

fn is_object(body: &[u8]) -> bool {
    body.trim_ascii_start().first() == Some(&b'{')
}

fn not_an_object() -> ApiError {
    ApiError::new(ErrorCode::InvalidValue, "the body must be a JSON object")
}

fn malformed(error: &serde_json::Error) -> ApiError {
    let place = format!("line {}, column {}", error.line(), error.column());
    ApiError::new(ErrorCode::Malformed, format!("the body is not valid JSON ({place})"))
}
