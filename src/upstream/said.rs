//! The upstream's own words about a failed attempt, cut down to what may be kept. Pure.
//!
//! Operators need them: "insufficient balance" and "model is loading" share a status. But an error
//! may repeat the key that it refuses, or the prompt that it finds fault with, and neither belongs
//! into a log. So only the error's code and message are taken, never anything else of an answer;
//! whatever looks like a key is cut out; and a message that repeats the request is dropped.

mod repeats;
mod secrets;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Characters of a message that are kept.
pub const MESSAGE_MAX: usize = 300;

/// Characters of a message that are looked at. Secrets are cut out of all of them before the
/// message is shortened, so that no half of one is left at its end.
const READ_MAX: usize = 2_000;

/// The longest code; upstreams' are identifiers or numbers.
const CODE_MAX: usize = 64;

/// Characters in a row that a message may share with the request.
const REPEATED_MAX: usize = 39;

/// An error's code and message.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// `code`, or else `type` or `status`; empty for none.
    pub code: String,
    /// `message`, or the error itself where it is a text; empty for none.
    pub message: String,
}

impl Said {
    /// The error in the body of an answer; `None` where there is none that can be read, as in a web
    /// page. It is not fit to be kept yet: see [`Said::cleaned`].
    pub fn in_body(body: &str) -> Option<Box<Self>> {
        let body: Value = serde_json::from_str(body).ok()?;
        let body = match &body {
            // Google wraps its errors in a list.
            Value::Array(list) => list.first()?,
            body => body,
        };
        let error = body.get("error").filter(|error| !error.is_null());
        Self::of(error.unwrap_or(body))
    }

    /// The error that stands inside an answer or an event, as JSON. It is not fit to be kept yet:
    /// see [`Said::cleaned`].
    pub fn inside(error: &str) -> Option<Box<Self>> {
        Self::of(&serde_json::from_str(error).ok()?)
    }

    fn of(error: &Value) -> Option<Box<Self>> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let named = |name: &str| error.get(name).and_then(text).filter(|text| !text.is_empty());
        let number = || error.get("code").and_then(Value::as_i64).map(|code| code.to_string());
        let code = named("code").or_else(number).or_else(|| named("type"));
        let message = text(error).or_else(|| named("message")).or_else(|| named("error"));
        let said = Self {
            code: code.or_else(|| named("status")).unwrap_or_default(),
            message: message.unwrap_or_default().chars().take(READ_MAX).collect(),
        };
        (!said.is_empty()).then(|| Box::new(said))
    }

    fn is_empty(&self) -> bool {
        self.code.is_empty() && self.message.is_empty()
    }

    /// What of it may be kept, where it answers a request with this body that this key was used
    /// for; `None` for nothing.
    pub fn cleaned(self, secret: &[u8], request: &[u8]) -> Option<Box<Self>> {
        let mut said = self.without_secrets(secret);
        if repeats::shares_more_than(REPEATED_MAX, &said.message, request) {
            said.message.clear();
        }
        (!said.is_empty()).then(|| Box::new(said))
    }

    /// As [`Said::cleaned`], where the request isn't at hand any more: only so much of the message
    /// is kept as may be shared with any request.
    pub fn cleaned_blindly(self, secret: &[u8]) -> Option<Box<Self>> {
        let mut said = self.without_secrets(secret);
        said.message = shortened(&said.message, REPEATED_MAX);
        (!said.is_empty()).then(|| Box::new(said))
    }

    fn without_secrets(self, secret: &[u8]) -> Self {
        let message = secrets::hidden(&one_line(&self.message), secret);
        let code = secrets::hidden(&self.code, secret);
        let is_name = |c: char| c.is_ascii_alphanumeric() || "_-.: ".contains(c);
        let is_code = code.len() <= CODE_MAX && code.chars().all(is_name);
        Self {
            code: if is_code { code } else { String::new() },
            message: shortened(&message, MESSAGE_MAX),
        }
    }
}

/// Control characters, line ends among them, become blanks: one each, so that what was equal to a
/// part of the request still is.
fn one_line(text: &str) -> String {
    let text = text.trim();
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// The beginning of a text, with an ellipsis as its last character where more would follow.
pub fn shortened(text: &str, chars_max: usize) -> String {
    if text.chars().count() <= chars_max {
        return text.to_owned();
    }
    let kept: String = text.chars().take(chars_max.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}
