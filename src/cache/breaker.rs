//! Whether Redis is asked at all: after a failure nobody is, until a probe finds it back.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::fault::RedisError;
use super::memory::Memory;
use super::redis::Redis;

/// Between two probes: so long it takes to notice that Redis is back.
const PROBED_EVERY: Duration = Duration::from_millis(500);

/// Clones share the state.
#[derive(Clone)]
pub struct Breaker {
    redis: Redis,
    memory: Memory,
    /// How often it went away or came back: even while it is there.
    turns: Arc<watch::Sender<u64>>,
}

impl Breaker {
    /// Redis, taken to be there until a call fails; `memory` stands in for it.
    pub fn new(redis: Redis, memory: Memory) -> Self {
        Self { redis, memory, turns: Arc::new(watch::Sender::new(0)) }
    }

    /// Whether Redis is away.
    pub fn is_open(&self) -> bool {
        !self.turn().is_multiple_of(2)
    }

    /// How often it went away or came back.
    pub fn turn(&self) -> u64 {
        *self.turns.borrow()
    }

    /// Changes whenever it goes away or comes back.
    pub fn turns(&self) -> watch::Receiver<u64> {
        self.turns.subscribe()
    }

    /// Open connections, and how many of them nobody uses.
    pub fn connections(&self) -> (u32, u32) {
        self.redis.connections()
    }

    /// What Redis says; `None` when it is away, at once if that is known.
    pub async fn call<T>(
        &self,
        ask: impl AsyncFnOnce(&Redis) -> Result<T, RedisError>,
    ) -> Option<T> {
        let turn = self.turn();
        if !turn.is_multiple_of(2) {
            return None;
        }
        match ask(&self.redis).await {
            Ok(answer) => Some(answer),
            Err(error) => {
                self.failed(turn, &error);
                None
            }
        }
    }

    /// Of the calls that failed side by side the first ends the turn; one that failed late, when
    /// Redis is back already, ends none.
    fn failed(&self, turn: u64, error: &RedisError) {
        let ended = self.turns.send_if_modified(|now| {
            let ends = *now == turn;
            *now = now.wrapping_add(u64::from(ends));
            ends
        });
        if ended {
            log::error!("{error}; caches and limits are in memory meanwhile");
            self.redis.home().spawn(probe(self.clone()));
        }
    }

    fn back(&self) {
        // What was kept here meanwhile would be old when Redis goes away the next time. Counts have
        // ends of their own, and forgetting them would give guessers new tries.
        self.memory.clear();
        self.turns.send_modify(|turn| *turn = turn.wrapping_add(1));
        log::info!("Redis answers again");
    }
}

/// Tries until Redis takes a write, or until nobody is left who would ask it.
async fn probe(breaker: Breaker) {
    loop {
        tokio::time::sleep(PROBED_EVERY).await;
        if Arc::strong_count(&breaker.turns) == 1 {
            return;
        }
        if breaker.redis.probe().await.is_ok() {
            return breaker.back();
        }
    }
}
