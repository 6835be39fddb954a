//! What makes two requests the same: everything that may change the answer, and nothing else. Pure.

use serde::Deserialize;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use super::{Asked, canonical};

/// Headers that are new with each request and change nothing in its answer.
const NAMES_OF_REQUESTS: [&str; 3] = ["traceparent", "tracestate", "idempotency-key"];

/// The hash of a request with this body's hash.
pub fn of(asked: &Asked<'_>, body: [u8; 32]) -> String {
    let target = asked.target;
    let address = target.provider.chat.to_string();
    let mut hasher = Sha256::new();
    let mut add = |field: &[u8]| {
        hasher.update((field.len() as u64).to_be_bytes());
        hasher.update(field);
    };
    for field in [&target.provider.id, &*address, &target.model, &asked.token.to_string()] {
        add(field.as_bytes());
    }
    add(&body);
    // Headers that go upstream may change what comes back; these only name the request.
    let mut headers: Vec<_> = asked.passing.iter().collect();
    headers.retain(|(name, _)| !NAMES_OF_REQUESTS.contains(&name.as_str()));
    headers.sort_by_key(|(name, _)| name.as_str());
    for (name, value) in headers {
        add(name.as_str().as_bytes());
        add(value.as_bytes());
    }
    hex::encode(hasher.finalize())
}

/// The hash of what a body means; `None` for one that is not to be answered from memory.
pub fn of_body(body: &[u8], any_temperature: bool) -> Option<[u8; 32]> {
    if !any_temperature && !is_deterministic(body)? {
        return None;
    }
    canonical::hash(body)
}

#[derive(Deserialize)]
struct Fields<'a> {
    #[serde(borrow)]
    temperature: Option<&'a RawValue>,
    #[serde(borrow)]
    seed: Option<&'a RawValue>,
}

/// Whether the client asks for the same answer each time; `None` where that can't be told.
fn is_deterministic(body: &[u8]) -> Option<bool> {
    let fields: Fields<'_> = serde_json::from_slice(body).ok()?;
    let number = |field: Option<&RawValue>| serde_json::from_str::<f64>(field?.get()).ok();
    Some(number(fields.temperature) == Some(0.0) || number(fields.seed).is_some())
}
