//! Counting in this process alone: where there is no Redis, and while it is away. Then each replica
//! goes on with its share of every limit, since nobody knows what the others do.

use std::sync::Arc;

use parking_lot::Mutex;

use super::{Admitted, Gauge, Limiter, NotAdmitted};
use crate::limits::Limits;
use crate::limits::counts::Rooms;
use crate::limits::meter::{Meter, Stop};
use crate::limits::permit::Permit;
use crate::peers::Share;

/// How often a request tries to have its day read: a day that ends meanwhile is read again.
const READS_MAX: usize = 3;

impl Limiter {
    pub(super) async fn admit_alone(
        &self,
        token: i64,
        limits: &Limits,
    ) -> Result<Admitted, NotAdmitted> {
        let gauge = self.gauge(token);
        let take = || {
            let at = self.clock.moment();
            let mut meter = gauge.meter.lock();
            let limits = self.share(&gauge, &mut meter, limits);
            meter.take(&limits, at).map(|standing| (standing, meter.day(), at))
        };
        let (standing, day, at) = self.with_its_day(token, &gauge, take).await?;
        let permit = Permit::new(gauge.clone(), self.clock.clone(), day);
        let Some(shared) = &self.shared else { return Ok(Admitted { permit, standing }) };
        // To be brought to the others when Redis is back.
        self.books.asked(token, &gauge, day, at);
        let slot = (limits.max_concurrency > 0).then(|| self.slots.keep(shared.ticket(token)));
        Ok(Admitted { permit: permit.booked(token, &self.books, slot), standing })
    }

    pub(super) async fn rooms_alone(
        &self,
        token: i64,
        limits: &Limits,
    ) -> Result<Rooms, NotAdmitted> {
        let gauge = self.gauge(token);
        let look = || {
            let mut meter = gauge.meter.lock();
            let limits = self.share(&gauge, &mut meter, limits);
            meter.rooms(&limits, self.clock.moment()).ok_or(Stop::Unread)
        };
        self.with_its_day(token, &gauge, look).await
    }

    /// What a meter says, after its day was read if it asks for that.
    async fn with_its_day<T>(
        &self,
        token: i64,
        gauge: &Arc<Gauge>,
        ask: impl Fn() -> Result<T, Stop>,
    ) -> Result<T, NotAdmitted> {
        for _ in 0..=READS_MAX {
            match ask() {
                Ok(said) => return Ok(said),
                Err(Stop::Refused(refused)) => return Err(NotAdmitted::Refused(refused)),
                Err(Stop::Unread) => self.read(token, gauge).await?,
            }
        }
        Err(NotAdmitted::Unavailable)
    }

    /// What this replica may let in of these limits: all of it without Redis. Of a day, its share
    /// of what was left when Redis went away.
    fn share(&self, gauge: &Gauge, meter: &mut Meter, limits: &Limits) -> Limits {
        let Some(shared) = &self.shared else { return *limits };
        let (share, turn) = (self.peers.share(), shared.turn());
        let Limits { rpm, tpm, max_concurrency, .. } = *limits;
        let (rpm, tpm) = (share.of(rpm), share.of(tpm));
        let max_concurrency = share.of(max_concurrency);
        let mut limits = Limits { rpm, tpm, max_concurrency, ..*limits };
        let at = self.clock.moment();
        if limits.is_daily() && meter.unread_day(at).is_none() {
            let mut since = gauge.alone_since.lock();
            let (_, begun) = since
                .filter(|(known, _)| *known == turn)
                .unwrap_or_else(|| *since.insert((turn, meter.used(at))));
            limits.daily_requests = rest(share, limits.daily_requests, begun.requests);
            limits.daily_tokens = rest(share, limits.daily_tokens, begun.tokens);
        }
        limits
    }

    /// Reads what was used of the day so far, once for all who wait for it.
    async fn read(&self, token: i64, gauge: &Arc<Gauge>) -> Result<(), NotAdmitted> {
        let (this, gauge) = (self.clone(), gauge.clone());
        // On a task of its own: a client that leaves must not abandon a statement half-way.
        let reading = actix_web::rt::spawn(async move {
            gauge.reading.once(this.read_alone(token, &gauge.meter)).await
        });
        if reading.await.unwrap_or(false) { Ok(()) } else { Err(NotAdmitted::Unavailable) }
    }

    async fn read_alone(&self, token: i64, meter: &Mutex<Meter>) -> bool {
        let Some(day) = meter.lock().unread_day(self.clock.moment()) else { return true };
        match self.used(token, day).await {
            Some(used) => meter.lock().read(day, used),
            // Both are away: what Redis said last must do.
            None if self.shared.is_some() => meter.lock().trust(),
            None => return false,
        }
        true
    }
}

/// What was used, and a share of what was left then.
fn rest(share: Share, limit: u64, used: u64) -> u64 {
    let left = limit.saturating_sub(used);
    limit.min(used.saturating_add(share.of(left)))
}
