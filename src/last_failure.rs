//! Why the last connection could not be opened.

use std::sync::Arc;

use parking_lot::Mutex;

/// What opening a connection failed with the last time; nothing once one could be opened. A pool
/// tells whoever waits for a connection only that it took too long. Clones are the same.
#[derive(Debug)]
pub struct LastFailure<E>(Arc<Mutex<Option<E>>>);

impl<E> Default for LastFailure<E> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<E> Clone for LastFailure<E> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<E: Clone> LastFailure<E> {
    /// A connection was opened, or failed with this.
    pub fn note(&self, failure: Option<E>) {
        *self.0.lock() = failure;
    }

    /// What it failed with.
    pub fn get(&self) -> Option<E> {
        self.0.lock().clone()
    }
}
