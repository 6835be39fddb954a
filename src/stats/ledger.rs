//! Counters in memory, and their way into the database.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::lines;
use super::open::Open;
use super::{Outcome, Record, Spill};
use crate::clock::{Clock, Millis};
use crate::db::{Database, DatabaseError};
use crate::events::{Events, REQUEST};
use crate::metrics::Metrics;
use crate::models::usage::Batch;
use crate::settings::Settings;

/// Why counters are not in the database yet. They are kept and tried again.
#[derive(Debug, thiserror::Error)]
pub enum FlushError {
    /// The database took them not, or didn't say that it did.
    #[error("statistics could not be written")]
    Database(#[from] DatabaseError),
    /// What an earlier outage has left on the disk can't be read.
    #[error("statistics in DATA_DIR could not be read")]
    Disk(#[source] std::io::Error),
}

/// Counters since the last write.
///
/// Shared by handlers and the actor: counting is a few additions under a lock, cheaper than a
/// message, and what is counted outlives an actor that panics.
pub struct Ledger {
    open: Mutex<Open>,
    sending: tokio::sync::Mutex<Sending>,
    /// Since when there is something that was taken out of `open` and not written, the disk included.
    unwritten_since: Mutex<Option<Instant>>,
    written_at: AtomicI64,
    /// Requests that have begun and are not counted yet.
    under_way: AtomicU64,
    recorded: AtomicU64,
    success: AtomicU64,
    failure: AtomicU64,
    written: AtomicU64,
    lines_dropped: AtomicU64,
    settings: Settings,
    events: Events,
    metrics: Metrics,
}

/// On its way into the database.
struct Sending {
    /// The batch being written. Kept as it is until the database confirms it, since a lost
    /// connection may hide a commit that went through: its id makes the second try harmless.
    batch: Option<Batch>,
    /// Those that it would not take, on the disk.
    spill: Spill,
}

/// Requests since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counted {
    /// All that are over.
    pub recorded: u64,
    /// Of those, answered well.
    pub success: u64,
    /// Of those, answered with an error.
    pub failure: u64,
    /// Of all, written to the database.
    pub written: u64,
    /// Lines of the log that there was no room for.
    pub lines_dropped: u64,
}

/// What is counted and not written yet.
#[derive(Debug, Clone, Copy)]
pub struct Backlog {
    /// Rows that no batch has yet, by their table.
    pub rows: [(&'static str, usize); 5],
    /// How long the oldest of what is not written is counted, the batch under way included.
    pub age: Option<Duration>,
    /// When the database last took a batch; 0 for never.
    pub written_at: Millis,
}

impl Ledger {
    /// A ledger with nothing in it.
    pub fn new(settings: Settings, events: Events, metrics: Metrics, spill: Spill) -> Self {
        Self {
            open: Mutex::default(),
            sending: tokio::sync::Mutex::new(Sending { batch: None, spill }),
            unwritten_since: Mutex::default(),
            written_at: AtomicI64::new(0),
            under_way: AtomicU64::new(0),
            recorded: AtomicU64::new(0),
            success: AtomicU64::new(0),
            failure: AtomicU64::new(0),
            written: AtomicU64::new(0),
            lines_dropped: AtomicU64::new(0),
            settings,
            events,
            metrics,
        }
    }

    /// A request has begun, and will be counted.
    pub fn begin(&self) {
        self.under_way.fetch_add(1, Ordering::Relaxed);
    }

    /// Requests that have begun and are not counted yet.
    pub fn under_way(&self) -> u64 {
        self.under_way.load(Ordering::Acquire)
    }

    /// Counts a request that has begun before.
    pub fn add(&self, record: Record) {
        self.count(record);
        self.under_way.fetch_sub(1, Ordering::Release);
    }

    fn count(&self, record: Record) {
        self.recorded.fetch_add(1, Ordering::Relaxed);
        match record.outcome {
            Outcome::Success => self.success.fetch_add(1, Ordering::Relaxed),
            Outcome::Failure => self.failure.fetch_add(1, Ordering::Relaxed),
            Outcome::Cancelled => 0,
        };
        self.metrics.request(&record);
        let (logged, watched) = (self.settings.now().request_log, self.events.are_watched(REQUEST));
        let mut open = self.open.lock();
        open.add(&record);
        let live = (watched && open.live.admit(&record)).then(|| lines::live(&record));
        let dropped = logged && open.lines.keep(record);
        drop(open);
        if dropped {
            self.lines_dropped.fetch_add(1, Ordering::Relaxed);
        }
        if let Some(live) = live {
            self.events.publish(REQUEST, || live);
        }
    }

    /// How many there were since the start.
    pub fn counted(&self) -> Counted {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counted {
            recorded: read(&self.recorded),
            success: read(&self.success),
            failure: read(&self.failure),
            written: read(&self.written),
            lines_dropped: read(&self.lines_dropped),
        }
    }

    /// What waits to be written.
    pub fn backlog(&self) -> Backlog {
        let unwritten = *self.unwritten_since.lock();
        let open = self.open.lock();
        Backlog {
            rows: open.rows(),
            age: unwritten.or(open.since).map(|since| since.elapsed()),
            written_at: Millis(self.written_at.load(Ordering::Relaxed)),
        }
    }

    /// Writes everything counted so far, and what an outage has left on the disk. What fails stays
    /// for the next call: on the disk, or in memory where that takes nothing.
    pub async fn flush(&self, database: &Database, clock: &Clock) -> Result<(), FlushError> {
        let mut sending = self.sending.lock().await;
        let written = self.write(&mut sending, database, clock).await;
        if written.is_err() {
            let Sending { batch, spill } = &mut *sending;
            let kept = batch.take().or_else(|| self.next());
            *batch = kept.filter(|batch| spill.put(batch).is_err());
        }
        written
    }

    async fn write(
        &self,
        sending: &mut Sending,
        database: &Database,
        clock: &Clock,
    ) -> Result<(), FlushError> {
        let Sending { batch: sending, spill } = sending;
        // First what came first: the last one says when a key was used last.
        while let Some(batch) = spill.oldest().map_err(FlushError::Disk)? {
            apply(&batch, database, clock).await?;
            if spill.done(&batch).map_err(FlushError::Disk)? {
                self.written.fetch_add(batch.requests(), Ordering::Relaxed);
            }
        }
        loop {
            if sending.is_none() {
                *sending = self.next();
            }
            let Some(batch) = sending.as_ref() else { return Ok(()) };
            apply(batch, database, clock).await?;
            self.written.fetch_add(batch.requests(), Ordering::Relaxed);
            self.written_at.store(clock.now().0, Ordering::Relaxed);
            *self.unwritten_since.lock() = None;
            *sending = None;
        }
    }

    /// What was counted since the last one. The rows are made after the lock is open again.
    fn next(&self) -> Option<Batch> {
        let taken = self.open.lock().take()?;
        let mut since = self.unwritten_since.lock();
        *since = since.or(taken.since);
        drop(since);
        Some(taken.into_batch())
    }
}

async fn apply(batch: &Batch, database: &Database, clock: &Clock) -> Result<(), DatabaseError> {
    let mut conn = database.get().await?;
    Ok(batch.apply(&mut conn, clock.now().naive()).await?)
}
