//! The StatsActor: writes what was counted, in batches.

use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;

use super::Parts;
use super::mailbox::{Mailbox, Unavailable};
use crate::clock::Clock;
use crate::db::Database;
use crate::pool::key::KeyId;
use crate::stats::{Backlog, Counted, FlushError, Ledger, Record};

/// Writes the ledger on a timer and on request. A failed write is kept and tried again.
pub struct StatsActor {
    ledger: Arc<Ledger>,
    database: Database,
    clock: Clock,
    bulk_turn: Arc<tokio::sync::Mutex<()>>,
    every: Duration,
    failing: bool,
    writing: bool,
}

impl StatsActor {
    /// An actor over this ledger, which outlives it.
    pub fn new(ledger: Arc<Ledger>, parts: &Parts) -> Self {
        Self {
            ledger,
            database: parts.database.clone(),
            clock: parts.clock.clone(),
            bulk_turn: parts.bulk_turn.clone(),
            every: Duration::from_millis(parts.config.pool.stats_flush_interval_ms),
            failing: false,
            writing: false,
        }
    }

    fn flush(&self) -> impl Future<Output = Result<(), FlushError>> + use<> {
        let (ledger, database, clock) =
            (self.ledger.clone(), self.database.clone(), self.clock.clone());
        let bulk_turn = self.bulk_turn.clone();
        async move {
            let _turn = bulk_turn.lock().await;
            ledger.flush(&database, &clock).await
        }
    }

    /// One line when writing begins to fail and one when it works again, not one a second.
    fn note(&mut self, result: &Result<(), FlushError>) {
        match result {
            Err(error) if !self.failing => log::error!("{error}; they are kept and tried again"),
            Ok(()) if self.failing => log::info!("statistics are written again"),
            _ => {}
        }
        self.failing = result.is_err();
    }
}

impl Actor for StatsActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.run_interval(self.every, |this, ctx| {
            // While one write waits for the database, more would only pile up behind it.
            if std::mem::replace(&mut this.writing, true) {
                return;
            }
            let flushing = this.flush().into_actor(this);
            ctx.spawn(flushing.map(|result, this, _| {
                this.writing = false;
                this.note(&result);
            }));
        });
    }
}

/// Writes everything counted so far.
#[derive(Message)]
#[rtype(result = "Result<(), FlushError>")]
pub struct Flush;

impl Handler<Flush> for StatsActor {
    type Result = ResponseActFuture<Self, Result<(), FlushError>>;

    fn handle(&mut self, _: Flush, _: &mut Self::Context) -> Self::Result {
        Box::pin(self.flush().into_actor(self).map(|result, this, _| {
            this.note(&result);
            result
        }))
    }
}

/// What `/health` and tests see of the actor.
#[derive(Debug, Clone, Copy, serde::Serialize, utoipa::ToSchema)]
pub struct StatsState {
    /// Requests counted since the start.
    pub recorded: u64,
    /// Of those, written to the database.
    pub written: u64,
    /// Lines of the log that there was no room for.
    pub lines_dropped: u64,
    /// The last write failed.
    pub failing: bool,
}

/// Asks for the [`StatsState`].
#[derive(Message)]
#[rtype(result = "StatsState")]
pub struct Observe;

impl Handler<Observe> for StatsActor {
    type Result = MessageResult<Observe>;

    fn handle(&mut self, _: Observe, _: &mut Self::Context) -> Self::Result {
        let Counted { recorded, written, lines_dropped, .. } = self.ledger.counted();
        MessageResult(StatsState { recorded, written, lines_dropped, failing: self.failing })
    }
}

/// Makes the actor panic, so that tests see it come back.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Crash;

impl Handler<Crash> for StatsActor {
    type Result = ();

    #[expect(clippy::panic, reason = "that is what it is for")]
    fn handle(&mut self, _: Crash, _: &mut Self::Context) {
        panic!("asked to");
    }
}

/// Counts requests, and speaks with the actor.
#[derive(Clone)]
pub struct StatsHandle {
    mailbox: Mailbox<StatsActor>,
    ledger: Arc<Ledger>,
}

impl StatsHandle {
    /// A handle to that mailbox and its ledger.
    pub fn new(mailbox: Mailbox<StatsActor>, ledger: Arc<Ledger>) -> Self {
        Self { mailbox, ledger }
    }

    /// A request has begun, and will be recorded. Returns its number.
    pub fn begin(&self) -> u64 {
        self.ledger.begin()
    }

    /// An attempt of the request with this number begins, with this key: from here on the request
    /// counts even if the process ends before it.
    pub fn attempt(&self, request: u64, record: &Record, key: KeyId) {
        self.ledger.attempt(request, record, key);
    }

    /// Requests that have begun and are not recorded yet.
    pub fn under_way(&self) -> u64 {
        self.ledger.under_way()
    }

    /// Counts the request with this number, which has begun before. Never fails.
    pub fn record(&self, request: u64, record: Record) {
        self.ledger.add(request, record);
    }

    /// Counts a request that was refused before it began. Never fails.
    pub fn refused(&self, record: Record) {
        let request = self.ledger.begin();
        self.ledger.add(request, record);
    }

    /// Requests since the start.
    pub fn counted(&self) -> Counted {
        self.ledger.counted()
    }

    /// What waits to be written.
    pub fn backlog(&self) -> Backlog {
        self.ledger.backlog()
    }

    /// Writes everything counted so far.
    pub async fn flush(&self) -> Result<Result<(), FlushError>, Unavailable> {
        self.mailbox.ask(Flush).await
    }

    /// Nothing is counted any more.
    pub fn close(&self) {
        self.ledger.close();
    }

    /// How it stands.
    pub async fn observe(&self) -> Result<StatsState, Unavailable> {
        self.mailbox.ask(Observe).await
    }

    /// Makes the actor panic. For tests.
    pub fn crash(&self) {
        self.mailbox.tell(Crash);
    }
}
