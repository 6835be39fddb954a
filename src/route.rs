//! Where a request wants to go: model and stream flag, read from the body without copying it. Pure.

pub mod names;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
mod top;

use std::ops::Range;

use bytes::{BufMut, Bytes, BytesMut};

use self::top::Top;
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
    /// Further fields that may choose models, and where their values stand.
    pub choosing: Choosing,
}

/// Fields of a body that may choose models beside `model`, by [name](names::WATCHED), and where
/// their values stand. Mostly there are none.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Choosing(Vec<(&'static str, Range<usize>)>);

impl Choosing {
    /// The value of this field in the body that it was read from.
    pub fn value<'a>(&self, body: &'a [u8], name: &str) -> Option<&'a [u8]> {
        let (_, at) = self.0.iter().find(|(found, _)| *found == name)?;
        body.get(at.clone())
    }
}

/// Reads the model and the stream flag of a JSON body.
///
/// 400 for what is no JSON, and for a [watched](names::WATCHED) field that stands there twice or in
/// another spelling (which one would the upstream take?); 422 for JSON that can't be a request.
pub fn wanted(body: &[u8]) -> Result<Wanted, ApiError> {
    let top: Top<'_> = serde_json::from_slice(body).map_err(|error| refused(body, &error))?;
    if let Some(name) = top.ambiguous {
        return Err(ambiguous(name));
    }
    let model = top.value("model").ok_or_else(|| invalid("model", "`model` is missing"))?;
    let model_at = place(body, model);
    let model: String =
        serde_json::from_str(model).map_err(|_| invalid("model", "`model` must be a string"))?;
    if !is_model_name(&model) {
        return Err(invalid("model", "`model` must have 1 to 256 bytes, none a control character"));
    }
    let stream = match top.value("stream").unwrap_or("false") {
        "true" => true,
        "false" | "null" => false,
        _ => return Err(invalid("stream", "`stream` must be true or false")),
    };
    let choosing = top.fields.iter().filter(|(name, _)| !matches!(*name, "model" | "stream"));
    let choosing = choosing.map(|(name, value)| (*name, place(body, value.get()))).collect();
    Ok(Wanted { model, model_at, stream, choosing: Choosing(choosing) })
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

fn ambiguous(name: &'static str) -> ApiError {
    let words = format!("`{name}` must be written exactly so and stand in the body only once");
    ApiError::new(ErrorCode::Malformed, words).about(name)
}

fn refused(body: &[u8], error: &serde_json::Error) -> ApiError {
    let is_json = serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok();
    if is_json && body.trim_ascii_start().first() != Some(&b'{') {
        let words = "the body must be a JSON object";
        return ApiError::new(ErrorCode::InvalidValue, words);
    }
    let place = format!("line {}, column {}", error.line(), error.column());
    ApiError::new(ErrorCode::Malformed, format!("the body is not valid JSON ({place})"))
}
