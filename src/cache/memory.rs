//! The cache in this process: bounded, each entry with an end of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use moka::Expiry;
use moka::sync::Cache;

/// Entries held before the least used go.
const ENTRIES_MAX: u64 = 100_000;

#[derive(Clone)]
enum Value {
    Bytes(Bytes),
    Count(Arc<AtomicU64>),
}

#[derive(Clone)]
struct Entry {
    value: Value,
    ttl: Duration,
}

struct OwnTtl;

impl Expiry<String, Entry> for OwnTtl {
    fn expire_after_create(&self, _: &String, entry: &Entry, _: Instant) -> Option<Duration> {
        Some(entry.ttl)
    }

    fn expire_after_update(
        &self,
        _: &String,
        entry: &Entry,
        _: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(entry.ttl)
    }
}

/// Clones share the entries.
#[derive(Clone)]
pub struct Memory(Cache<String, Entry>);

impl Default for Memory {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(ENTRIES_MAX).expire_after(OwnTtl).build())
    }
}

impl Memory {
    pub fn get(&self, name: &str) -> Option<Bytes> {
        match self.0.get(name)?.value {
            Value::Bytes(bytes) => Some(bytes),
            Value::Count(_) => None,
        }
    }

    pub fn set(&self, name: &str, value: Bytes, ttl: Duration) {
        self.0.insert(name.to_owned(), Entry { value: Value::Bytes(value), ttl });
    }

    pub fn hit(&self, name: &str, window: Duration) -> u64 {
        let fresh = || Entry { value: Value::Count(Arc::default()), ttl: window };
        match self.0.get_with_by_ref(name, fresh).value {
            Value::Count(count) => count.fetch_add(1, Ordering::Relaxed) + 1,
            Value::Bytes(_) => 0,
        }
    }

    pub fn hits(&self, name: &str) -> u64 {
        match self.0.get(name).map(|entry| entry.value) {
            Some(Value::Count(count)) => count.load(Ordering::Relaxed),
            _ => 0,
        }
    }
}
