//! What makes two requests the same: everything that may change the answer, and nothing else. Pure.

use serde_json::{Number, Value};
use sha2::{Digest, Sha256};

use super::Asked;

/// Whole numbers beyond this are not told apart by all who read JSON.
const EXACT_MAX: f64 = 9_007_199_254_740_992.0;

/// The hash of this request; `None` for one that is not to be answered from memory.
pub fn of(asked: &Asked<'_>, any_temperature: bool) -> Option<String> {
    let body: Value = serde_json::from_slice(asked.body).ok()?;
    if !any_temperature && !is_deterministic(&body) {
        return None;
    }
    let mut text = String::with_capacity(asked.body.len());
    canonical(&body, &mut text)?;
    let target = asked.target;
    let address = target.provider.chat.to_string();
    let mut hasher = Sha256::new();
    let mut add = |field: &[u8]| {
        hasher.update((field.len() as u64).to_be_bytes());
        hasher.update(field);
    };
    for field in [&target.provider.id, &*address, &target.model, &asked.token.to_string(), &text] {
        add(field.as_bytes());
    }
    // Headers that go upstream may change what comes back; a trace's id doesn't.
    let mut headers: Vec<_> = asked.passing.iter().collect();
    headers.retain(|(name, _)| name.as_str() != "traceparent");
    headers.sort_by_key(|(name, _)| name.as_str());
    for (name, value) in headers {
        add(name.as_str().as_bytes());
        add(value.as_bytes());
    }
    Some(hex::encode(hasher.finalize()))
}

/// Whether the client asks for the same answer each time.
fn is_deterministic(body: &Value) -> bool {
    let cold = body.get("temperature").and_then(Value::as_f64) == Some(0.0);
    cold || body.get("seed").is_some_and(Value::is_number)
}

/// JSON with sorted names, no blanks, and one spelling for each number; `None` where two different
/// values would be spelled the same.
pub fn canonical(value: &Value, to: &mut String) -> Option<()> {
    match value {
        Value::Number(number) => to.push_str(&spelled(number)?),
        Value::Array(items) => {
            to.push('[');
            for item in items {
                canonical(item, to)?;
                to.push(',');
            }
            to.push(']');
        }
        Value::Object(fields) => {
            let mut names: Vec<_> = fields.iter().collect();
            names.sort_unstable_by_key(|(name, _)| name.as_str());
            to.push('{');
            for (name, value) in names {
                to.push_str(&Value::from(name.as_str()).to_string());
                to.push(':');
                canonical(value, to)?;
                to.push(',');
            }
            to.push('}');
        }
        other => to.push_str(&other.to_string()),
    }
    Some(())
}

fn spelled(number: &Number) -> Option<String> {
    if number.is_i64() || number.is_u64() {
        return Some(number.to_string());
    }
    let float = number.as_f64().filter(|float| float.abs() < EXACT_MAX)?;
    if float.fract() != 0.0 {
        return Some(float.to_string());
    }
    #[expect(clippy::cast_possible_truncation, reason = "a whole number below 2^53")]
    let whole = float as i64;
    Some(whole.to_string())
}
