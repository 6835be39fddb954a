//! The RetentionActor: takes out what is old, much of it as the settings say, every night at 03:00
//! UTC and at the start, since the night before may have been missed.

use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;

use super::Parts;
use super::mailbox::{Mailbox, Unavailable};
use crate::audit;
use crate::clock::Millis;
use crate::db::DatabaseError;
use crate::models::retention::{
    CHUNK, Growing, log_beyond, old_batches, old_changes, old_of_accounts,
};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
const NIGHT_MS: i64 = 3 * HOUR_MS;

/// Between two looks at the clock.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Lines of the log that are kept at most, however young: about two gigabytes. Looked at hourly.
const LINES_MAX: i64 = 5_000_000;

/// Between two statements, so that others get their turn.
const BREATH: Duration = Duration::from_millis(20);

/// How long a message that asks for a round may wait for its end.
const ROUND_MAX: Duration = Duration::from_secs(60);

/// Deletes in small pieces.
pub struct RetentionActor {
    parts: Parts,
    /// The night that was last cleared up, by number.
    night: Option<i64>,
    /// The hour of the last round, by number.
    hour: Option<i64>,
    running: Arc<tokio::sync::Mutex<()>>,
}

impl RetentionActor {
    /// An actor that has done nothing yet.
    pub fn new(parts: Parts) -> Self {
        Self { parts, night: None, hour: None, running: Arc::default() }
    }

    fn is_due(&self, now: Millis) -> bool {
        self.hour != Some(now.0.div_euclid(HOUR_MS))
    }
}

/// The night that began last, by number.
fn night(now: Millis) -> i64 {
    (now.0 - NIGHT_MS).div_euclid(DAY_MS)
}

/// Deletes what is old, each night, and what there is too much of soon, each hour.
async fn clear_up(parts: &Parts, now: Millis, nightly: bool) -> Result<usize, DatabaseError> {
    let mut deleted = 0;
    let nights = if nightly { nightly_ends(parts, now) } else { Vec::new() };
    for (table, end) in nights {
        deleted += delete(parts, table, end).await?;
    }
    if nightly {
        deleted += shorten_audit(parts, now).await?;
    }
    let changes = Millis::from(old_changes(now.naive()));
    deleted += delete(parts, Growing::TokenChanges, changes).await?;
    deleted += shorten_log(parts).await?;
    if deleted > 0 {
        log::info!("{deleted} old rows were deleted");
    }
    Ok(deleted)
}

/// From where on each table is old.
fn nightly_ends(parts: &Parts, now: Millis) -> Vec<(Growing, Millis)> {
    let settings = parts.settings.now();
    let before = |days: i64| now.plus_ms(-days.saturating_mul(DAY_MS));
    let usage = before(settings.usage_retention_days);
    let accounts = old_of_accounts(now.naive()).map(|(table, end)| (table, Millis::from(end)));
    let mut ends = vec![
        (Growing::RequestLog, before(settings.request_log_retention_days)),
        (Growing::UsageHourly, usage),
        (Growing::LatencyHourly, usage),
        (Growing::RefusalsHourly, usage),
        (Growing::StatsBatches, Millis::from(old_batches(now.naive()))),
    ];
    ends.extend(accounts);
    ends
}

async fn shorten_log(parts: &Parts) -> Result<usize, DatabaseError> {
    let beyond = log_beyond(&mut parts.database.get().await?, LINES_MAX).await?;
    match beyond {
        Some(at) => delete(parts, Growing::RequestLog, at.into()).await,
        None => Ok(0),
    }
}

async fn shorten_audit(parts: &Parts, now: Millis) -> Result<usize, DatabaseError> {
    let days = i64::from(parts.config.database.audit_retention_days);
    let end = now.plus_ms(-days * DAY_MS).naive();
    let mut all = 0;
    if days == 0 {
        return Ok(0);
    }
    loop {
        let mut conn = parts.database.get().await?;
        let deleted = audit::prune(&mut conn, &parts.vault, end).await?;
        drop(conn);
        if deleted == 0 {
            return Ok(all);
        }
        all += deleted;
        tokio::time::sleep(BREATH).await;
    }
}

async fn delete(parts: &Parts, table: Growing, end: Millis) -> Result<usize, DatabaseError> {
    let mut all = 0;
    loop {
        // No turn among those who write many rows is needed: nobody else touches old rows.
        let mut conn = parts.database.get().await?;
        let deleted = table.delete_before(&mut conn, end.naive()).await?;
        drop(conn);
        all += deleted;
        if deleted < CHUNK {
            return Ok(all);
        }
        tokio::time::sleep(BREATH).await;
    }
}

impl Actor for RetentionActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.run_interval(LOOK_EVERY, |this, ctx| {
            let idle = this.running.try_lock().is_ok();
            let mine = this.parts.housekeeping.is_mine();
            if idle && mine && this.is_due(this.parts.clock.now()) {
                ctx.notify(RoundNow);
            }
        });
    }
}

/// Makes the round that is due; answers with how many rows it deleted, when it is done.
#[derive(Message)]
#[rtype(result = "usize")]
struct RoundNow;

impl Handler<RoundNow> for RetentionActor {
    type Result = ResponseActFuture<Self, usize>;

    fn handle(&mut self, _: RoundNow, _: &mut Self::Context) -> Self::Result {
        let now = self.parts.clock.now();
        let (due, tonight) = (self.is_due(now), night(now));
        let nightly = self.night != Some(tonight);
        self.hour = Some(now.0.div_euclid(HOUR_MS));
        let (parts, running) = (self.parts.clone(), self.running.clone());
        let clearing = async move {
            let _turn = running.lock().await;
            if due { clear_up(&parts, now, nightly).await } else { Ok(0) }
        };
        Box::pin(clearing.into_actor(self).map(move |deleted, this, _| match deleted {
            Ok(deleted) => {
                this.night = Some(tonight);
                deleted
            }
            // The next hour tries again.
            Err(error) => {
                log::warn!("old rows could not be deleted: {error}");
                0
            }
        }))
    }
}

/// How the rest of the program speaks with the actor.
#[derive(Clone)]
pub struct RetentionHandle(Mailbox<RetentionActor>);

impl RetentionHandle {
    /// A handle to that mailbox.
    pub fn new(mailbox: Mailbox<RetentionActor>) -> Self {
        Self(mailbox)
    }

    /// Makes the round that is due, after the one under way; answers with how many rows it
    /// deleted.
    pub async fn round(&self) -> Result<usize, Unavailable> {
        self.0.ask_for(RoundNow, ROUND_MAX).await
    }
}
