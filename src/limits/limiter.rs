//! The one door to all limits.

mod alone;
mod reading;
#[cfg(test)]
mod tests;
mod together;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use chrono::{DateTime, NaiveDate};
use parking_lot::Mutex;

use self::reading::Reading;
use super::Limits;
use super::clerk::{Books, Clerk};
use super::counts::{Refused, Rooms, Standing};
use super::day::Used;
use super::meter::{Meter, Moment};
use super::permit::Permit;
use super::shared::Shared;
use crate::actors::stats::StatsHandle;
use crate::cache::Cache;
use crate::clock::Clock;
use crate::db::Database;
use crate::models::client_token::ClientToken;
use crate::peers::Peers;
use crate::slots::Slots;

/// Meters held before idle ones are looked for.
const SWEEP_AT: usize = 1024;

const DAY_SECS: i64 = 86_400;

/// A request that came in.
pub struct Admitted {
    /// To be held until it is over.
    pub permit: Permit,
    /// How its token stands with it.
    pub standing: Standing,
}

/// Why a request did not come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAdmitted {
    /// A limit is reached.
    Refused(Refused),
    /// What was used today can't be read now.
    Unavailable,
}

/// One token's meter, and whoever reads its day.
#[derive(Default)]
pub(super) struct Gauge {
    pub(super) meter: Mutex<Meter>,
    reading: Reading,
    /// Requests that are over, of which Redis doesn't know yet.
    pub(super) unsent: AtomicUsize,
    /// How often Redis had gone or come when this process began to count alone, and what was used
    /// of the day by then.
    alone_since: Mutex<Option<(u64, Used)>>,
}

impl Gauge {
    pub(super) fn settle(&self, day: i64, tokens: u64, at: Moment) {
        self.meter.lock().settle(day, tokens, at);
    }
}

/// Lets requests of limited tokens in; clones share the meters. What is behind it is its own
/// affair: handlers know only [`Limiter::admit`] and the [`Permit`].
#[derive(Clone)]
pub struct Limiter {
    gauges: Arc<Mutex<Gauges>>,
    /// Where all replicas count, if there is a Redis.
    shared: Option<Shared>,
    slots: Slots,
    peers: Peers,
    books: Books,
    database: Database,
    stats: StatsHandle,
    clock: Clock,
}

/// What a [`Limiter`] is made of.
pub struct LimiterParts {
    /// With the counts that replicas share.
    pub cache: Cache,
    /// Places of requests under way.
    pub slots: Slots,
    /// Who else counts.
    pub peers: Peers,
    /// Where days are read from.
    pub database: Database,
    /// What isn't there yet.
    pub stats: StatsHandle,
    /// The time.
    pub clock: Clock,
}

struct Gauges {
    by_token: HashMap<i64, Arc<Gauge>>,
    sweep_at: usize,
}

impl Limiter {
    /// A limiter, and who brings to Redis what it counts.
    pub fn new(parts: LimiterParts) -> (Self, Clerk) {
        let LimiterParts { cache, slots, peers, database, stats, clock } = parts;
        let gauges = Gauges { by_token: HashMap::new(), sweep_at: SWEEP_AT };
        let gauges = Arc::new(Mutex::new(gauges));
        let shared = Shared::new(&cache, &slots, &clock);
        let (books, told) = Books::new();
        let limiter = Self { gauges, shared, slots, peers, books, database, stats, clock };
        (limiter.clone(), Clerk::new(limiter, told))
    }

    /// Lets a request of this token in, if its limits have room for one more.
    pub async fn admit(&self, token: i64, limits: &Limits) -> Result<Admitted, NotAdmitted> {
        match self.admit_together(token, limits).await {
            Some(answer) => answer,
            None => self.admit_alone(token, limits).await,
        }
    }

    /// How much is left of a token's limits. Counts nothing.
    pub async fn rooms(&self, token: i64, limits: &Limits) -> Result<Rooms, NotAdmitted> {
        match self.rooms_together(token, limits).await {
            Some(answer) => answer,
            None => self.rooms_alone(token, limits).await,
        }
    }

    /// A token's limits were changed: while it had none, nothing was counted.
    pub async fn changed(&self, token: i64) {
        if let Some(gauge) = self.gauges.lock().by_token.get(&token) {
            gauge.meter.lock().doubt();
        }
        if let Some(shared) = &self.shared {
            shared.doubt(token).await;
        }
    }

    /// Requests of this token under way, of those that were counted: over all replicas where they
    /// are limited, else in this process.
    pub async fn under_way(&self, token: i64, limits: &Limits) -> u64 {
        // Nothing else of it matters, so that nothing has to be read.
        let at_once = Limits { max_concurrency: limits.max_concurrency, ..Limits::default() };
        if let Some(Ok(rooms)) = self.rooms_together(token, &at_once).await
            && let Some(room) = rooms.max_concurrency
        {
            return room.limit.saturating_sub(room.remaining);
        }
        let gauge = self.gauges.lock().by_token.get(&token).cloned();
        gauge.map_or(0, |gauge| gauge.meter.lock().under_way())
    }

    pub(super) fn shared(&self) -> Option<&Shared> {
        self.shared.as_ref()
    }

    pub(super) fn now(&self) -> Moment {
        self.clock.moment()
    }

    /// Resolves when Redis knows what was used here, or is away.
    pub async fn flush(&self) {
        self.books.flush().await;
    }

    fn gauge(&self, token: i64) -> Arc<Gauge> {
        let mut gauges = self.gauges.lock();
        if let Some(gauge) = gauges.by_token.get(&token) {
            return gauge.clone();
        }
        gauges.sweep(self.clock.moment());
        gauges.by_token.entry(token).or_default().clone()
    }

    async fn used(&self, token: i64, day: i64) -> Option<Used> {
        // What is counted but not written yet belongs to it.
        self.stats.flush().await.ok()?.ok()?;
        let mut conn = self.database.get().await.ok()?;
        let used = ClientToken::used_on(&mut conn, token, date(day)?).await;
        used.inspect_err(|error| log::error!("a token's use can't be read: {error}")).ok()
    }
}

impl Gauges {
    /// Forgets idle meters when there are many: rarely, so that it costs next to nothing a request.
    fn sweep(&mut self, at: Moment) {
        if self.by_token.len() < self.sweep_at {
            return;
        }
        // Whoever holds one can't get it anywhere but here, and here the lock is held.
        self.by_token
            .retain(|_, gauge| Arc::strong_count(gauge) > 1 || !gauge.meter.lock().is_idle(at));
        self.sweep_at = SWEEP_AT.max(self.by_token.len() * 2);
    }
}

fn date(day: i64) -> Option<NaiveDate> {
    Some(DateTime::from_timestamp(day.checked_mul(DAY_SECS)?, 0)?.date_naive())
}
