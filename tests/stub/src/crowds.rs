//! How many calls are being replied to at once, by key and over all.

use std::collections::HashMap;

use parking_lot::Mutex;

/// The key that stands for all keys.
const ALL: &str = "*";

/// The calls that are open, by key.
#[derive(Default)]
pub struct Crowds(Mutex<HashMap<String, Crowd>>);

#[derive(Default)]
struct Crowd {
    now: usize,
    peak: usize,
}

impl Crowds {
    pub fn enter(&self, key: &str) {
        let mut crowds = self.0.lock();
        for name in [key, ALL] {
            let crowd = crowds.entry(name.to_owned()).or_default();
            crowd.now += 1;
            crowd.peak = crowd.peak.max(crowd.now);
        }
    }

    pub fn leave(&self, key: &str) {
        let mut crowds = self.0.lock();
        for name in [key, ALL] {
            if let Some(crowd) = crowds.get_mut(name) {
                crowd.now -= 1;
            }
        }
    }

    /// How many there are now.
    pub fn now(&self, key: &str) -> usize {
        self.0.lock().get(key).map_or(0, |crowd| crowd.now)
    }

    /// How many there were at most.
    pub fn peak(&self, key: &str) -> usize {
        self.0.lock().get(key).map_or(0, |crowd| crowd.peak)
    }
}
