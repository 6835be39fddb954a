//! Counting with all other replicas, in Redis. Each of these is `None` when it can't be asked.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::{Admitted, Gauge, Limiter, NotAdmitted};
use crate::limits::counts::{Counts, Rooms};
use crate::limits::permit::Permit;
use crate::limits::shared::{Answer, Counted, Part, Shared};
use crate::limits::{Limit, Limits, Moment};

/// How often one request asks: a day may have to be read, and Redis may have forgotten.
const ASKS_MAX: usize = 6;

impl Limiter {
    pub(super) async fn admit_together(
        &self,
        token: i64,
        limits: &Limits,
    ) -> Option<Result<Admitted, NotAdmitted>> {
        let shared = self.shared.as_ref().filter(|shared| shared.is_there())?.clone();
        let (this, limits) = (self.clone(), *limits);
        // On a task of its own: a client that leaves must not abandon a place that was taken.
        let asking = actix_web::rt::spawn(async move {
            let gauge = this.gauge(token);
            if gauge.unsent.load(Ordering::Acquire) > 0 {
                // Whoever has seen the end of an answer is asked for what it cost.
                this.books.flush().await;
            }
            this.ask_for_place(&shared, &gauge, token, &limits).await
        });
        asking.await.ok().flatten()
    }

    async fn ask_for_place(
        &self,
        shared: &Shared,
        gauge: &Arc<Gauge>,
        token: i64,
        limits: &Limits,
    ) -> Option<Result<Admitted, NotAdmitted>> {
        let mut waited = 0;
        for _ in 0..ASKS_MAX {
            let ticket = shared.ticket(token);
            let answer = shared.ask(token, limits, Some(&ticket)).await?;
            match self.heed(shared, gauge, token, answer).await? {
                Ok(Heeded::Room(Counted { counts, day, .. })) => {
                    gauge.meter.lock().note(day, counts.day, self.clock.moment());
                    let slot = (limits.max_concurrency > 0).then(|| self.slots.keep(ticket));
                    let permit = Permit::new(gauge.clone(), self.clock.clone(), day);
                    let permit = permit.booked(token, &self.books, slot);
                    return Some(Ok(Admitted { permit, standing: counts.standing(limits) }));
                }
                Ok(Heeded::Reached(counts)) => {
                    let refused = counts.refused(limits)?;
                    let waits = refused.limit == Limit::Concurrency;
                    if !waits || !self.slots.wait(&mut waited).await {
                        return Some(Err(NotAdmitted::Refused(refused)));
                    }
                }
                Ok(Heeded::Again) => {}
                Err(why) => return Some(Err(why)),
            }
        }
        None
    }

    pub(super) async fn rooms_together(
        &self,
        token: i64,
        limits: &Limits,
    ) -> Option<Result<Rooms, NotAdmitted>> {
        let shared = self.shared.as_ref().filter(|shared| shared.is_there())?;
        if limits.some().is_none() {
            return Some(Ok(Rooms::default()));
        }
        let gauge = self.gauge(token);
        for _ in 0..ASKS_MAX {
            let answer = shared.ask(token, limits, None).await?;
            match self.heed(shared, &gauge, token, answer).await? {
                Ok(Heeded::Room(Counted { counts, .. }) | Heeded::Reached(counts)) => {
                    return Some(Ok(counts.rooms(limits)));
                }
                Ok(Heeded::Again) => {}
                Err(why) => return Some(Err(why)),
            }
        }
        None
    }

    /// Does what an answer asks for before it is one.
    async fn heed(
        &self,
        shared: &Shared,
        gauge: &Arc<Gauge>,
        token: i64,
        answer: Answer,
    ) -> Option<Result<Heeded, NotAdmitted>> {
        let (counted, reached) = match answer {
            Answer::Room(counted) => (counted, false),
            Answer::Reached(counted) => (counted, true),
            Answer::Forgot(epoch) => {
                self.agree(shared, epoch).await?;
                return Some(Ok(Heeded::Again));
            }
            Answer::Unread(day) => {
                let (this, shared, gauge) = (self.clone(), shared.clone(), gauge.clone());
                let reading = actix_web::rt::spawn(async move {
                    this.read_for_all(&shared, &gauge, token, day).await
                });
                let is_read = reading.await.unwrap_or(false);
                return Some(is_read.then_some(Heeded::Again).ok_or(NotAdmitted::Unavailable));
            }
        };
        if counted.is_stale {
            let (this, shared, gauge) = (self.clone(), shared.clone(), gauge.clone());
            drop(actix_web::rt::spawn(async move {
                this.read_for_all(&shared, &gauge, token, counted.day).await
            }));
        }
        Some(Ok(if reached { Heeded::Reached(counted.counts) } else { Heeded::Room(counted) }))
    }

    /// Reads what was used of a day. What is under way here isn't in the database yet.
    async fn read_for_all(&self, shared: &Shared, gauge: &Gauge, token: i64, day: i64) -> bool {
        let read = async {
            let Some(used) = self.used(token, day).await else { return false };
            let open = gauge.meter.lock().open();
            shared.read(token, day, used.plus(open)).await;
            true
        };
        gauge.reading.once(read).await
    }

    /// Redis has another memory: brings what is known here of the last minute.
    pub(in crate::limits) async fn agree(&self, shared: &Shared, epoch: i64) -> Option<()> {
        let at = self.clock.moment();
        shared.agree(epoch, || self.parts(at), at).await
    }

    fn parts(&self, at: Moment) -> Vec<(i64, Part)> {
        let gauges = self.gauges.lock();
        let parts = gauges.by_token.iter().map(|(token, gauge)| {
            let [requests, tokens] = gauge.meter.lock().minute(at);
            (*token, Part { requests, tokens, ..Part::default() })
        });
        parts.filter(|(_, part)| !part.is_empty()).collect()
    }
}

/// What came of an answer.
enum Heeded {
    Room(Counted),
    Reached(Counts),
    /// To be asked again.
    Again,
}
