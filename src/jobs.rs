//! Work in the background that outlives the process: what it is, and which of it runs here.
//!
//! A job is a row of `jobs`. Whoever works at it writes a heartbeat each second, together with how
//! far it is; one whose heartbeat stops is taken up by another process, or by the next one. The
//! work itself is done by the [`JobsActor`](crate::actors::jobs).

mod store;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use utoipa::ToSchema;
use uuid::Uuid;

pub use self::store::{store, too_many_jobs};

/// Lines of each list in a result; the counts say how many there are in all.
pub const LINES_SHOWN: usize = 1_000;

/// How far a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobStatus {
    /// Under way, or waiting for a worker.
    Running,
    /// Everything was done.
    Done,
    /// Stopped on request.
    Cancelled,
    /// It broke; the result says why.
    Failed,
}

impl JobStatus {
    /// The name in the column and in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
        }
    }

    /// Reads the column.
    pub fn from_column(text: &str) -> Self {
        let known = [Self::Running, Self::Done, Self::Cancelled];
        known.into_iter().find(|status| status.as_str() == text).unwrap_or(Self::Failed)
    }
}

/// What a job has counted. `done` is the sum of all that is neither `total` nor `added`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Counts {
    /// Keys or lines in all.
    #[schema(example = 10_000)]
    pub total: u64,
    /// Of these, so many are decided.
    #[schema(example = 2_500)]
    pub done: u64,
    /// Keys that the pool took in.
    #[schema(example = 2_300)]
    pub added: u64,
    /// Keys that the upstream takes.
    #[schema(example = 2_300)]
    pub valid: u64,
    /// Keys that it refuses, and lines without one.
    #[schema(example = 120)]
    pub invalid: u64,
    /// Neither: the upstream could not be asked.
    #[schema(example = 5)]
    pub unclear: u64,
    /// Keys that the pool has already.
    #[schema(example = 50)]
    pub existing: u64,
    /// Keys that stand twice in the file.
    #[schema(example = 20)]
    pub duplicates: u64,
    /// Lines with nothing to take.
    #[schema(example = 5)]
    pub skipped: u64,
}

impl Counts {
    /// Works out `done`.
    pub fn sum(mut self) -> Self {
        let parts = [self.valid, self.invalid, self.unclear];
        let more = [self.existing, self.duplicates, self.skipped];
        self.done = parts.iter().chain(&more).sum();
        self
    }
}

/// What the column `progress` holds: the counts, and after which key or item work goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Progress {
    /// What was counted.
    pub counts: Counts,
    /// Everything up to here is done; for jobs that walk over keys.
    pub cursor: i64,
}

impl Progress {
    /// Reads the column; what can't be read counts nothing.
    pub fn from_column(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }

    /// As the column has it.
    pub fn to_column(self) -> String {
        serde_json::to_string(&self).unwrap_or_default()
    }
}

/// A job that this process works at: its worker counts, anyone reads, anyone may stop it.
#[derive(Debug)]
pub struct Live {
    /// Which.
    pub id: Uuid,
    counts: Mutex<Option<Counts>>,
    cancelled: AtomicBool,
    stopped: AtomicBool,
    woken: Notify,
}

impl Live {
    fn new(id: Uuid) -> Self {
        let (cancelled, stopped) = (AtomicBool::new(false), AtomicBool::new(false));
        Self { id, counts: Mutex::new(None), cancelled, stopped, woken: Notify::new() }
    }

    /// What is counted; none before the worker knows.
    pub fn counts(&self) -> Option<Counts> {
        *self.counts.lock()
    }

    /// Shows these counts.
    pub fn show(&self, counts: Counts) {
        *self.counts.lock() = Some(counts);
    }

    /// Someone asked it to stop for good: what is under way is finished, nothing new begun.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Release);
        self.woken.notify_waiters();
    }

    /// The process ends, or another one has the job: it is left as it is, at once.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Release);
        self.woken.notify_waiters();
    }

    /// Whether [`Self::cancel`] was called.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Acquire)
    }

    /// Whether [`Self::stop`] was called.
    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire)
    }

    /// Whether nothing new should be begun.
    pub fn is_ending(&self) -> bool {
        self.is_cancelled() || self.is_stopped()
    }

    /// Resolves when it [stops](Self::stop).
    pub async fn stopping(&self) {
        self.woken_until(Self::is_stopped).await;
    }

    /// Resolves when it stops or is cancelled.
    pub async fn ending(&self) {
        self.woken_until(Self::is_ending).await;
    }

    async fn woken_until(&self, over: fn(&Self) -> bool) {
        loop {
            let woken = self.woken.notified();
            if over(self) {
                return;
            }
            woken.await;
        }
    }
}

/// The jobs that this process works at; clones share them.
#[derive(Debug, Clone)]
pub struct Jobs {
    /// The process, as the column `owner` names it.
    pub owner: Arc<str>,
    live: Arc<Mutex<HashMap<Uuid, Arc<Live>>>>,
    closed: Arc<AtomicBool>,
}

impl Default for Jobs {
    fn default() -> Self {
        let owner = Uuid::now_v7().to_string().into();
        Self { owner, live: Arc::default(), closed: Arc::default() }
    }
}

impl Jobs {
    /// Jobs at which one process works at once; more wait.
    pub const AT_ONCE: usize = 4;

    /// A place for this job; `None` when it has one, or none is free, or the process ends.
    pub fn begin(&self, id: Uuid) -> Option<Arc<Live>> {
        let mut live = self.live.lock();
        if self.is_closed() || live.len() >= Self::AT_ONCE || live.contains_key(&id) {
            return None;
        }
        let job = Arc::new(Live::new(id));
        live.insert(id, job.clone());
        Some(job)
    }

    /// Gives the place back.
    pub fn end(&self, id: Uuid) {
        self.live.lock().remove(&id);
    }

    /// The job of this id, if this process works at it.
    pub fn get(&self, id: Uuid) -> Option<Arc<Live>> {
        self.live.lock().get(&id).cloned()
    }

    /// Whether the process ends.
    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// The process ends: nothing new is begun, and what runs stops.
    pub fn close(&self) {
        let live = self.live.lock();
        self.closed.store(true, Ordering::Release);
        live.values().for_each(|job| job.stop());
    }

    /// Whether nothing runs.
    pub fn is_idle(&self) -> bool {
        self.live.lock().is_empty()
    }
}
