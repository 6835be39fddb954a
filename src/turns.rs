//! One at a time by name: the first does the work, the others wait and find it done.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

/// A turn for each name; clones share them. Names come from the operator, so they are few.
#[derive(Clone, Default)]
pub struct Turns(Arc<Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>>);

impl Turns {
    /// The turn of this name, to be locked.
    pub fn of(&self, name: &str) -> Arc<tokio::sync::Mutex<()>> {
        self.0.lock().entry(name.to_owned()).or_default().clone()
    }
}
