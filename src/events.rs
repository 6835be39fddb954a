//! What happens in the pool, for those who watch. Nobody who publishes ever waits for a reader.

use serde::Serialize;
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::broadcast;

/// Events that a reader may lag behind; one that is slower is dropped.
const BACKLOG: usize = 1024;

/// The kind of event that a finished request is. There are many, so they are only made when
/// somebody watches these, and not just anything.
pub const REQUEST: &str = "request";

/// Something that happened.
#[derive(Debug, Clone, Serialize)]
pub struct Event {
    /// `stats`, `key`, `job`, …
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// What it is about.
    pub data: Value,
}

/// Carries events from whoever knows to whoever watches; clones share it.
#[derive(Debug, Clone)]
pub struct Events(Arc<Bus>);

#[derive(Debug)]
struct Bus {
    sender: broadcast::Sender<Arc<Event>>,
    requests: AtomicBool,
}

impl Default for Events {
    fn default() -> Self {
        let sender = broadcast::Sender::new(BACKLOG);
        Self(Arc::new(Bus { sender, requests: AtomicBool::new(false) }))
    }
}

impl Events {
    /// Tells everyone who watches. `data` is only made when somebody does.
    pub fn publish(&self, kind: &'static str, data: impl FnOnce() -> Value) {
        if self.are_watched(kind) {
            let _ = self.0.sender.send(Arc::new(Event { kind, data: data() }));
        }
    }

    /// Whether anybody watches events of this kind.
    pub fn are_watched(&self, kind: &'static str) -> bool {
        self.0.sender.receiver_count() > 0
            && (kind != REQUEST || self.0.requests.load(Ordering::Relaxed))
    }

    /// Begins to watch.
    pub fn watch(&self) -> broadcast::Receiver<Arc<Event>> {
        self.0.sender.subscribe()
    }

    /// Says whether finished requests are watched too.
    pub fn watch_requests(&self, watched: bool) {
        self.0.requests.store(watched, Ordering::Relaxed);
    }
}
