//! The cache in this process: bounded, each entry with an end of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use moka::Expiry;
use moka::sync::Cache;
use parking_lot::Mutex;

use super::Swept;
use super::rate::{Rate, Taken};

/// Counters held before the least used go, and rates.
const COUNTERS_MAX: u64 = 100_000;

/// Bytes of names and values held before the least used go. Apart from the counters, so that no
/// amount of answers makes a limit forget its count.
const BYTES_MAX: u64 = 128 << 20;

/// What an entry takes beside its name and value, about.
const OVERHEAD: usize = 128;

#[derive(Clone)]
struct Entry<V> {
    value: V,
    ttl: Duration,
}

struct OwnTtl;

impl<V> Expiry<String, Entry<V>> for OwnTtl {
    fn expire_after_create(&self, _: &String, entry: &Entry<V>, _: Instant) -> Option<Duration> {
        Some(entry.ttl)
    }

    fn expire_after_update(
        &self,
        _: &String,
        entry: &Entry<V>,
        _: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(entry.ttl)
    }
}

/// What nobody asked about for its time goes: after a whole window all of a rate is there again.
struct Idle;

impl<V> Expiry<String, Entry<V>> for Idle {
    fn expire_after_create(&self, _: &String, entry: &Entry<V>, _: Instant) -> Option<Duration> {
        Some(entry.ttl)
    }

    fn expire_after_read(
        &self,
        _: &String,
        entry: &Entry<V>,
        _: Instant,
        _: Option<Duration>,
        _: Instant,
    ) -> Option<Duration> {
        Some(entry.ttl)
    }
}

/// Clones share the entries.
#[derive(Clone)]
pub struct Memory {
    values: Cache<String, Entry<Bytes>>,
    counters: Cache<String, Entry<Arc<AtomicU64>>>,
    rates: Cache<String, Entry<Arc<Mutex<u64>>>>,
    begun: Instant,
}

impl Default for Memory {
    fn default() -> Self {
        let weigh = |name: &String, entry: &Entry<Bytes>| {
            u32::try_from(name.len() + entry.value.len() + OVERHEAD).unwrap_or(u32::MAX)
        };
        let values = Cache::builder().max_capacity(BYTES_MAX).weigher(weigh);
        let counters = Cache::builder().max_capacity(COUNTERS_MAX);
        Self {
            values: values.expire_after(OwnTtl).build(),
            counters: counters.expire_after(OwnTtl).build(),
            rates: Cache::builder().max_capacity(COUNTERS_MAX).expire_after(Idle).build(),
            begun: Instant::now(),
        }
    }
}

impl Memory {
    pub fn get(&self, name: &str) -> Option<Bytes> {
        Some(self.values.get(name)?.value)
    }

    pub fn set(&self, name: &str, value: Bytes, ttl: Duration) {
        self.values.insert(name.to_owned(), Entry { value, ttl });
    }

    pub fn forget(&self, name: &str) {
        self.values.invalidate(name);
        self.counters.invalidate(name);
        self.rates.invalidate(name);
    }

    /// Forgets all values, and no counter.
    pub fn clear(&self) {
        self.values.invalidate_all();
    }

    pub fn sweep(&self, prefix: &str, gone: impl Fn(&str) -> bool, swept: &mut Swept) {
        for (name, entry) in self.values.iter().filter(|(name, _)| name.starts_with(prefix)) {
            let gone = gone(&name);
            if gone {
                self.values.invalidate(&*name);
            }
            swept.met(entry.value.len(), gone);
        }
    }

    pub fn hit(&self, name: &str, window: Duration) -> u64 {
        let fresh = || Entry { value: Arc::default(), ttl: window };
        let counter = self.counters.get_with_by_ref(name, fresh).value;
        counter.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub fn take(&self, name: &str, rate: Rate) -> Taken {
        let fresh = || Entry { value: Arc::default(), ttl: rate.window };
        let free = self.rates.get_with_by_ref(name, fresh).value;
        let now = u64::try_from(self.begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        rate.take(&mut free.lock(), now)
    }

    pub fn hits(&self, name: &str) -> u64 {
        self.counters.get(name).map_or(0, |entry| entry.value.load(Ordering::Relaxed))
    }
}
