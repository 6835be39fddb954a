//! What happens in the pool, for those who watch. Nobody who publishes ever waits for a reader.

use serde::Serialize;
use serde_json::Value;
use std::sync::Arc;
use tokio::sync::broadcast;

/// Events that a reader may lag behind; one that is slower is dropped.
const BACKLOG: usize = 1024;

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
pub struct Events(broadcast::Sender<Arc<Event>>);

impl Default for Events {
    fn default() -> Self {
        Self(broadcast::Sender::new(BACKLOG))
    }
}

impl Events {
    /// Tells everyone who watches. `data` is only made when somebody does.
    pub fn publish(&self, kind: &'static str, data: impl FnOnce() -> Value) {
        if self.0.receiver_count() > 0 {
            let _ = self.0.send(Arc::new(Event { kind, data: data() }));
        }
    }

    /// Begins to watch.
    pub fn watch(&self) -> broadcast::Receiver<Arc<Event>> {
        self.0.subscribe()
    }
}
