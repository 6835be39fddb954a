//! A place in a reply where the stub waits for the test, so that tests need no sleeps.

use std::sync::Arc;

use tokio::sync::watch;

/// Holds a reply back at [`Step::Wait`](crate::Step::Wait) until the test opens it; clones are
/// the same gate. Once open it stays open, for every reply that comes to it.
#[derive(Clone, Debug)]
pub struct Gate(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    open: watch::Sender<bool>,
    reached: watch::Sender<bool>,
}

impl Gate {
    /// A closed gate.
    pub fn new() -> Gate {
        Gate(Arc::new(Inner {
            open: watch::Sender::new(false),
            reached: watch::Sender::new(false),
        }))
    }

    /// Lets every reply pass, now and later.
    pub fn open(&self) {
        self.0.open.send_replace(true);
    }

    /// Whether replies are still held back here.
    pub fn closed(&self) -> bool {
        !*self.0.open.borrow()
    }

    /// Resolves once a reply has come to the gate: all steps before it are on the wire by then.
    pub async fn reached(&self) {
        let _ = self.0.reached.subscribe().wait_for(|reached| *reached).await;
    }

    pub(crate) async fn pass(&self) {
        self.0.reached.send_replace(true);
        let _ = self.0.open.subscribe().wait_for(|open| *open).await;
    }
}

impl Default for Gate {
    fn default() -> Gate {
        Gate::new()
    }
}
