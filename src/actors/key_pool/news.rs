//! What happens to keys, for those who watch. Told in batches, when states are saved or an
//! administrator adds or removes keys: no request pays for it, and nothing is made when nobody
//! watches.
//!
//! An event's data is `{"keys":[{"id","change",…}]}`; `change` is `added`, `removed` or `state`. A
//! state comes with `status` (`active`, `cooling`, `disabled` or `expired`), `reason`, `until` and
//! `failures`.

use serde_json::{Value, json};

use crate::clock::Millis;
use crate::events::Events;
use crate::pool::KeyState;
use crate::pool::key::{KeyId, Status};
use crate::pool::reason::Reason;

/// The name of these events.
const KIND: &str = "key";

/// Keys in one event; more make more events.
const KEYS_MAX: usize = 500;

/// These states changed.
pub fn states(events: &Events, states: &[KeyState]) {
    for some in states.chunks(KEYS_MAX) {
        events.publish(KIND, || json!({ "keys": some.iter().map(state).collect::<Vec<_>>() }));
    }
}

/// These keys are new.
pub fn added(events: &Events, keys: impl Iterator<Item = KeyId>) {
    ids(events, "added", keys);
}

/// These keys are gone.
pub fn removed(events: &Events, keys: impl Iterator<Item = KeyId>) {
    ids(events, "removed", keys);
}

fn ids(events: &Events, change: &str, keys: impl Iterator<Item = KeyId>) {
    let keys: Vec<KeyId> = keys.collect();
    for some in keys.chunks(KEYS_MAX) {
        let one = |id: &KeyId| json!({"id": id, "change": change});
        events.publish(KIND, || json!({ "keys": some.iter().map(one).collect::<Vec<_>>() }));
    }
}

fn state(state: &KeyState) -> Value {
    let (status, why) = match state.status {
        Status::Active => ("active", None),
        Status::Expired => ("expired", None),
        Status::Cooling => ("cooling", state.cooling.map(|(reason, until)| (reason, Some(until)))),
        Status::Disabled => ("disabled", state.disabled),
    };
    let (reason, until) = why.unzip();
    json!({
        "id": state.id,
        "change": "state",
        "status": status,
        "reason": reason.map(Reason::as_str),
        "until": until.flatten().map(Millis::rfc3339),
        "failures": state.failures,
    })
}
