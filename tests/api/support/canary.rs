//! Watches the whole run for secrets in the wrong place: each secret that a test brings is a
//! canary, and no answer, header or log line may hold one, except where a secret is asked for.

use std::sync::Once;

use log::{LevelFilter, Log, Metadata, Record};
use parking_lot::Mutex;

use super::answer::Answer;
use super::{ADMIN_TOKEN, AUTH_SECRET, ENCRYPTION_KEY};

static CANARIES: Mutex<Vec<String>> = Mutex::new(Vec::new());
static LEAKS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Shorter texts are no secrets: they would be found by chance.
const LENGTH_MIN: usize = 12;

/// Answers that show a secret because that is what they were asked for.
const TELLING: [(&str, &str); 10] = [
    ("POST", "/reveal"),
    ("POST", "/export"),
    ("POST", "/rotate"),
    ("POST", "/reset-key"),
    ("POST", "/admin/tokens"),
    ("POST", "/admin/client-tokens"),
    ("POST", "/admin/users"),
    ("POST", "/admin/invitations"),
    // Stand-in upstreams answer what they are told to, as a model may repeat its prompt.
    ("POST", "/completions"),
    ("GET", "/echo"),
];

/// From now on this must be seen nowhere.
pub fn release(secret: &str) {
    let mut canaries = CANARIES.lock();
    if secret.len() >= LENGTH_MIN && !canaries.iter().any(|known| known == secret) {
        canaries.push(secret.to_owned());
    }
}

/// Begins to watch the log, once in a process.
pub fn watch() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        for secret in [ADMIN_TOKEN, AUTH_SECRET, ENCRYPTION_KEY] {
            release(secret);
        }
        if log::set_logger(&Watcher).is_ok() {
            // What a release build can be made to log.
            log::set_max_level(LevelFilter::Debug);
        }
    });
}

/// Looks through an answer.
pub fn look_at(method: &str, path: &str, answer: &Answer) {
    let bare = path.split('?').next().unwrap_or_default();
    if TELLING.iter().any(|(verb, end)| *verb == method && bare.ends_with(end)) {
        return;
    }
    look(&format!("the answer to {method} {path}"), &String::from_utf8_lossy(&answer.body));
    for (name, value) in &answer.headers {
        let value = String::from_utf8_lossy(value.as_bytes());
        look(&format!("{name} of the answer to {method} {path}"), &value);
    }
    none_leaked();
}

/// Looks through any text that was shown or written.
pub fn look(place: &str, text: &str) {
    let canaries = CANARIES.lock();
    for canary in canaries.iter().filter(|canary| text.contains(canary.as_str())) {
        let start: String = canary.chars().take(6).collect();
        LEAKS.lock().push(format!("{place} holds the secret {start}…"));
    }
}

/// Fails the test when something was seen.
pub fn none_leaked() {
    let leaks = std::mem::take(&mut *LEAKS.lock());
    assert!(leaks.is_empty(), "secrets in the wrong place: {leaks:#?}");
}

struct Watcher;

impl Log for Watcher {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        look(&format!("a log line of {}", record.target()), &record.args().to_string());
    }

    fn flush(&self) {}
}
