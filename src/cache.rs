//! Small things that may be forgotten: the catalogue, counters of attempts. In Redis when there is
//! one, so that processes share them; in memory otherwise, and while Redis is away.

mod memory;
mod redis;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;

use self::memory::Memory;
use self::redis::{Redis, RedisError};

/// What [`Cache::sweep`] met.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Entries that are kept on.
    pub entries: u64,
    /// The bytes of their values.
    pub bytes: u64,
    /// Entries that were forgotten.
    pub removed: u64,
}

impl Swept {
    fn met(&mut self, bytes: usize, gone: bool) {
        if gone {
            self.removed += 1;
        } else {
            self.entries += 1;
            self.bytes += bytes as u64;
        }
    }
}

/// One cache, wherever it is; clones share it.
#[derive(Clone)]
pub struct Cache {
    redis: Option<Redis>,
    memory: Memory,
    away: Arc<AtomicBool>,
}

impl Cache {
    /// In memory, and in Redis when there is a URL. Redis is not contacted yet: it may be away.
    pub fn open(redis_url: Option<&str>, prefix: &str) -> Result<Self, RedisError> {
        let redis = redis_url.map(|url| Redis::open(url, prefix)).transpose()?;
        Ok(Self { redis, memory: Memory::default(), away: Arc::default() })
    }

    /// `redis` or `memory`, as the status pages name it.
    pub fn kind(&self) -> &'static str {
        if self.redis.is_some() { "redis" } else { "memory" }
    }

    /// Whether the last call to Redis failed, so that memory stands in.
    pub fn is_degraded(&self) -> bool {
        self.away.load(Ordering::Relaxed)
    }

    /// Open connections to Redis, and how many of them nobody uses.
    pub fn connections(&self) -> Option<(u32, u32)> {
        self.redis.as_ref().map(Redis::connections)
    }

    /// What was kept under this name.
    pub async fn get(&self, name: &str) -> Option<Bytes> {
        if let Some(redis) = &self.redis
            && let Some(found) = self.note(redis.get(name).await)
        {
            return found;
        }
        self.memory.get(name)
    }

    /// Keeps `value` under this name for so long.
    pub async fn set(&self, name: &str, value: Bytes, ttl: Duration) {
        if let Some(redis) = &self.redis
            && self.note(redis.set(name, &value, ttl).await).is_some()
        {
            return;
        }
        self.memory.set(name, value, ttl);
    }

    /// Forgets what was kept or counted under this name.
    pub async fn forget(&self, name: &str) {
        if let Some(redis) = &self.redis {
            self.note(redis.unlink(&[name.to_owned()]).await);
        }
        self.memory.forget(name);
    }

    /// Looks at everything whose name begins so, and forgets what `gone` says of its name. Redis is
    /// walked through piece by piece: what comes or goes meanwhile may be missed or met twice.
    pub async fn sweep(&self, prefix: &str, gone: impl Fn(&str) -> bool) -> Swept {
        let mut swept = Swept::default();
        if let Some(redis) = &self.redis {
            self.note(redis.sweep(prefix, &gone, &mut swept).await);
        }
        self.memory.sweep(prefix, &gone, &mut swept);
        swept
    }

    /// Counts one more under this name, in a window that begins with the first; returns how many
    /// that makes.
    pub async fn hit(&self, name: &str, window: Duration) -> u64 {
        if let Some(redis) = &self.redis
            && let Some(count) = self.note(redis.hit(name, window).await)
        {
            return count;
        }
        self.memory.hit(name, window)
    }

    /// How many were counted under this name in the window under way.
    pub async fn hits(&self, name: &str) -> u64 {
        if let Some(redis) = &self.redis
            && let Some(count) = self.note(redis.hits(name).await)
        {
            return count;
        }
        self.memory.hits(name)
    }

    /// Says once that Redis is away, and once that it is back.
    fn note<T>(&self, result: Result<T, RedisError>) -> Option<T> {
        let away = result.is_err();
        if self.away.swap(away, Ordering::Relaxed) != away {
            match &result {
                Err(error) => log::error!("{error}; caches and limits are in memory meanwhile"),
                Ok(_) => log::info!("Redis answers again"),
            }
        }
        result.ok()
    }
}
