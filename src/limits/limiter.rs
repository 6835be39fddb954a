//! The one door to all limits.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate};
use parking_lot::Mutex;

use super::Limits;
use super::day::Used;
use super::meter::{Meter, Moment, Refused, Rooms, Standing, Stop};
use super::permit::Permit;
use crate::actors::stats::StatsHandle;
use crate::clock::Clock;
use crate::db::Database;
use crate::models::client_token::ClientToken;

/// Meters held before idle ones are looked for.
const SWEEP_AT: usize = 1024;

/// How often a request tries to have its day read: a day that ends meanwhile is read again.
const READS_MAX: usize = 3;

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

/// One token's meter, and the turn of whoever reads its day.
#[derive(Default)]
pub(super) struct Gauge {
    meter: Mutex<Meter>,
    reading: tokio::sync::Mutex<()>,
}

impl Gauge {
    pub(super) fn settle(&self, day: i64, tokens: u64, at: Moment) {
        self.meter.lock().settle(day, tokens, at);
    }
}

/// Lets requests of limited tokens in; clones share the meters. What is behind it may move
/// elsewhere: handlers know only [`Limiter::admit`] and the [`Permit`].
#[derive(Clone)]
pub struct Limiter {
    gauges: Arc<Mutex<Gauges>>,
    database: Database,
    stats: StatsHandle,
    clock: Clock,
}

struct Gauges {
    by_token: HashMap<i64, Arc<Gauge>>,
    sweep_at: usize,
}

impl Limiter {
    /// A limiter that reads the days from there.
    pub fn new(database: Database, stats: StatsHandle, clock: Clock) -> Self {
        let gauges = Gauges { by_token: HashMap::new(), sweep_at: SWEEP_AT };
        Self { gauges: Arc::new(Mutex::new(gauges)), database, stats, clock }
    }

    /// Lets a request of this token in, if its limits have room for one more.
    pub async fn admit(&self, token: i64, limits: &Limits) -> Result<Admitted, NotAdmitted> {
        let gauge = self.gauge(token);
        for _ in 0..=READS_MAX {
            let taken = {
                let mut meter = gauge.meter.lock();
                meter.take(limits, self.clock.moment()).map(|standing| (standing, meter.day()))
            };
            match taken {
                Ok((standing, day)) => {
                    let permit = Permit::new(gauge, self.clock.clone(), day);
                    return Ok(Admitted { permit, standing });
                }
                Err(Stop::Refused(refused)) => return Err(NotAdmitted::Refused(refused)),
                Err(Stop::Unread) => self.read(token, &gauge).await?,
            }
        }
        Err(NotAdmitted::Unavailable)
    }

    /// How much is left of a token's limits. Counts nothing.
    pub async fn rooms(&self, token: i64, limits: &Limits) -> Result<Rooms, NotAdmitted> {
        let gauge = self.gauge(token);
        for _ in 0..=READS_MAX {
            let rooms = gauge.meter.lock().rooms(limits, self.clock.moment());
            match rooms {
                Some(rooms) => return Ok(rooms),
                None => self.read(token, &gauge).await?,
            }
        }
        Err(NotAdmitted::Unavailable)
    }

    /// A token's limits were changed: while it had none, nothing was counted.
    pub fn changed(&self, token: i64) {
        if let Some(gauge) = self.gauges.lock().by_token.get(&token) {
            gauge.meter.lock().doubt();
        }
    }

    /// Requests of this token under way, of those that were counted.
    pub fn under_way(&self, token: i64) -> u64 {
        let gauge = self.gauges.lock().by_token.get(&token).cloned();
        gauge.map_or(0, |gauge| gauge.meter.lock().under_way())
    }

    fn gauge(&self, token: i64) -> Arc<Gauge> {
        let mut gauges = self.gauges.lock();
        if let Some(gauge) = gauges.by_token.get(&token) {
            return gauge.clone();
        }
        gauges.sweep(self.clock.moment());
        gauges.by_token.entry(token).or_default().clone()
    }

    /// Reads what was used of the day so far, once for all who wait for it.
    async fn read(&self, token: i64, gauge: &Arc<Gauge>) -> Result<(), NotAdmitted> {
        let _turn = gauge.reading.lock().await;
        let Some(day) = gauge.meter.lock().unread_day(self.clock.moment()) else { return Ok(()) };
        let (this, gauge) = (self.clone(), gauge.clone());
        // On a task of its own: a client that leaves must not abandon a statement half-way.
        let reading = actix_web::rt::spawn(async move {
            let used = this.used(token, day).await?;
            gauge.meter.lock().read(day, used);
            Some(())
        });
        reading.await.ok().flatten().ok_or(NotAdmitted::Unavailable)
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
