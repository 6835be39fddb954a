//! Counters in memory, and their way into the database.

mod counting;
mod writing;

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use self::counting::Counting;
use self::writing::Writing;
use super::journal::{Journal, Line};
use super::lines;
use super::{Outcome, Record};
use crate::clock::Millis;
use crate::db::DatabaseError;
use crate::events::{Events, REQUEST};
use crate::metrics::Metrics;
use crate::pool::key::KeyId;
use crate::settings::Settings;

/// Why counters are not in the database yet. They are kept and tried again.
#[derive(Debug, thiserror::Error)]
pub enum FlushError {
    /// The database took them not, or didn't say that it did.
    #[error("statistics could not be written: {0}")]
    Database(#[from] DatabaseError),
    /// What is left over on the disk can't be read or taken out.
    #[error("statistics in DATA_DIR could not be read: {0}")]
    Disk(#[source] std::io::Error),
}

/// Counters since the last write.
///
/// Shared by handlers and the actor: counting is a few additions under a lock, cheaper than a
/// message, and what is counted outlives an actor that panics.
pub struct Ledger {
    counting: Mutex<Counting>,
    journal: Journal,
    writing: tokio::sync::Mutex<Writing>,
    /// Since when there is something that was taken out and not written, the disk included.
    unwritten_since: Mutex<Option<Instant>>,
    written_at: AtomicI64,
    /// Requests that have begun and are not counted yet.
    under_way: AtomicU64,
    begun: AtomicU64,
    recorded: AtomicU64,
    success: AtomicU64,
    failure: AtomicU64,
    client_errors: AtomicU64,
    refused: AtomicU64,
    strangers: AtomicU64,
    written: AtomicU64,
    lines_dropped: AtomicU64,
    settings: Settings,
    events: Events,
    metrics: Metrics,
}

/// Requests since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counted {
    /// All that are over.
    pub recorded: u64,
    /// Of those, answered well.
    pub success: u64,
    /// Of those, failed.
    pub failure: u64,
    /// Of those, at fault themselves.
    pub client_errors: u64,
    /// Of those, turned away.
    pub refused: u64,
    /// Of those, of callers that nobody knows.
    pub strangers: u64,
    /// Of all, written to the database.
    pub written: u64,
    /// Lines of the log that there was no room for.
    pub lines_dropped: u64,
}

/// What is counted and not written yet.
#[derive(Debug, Clone, Copy)]
pub struct Backlog {
    /// Rows that no batch has yet, by their table.
    pub rows: [(&'static str, usize); 6],
    /// How long the oldest of what is not written is counted, the batch under way included.
    pub age: Option<Duration>,
    /// When the database last took a batch; 0 for never.
    pub written_at: Millis,
}

impl Ledger {
    /// A ledger with nothing in it.
    pub fn new(settings: Settings, events: Events, metrics: Metrics, journal: Journal) -> Self {
        Self {
            counting: Mutex::new(Counting::new(journal.begin())),
            journal,
            writing: tokio::sync::Mutex::default(),
            unwritten_since: Mutex::default(),
            written_at: AtomicI64::new(0),
            under_way: AtomicU64::new(0),
            begun: AtomicU64::new(0),
            recorded: AtomicU64::new(0),
            success: AtomicU64::new(0),
            failure: AtomicU64::new(0),
            client_errors: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            strangers: AtomicU64::new(0),
            written: AtomicU64::new(0),
            lines_dropped: AtomicU64::new(0),
            settings,
            events,
            metrics,
        }
    }

    /// A request has begun, and will be counted. Returns its number.
    pub fn begin(&self) -> u64 {
        self.under_way.fetch_add(1, Ordering::Relaxed);
        self.begun.fetch_add(1, Ordering::Relaxed)
    }

    /// An attempt of the request with this number begins, with this key: from here on the request
    /// counts even if the process ends before it.
    pub fn attempt(&self, request: u64, record: &Record, key: KeyId) {
        let line = Line::Begun { request, record, key }.to_bytes();
        let noted = self.counting.lock().begin(request, line);
        if let Err(error) = noted {
            self.journal.failed(&error);
        }
    }

    /// Requests that have begun and are not counted yet.
    pub fn under_way(&self) -> u64 {
        self.under_way.load(Ordering::Acquire)
    }

    /// Counts the request with this number, which has begun before.
    pub fn add(&self, request: u64, record: Record) {
        self.count(request, record);
        self.under_way.fetch_sub(1, Ordering::Release);
    }

    fn count(&self, request: u64, record: Record) {
        self.recorded.fetch_add(1, Ordering::Relaxed);
        match record.outcome {
            Outcome::Success => self.success.fetch_add(1, Ordering::Relaxed),
            Outcome::Failure => self.failure.fetch_add(1, Ordering::Relaxed),
            Outcome::ClientError => self.client_errors.fetch_add(1, Ordering::Relaxed),
            Outcome::Refused => self.refused.fetch_add(1, Ordering::Relaxed),
            Outcome::Cancelled => 0,
        };
        let is_strangers = record.is_strangers();
        if is_strangers {
            self.strangers.fetch_add(1, Ordering::Relaxed);
        }
        self.metrics.request(&record);
        let (logged, watched) = (self.settings.now().request_log, self.events.are_watched(REQUEST));
        let is_kept = !is_strangers || self.journal.has_room_for_strangers();
        let line = is_kept.then(|| Line::Done { request, record: &record }.to_bytes());
        let mut counting = self.counting.lock();
        let kept = line.map_or(Ok(()), |line| counting.end(request, &line));
        let open = &mut counting.open;
        open.add(&record);
        let live = (watched && open.live.admit(&record)).then(|| lines::live(&record));
        let dropped = logged && open.lines.keep(record);
        let full = counting.is_full();
        drop(counting);
        if let Err(error) = kept {
            self.journal.failed(&error);
        }
        if full {
            self.turn_over();
        }
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
            client_errors: read(&self.client_errors),
            refused: read(&self.refused),
            strangers: read(&self.strangers),
            written: read(&self.written),
            lines_dropped: read(&self.lines_dropped),
        }
    }

    /// What waits to be written.
    pub fn backlog(&self) -> Backlog {
        let unwritten = *self.unwritten_since.lock();
        let open = &self.counting.lock().open;
        Backlog {
            rows: open.rows(),
            age: unwritten.or(open.since).map(|since| since.elapsed()),
            written_at: Millis(self.written_at.load(Ordering::Relaxed)),
        }
    }
}
