//! An upstream's error as the tables read it: words, string codes and numbers. Pure.

use serde_json::{Map, Value};

/// Fields of an error that hold a string code, the one that says most first. `status` is Google's,
/// `error_type` OpenRouter's.
const CODES: [&str; 4] = ["code", "error_type", "status", "type"];

/// The same inside `metadata`, where OpenRouter keeps them.
const METADATA_CODES: [&str; 3] = ["error_type", "reason", "limit_source"];

/// The body of an error answer, or the `error` of one that came inside a 200.
#[derive(Debug, Default)]
pub struct ErrorBody {
    /// All of it, in lower case.
    pub lower: String,
    /// The error's own message in lower case; empty when it has none.
    message: String,
    /// String codes in lower case, the one that says most first.
    codes: Vec<String>,
    /// The status that it carries as a number.
    pub status: Option<u16>,
    /// The error itself, as JSON; null when it is none.
    pub error: Value,
}

impl ErrorBody {
    /// Reads `{"error": {…}}`, `{"error": "text"}`, a list with one of them, an error by itself,
    /// or plain text.
    pub fn read(body: &str) -> Self {
        let lower = body.to_lowercase();
        let Ok(root) = serde_json::from_str::<Value>(body) else {
            return Self { message: lower.trim().to_owned(), lower, ..Self::default() };
        };
        // Google's OpenAI-compatible surface wraps errors in a list.
        let root = match root {
            Value::Array(list) => list.into_iter().next().unwrap_or_default(),
            root => root,
        };
        let error = match root.get("error") {
            Some(error @ Value::Object(_)) => error.clone(),
            // A text: its code stands beside it, if there is one.
            _ => root,
        };
        let fields = error.as_object();
        Self {
            lower,
            message: message(&error).trim().to_lowercase(),
            codes: fields.map(codes).unwrap_or_default(),
            status: fields.and_then(status),
            error,
        }
    }

    /// String codes in lower case, the one that says most first.
    pub fn codes(&self) -> impl Iterator<Item = &str> {
        self.codes.iter().map(String::as_str)
    }

    /// Whether it carries one of these string codes.
    pub fn has_code(&self, wanted: &[&str]) -> bool {
        self.codes().any(|code| wanted.contains(&code))
    }

    /// Whether its message begins so. Further on it may repeat what the client wrote.
    pub fn opens_with(&self, wanted: &[&str]) -> bool {
        wanted.iter().any(|words| self.message.starts_with(words))
    }

    /// Whether these words stand anywhere in it.
    pub fn contains(&self, wanted: &[&str]) -> bool {
        wanted.iter().any(|words| self.lower.contains(words))
    }
}

fn message(error: &Value) -> &str {
    let fields = ["message", "error", "detail"];
    let named = || fields.into_iter().find_map(|name| error.get(name)?.as_str());
    error.as_str().or_else(named).unwrap_or_default()
}

fn codes(error: &Map<String, Value>) -> Vec<String> {
    let metadata = error.get("metadata").and_then(Value::as_object);
    let inner = METADATA_CODES.iter().filter_map(|name| metadata?.get(*name));
    // Google names the reason among the details.
    let details = error.get("details").and_then(Value::as_array).into_iter().flatten();
    let reasons = details.filter_map(|detail| detail.get("reason"));
    let own = CODES.iter().filter_map(|name| error.get(*name));
    own.chain(inner).chain(reasons).filter_map(Value::as_str).map(str::to_lowercase).collect()
}

fn status(error: &Map<String, Value>) -> Option<u16> {
    let number = |name: &str| {
        let value = error.get(name)?;
        value.as_u64().or_else(|| value.as_str()?.parse().ok())
    };
    let status = number("code").or_else(|| number("status"))?;
    u16::try_from(status).ok().filter(|status| (400..600).contains(status))
}
