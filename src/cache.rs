//! Small things that may be forgotten: the catalogue, counters of attempts. In Redis when there is
//! one, so that processes share them; in memory otherwise, and while Redis is away.

mod breaker;
mod fault;
mod memory;
mod rate;
mod redis;
mod server;

use std::time::Duration;

use bb8_redis::redis::{FromRedisValue, ToRedisArgs};
use bytes::Bytes;
use tokio::sync::watch;

use self::breaker::Breaker;
use self::memory::Memory;
use self::redis::Redis;

pub use self::fault::RedisError;
pub use self::rate::{Rate, Taken};
pub use self::server::RedisServer;
use crate::peers::Peers;

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
    redis: Option<Breaker>,
    memory: Memory,
    /// With whom a limit is shared out while Redis is away.
    peers: Peers,
}

impl Cache {
    /// In memory, and in Redis when there is one. Redis is not contacted yet: it may be away.
    pub fn open(server: Option<RedisServer>, prefix: &str) -> Self {
        let memory = Memory::default();
        let redis = server.map(|server| Redis::open(server, prefix));
        let redis = redis.map(|redis| Breaker::new(redis, memory.clone()));
        Self { redis, memory, peers: Peers::default() }
    }

    /// Shares limits out with these while Redis is away.
    pub fn beside(self, peers: Peers) -> Self {
        Self { peers, ..self }
    }

    /// `redis` or `memory`, as the status pages name it.
    pub fn kind(&self) -> &'static str {
        if self.redis.is_some() { "redis" } else { "memory" }
    }

    /// Whether Redis was asked and is away, so that memory stands in.
    pub fn is_degraded(&self) -> bool {
        self.redis.as_ref().is_some_and(Breaker::is_open)
    }

    /// Whether there is a Redis, and it isn't known to be away.
    pub fn is_there(&self) -> bool {
        self.redis.as_ref().is_some_and(|redis| !redis.is_open())
    }

    /// How often Redis went away or came back.
    pub fn turn(&self) -> u64 {
        self.redis.as_ref().map_or(0, Breaker::turn)
    }

    /// Changes whenever Redis goes away or comes back; never without one.
    pub fn turns(&self) -> Option<watch::Receiver<u64>> {
        self.redis.as_ref().map(Breaker::turns)
    }

    /// Open connections to Redis, and how many of them nobody uses.
    pub fn connections(&self) -> Option<(u32, u32)> {
        self.redis.as_ref().map(Breaker::connections)
    }

    /// What was kept under this name.
    pub async fn get(&self, name: &str) -> Option<Bytes> {
        match self.ask(async |redis| redis.get(name).await).await {
            Some(found) => found,
            None => self.memory.get(name),
        }
    }

    /// Keeps `value` under this name for so long.
    pub async fn set(&self, name: &str, value: Bytes, ttl: Duration) {
        if self.ask(async |redis| redis.set(name, &value, ttl).await).await.is_none() {
            self.memory.set(name, value, ttl);
        }
    }

    /// Forgets what was kept or counted under this name.
    pub async fn forget(&self, name: &str) {
        self.ask(async |redis| redis.unlink(&[name.to_owned()]).await).await;
        self.memory.forget(name);
    }

    /// Looks at everything whose name begins so, and forgets what `gone` says of its name. Redis is
    /// walked through piece by piece: what comes or goes meanwhile may be missed or met twice.
    pub async fn sweep(&self, prefix: &str, gone: impl Fn(&str) -> bool) -> Swept {
        let mut swept = Swept::default();
        self.ask(async |redis| redis.sweep(prefix, &gone, &mut swept).await).await;
        self.memory.sweep(prefix, &gone, &mut swept);
        swept
    }

    /// Counts one more under this name, in a window that begins with the first; returns how many
    /// that makes. While Redis is away every other replica is taken to count as many after the
    /// first one.
    pub async fn hit(&self, name: &str, window: Duration) -> u64 {
        let count = self.ask(async |redis| redis.hit(name, window).await).await;
        count.unwrap_or_else(|| self.for_all(self.memory.hit(name, window)))
    }

    /// How many were counted under this name in the window under way.
    pub async fn hits(&self, name: &str) -> u64 {
        let count = self.ask(async |redis| redis.hits(name).await).await;
        count.unwrap_or_else(|| self.for_all(self.memory.hits(name)))
    }

    /// Takes one under this name, if the rate has one left. What is refused costs nothing. While
    /// Redis is away this replica has its share of the rate.
    pub async fn take(&self, name: &str, rate: Rate) -> Taken {
        let taken = self.ask(async |redis| redis.take(name, rate).await).await;
        let share = || Rate { limit: self.peers.share().of(rate.limit), ..rate };
        taken.unwrap_or_else(|| self.memory.take(name, share()))
    }

    fn for_all(&self, count: u64) -> u64 {
        let others = count.saturating_sub(1);
        count + others.saturating_mul(self.peers.share().count.saturating_sub(1))
    }

    /// What a script comes to that runs in Redis in one step, on these names; `None` without a
    /// Redis that answers.
    pub async fn run<T: FromRedisValue>(
        &self,
        script: &str,
        names: &[&str],
        args: &[impl ToRedisArgs],
    ) -> Option<T> {
        self.ask(async |redis| redis.eval(script, names, args).await).await
    }

    /// Redis's answer, if there is a Redis that gives one.
    async fn ask<T>(&self, ask: impl AsyncFnOnce(&Redis) -> Result<T, RedisError>) -> Option<T> {
        self.redis.as_ref()?.call(ask).await
    }
}
