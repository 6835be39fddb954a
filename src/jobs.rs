//! Work in the background that someone may ask about.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use parking_lot::Mutex;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// Finished jobs kept to be asked about.
const KEPT: usize = 100;

/// How far a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobStatus {
    /// Under way.
    Running,
    /// Everything was done.
    Done,
    /// Stopped on request.
    Cancelled,
}

/// One job's progress; the worker counts, anyone reads.
#[derive(Debug)]
pub struct Job {
    /// Its name.
    pub id: Uuid,
    kind: &'static str,
    total: AtomicU64,
    done: AtomicU64,
    valid: AtomicU64,
    invalid: AtomicU64,
    unclear: AtomicU64,
    cancelled: AtomicBool,
    finished: AtomicBool,
}

/// A job as answers show it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[expect(missing_docs, reason = "named for what they count")]
pub struct JobView {
    pub id: Uuid,
    pub kind: &'static str,
    pub status: JobStatus,
    pub total: u64,
    pub done: u64,
    pub valid: u64,
    pub invalid: u64,
    /// Neither: the upstream could not be asked.
    pub unclear: u64,
}

/// What became of one item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checked {
    /// It is good.
    Valid,
    /// It is not.
    Invalid,
    /// It could not be found out.
    Unclear,
}

impl Job {
    /// Sets how much there is to do.
    pub fn expect(&self, total: usize) {
        self.total.store(u64::try_from(total).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Counts one item.
    pub fn count(&self, checked: Checked) {
        let counter = match checked {
            Checked::Valid => &self.valid,
            Checked::Invalid => &self.invalid,
            Checked::Unclear => &self.unclear,
        };
        counter.fetch_add(1, Ordering::Relaxed);
        self.done.fetch_add(1, Ordering::Relaxed);
    }

    /// Nothing more will be done.
    pub fn finish(&self) {
        self.finished.store(true, Ordering::Release);
    }

    /// Someone asked it to stop.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// As answers show it.
    pub fn view(&self) -> JobView {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let status = match (self.finished.load(Ordering::Acquire), self.is_cancelled()) {
            (false, _) => JobStatus::Running,
            (true, true) => JobStatus::Cancelled,
            (true, false) => JobStatus::Done,
        };
        JobView {
            id: self.id,
            kind: self.kind,
            status,
            total: read(&self.total),
            done: read(&self.done),
            valid: read(&self.valid),
            invalid: read(&self.invalid),
            unclear: read(&self.unclear),
        }
    }
}

/// All jobs of this process; clones share them.
#[derive(Debug, Clone, Default)]
pub struct Jobs(Arc<Mutex<BTreeMap<Uuid, Arc<Job>>>>);

impl Jobs {
    /// Registers a job that is about to begin.
    pub fn begin(&self, kind: &'static str) -> Arc<Job> {
        let job = Arc::new(Job {
            id: Uuid::now_v7(),
            kind,
            total: AtomicU64::new(0),
            done: AtomicU64::new(0),
            valid: AtomicU64::new(0),
            invalid: AtomicU64::new(0),
            unclear: AtomicU64::new(0),
            cancelled: AtomicBool::new(false),
            finished: AtomicBool::new(false),
        });
        let mut jobs = self.0.lock();
        jobs.insert(job.id, job.clone());
        // Ids sort by time, so the first finished one is the oldest.
        while jobs.len() > KEPT {
            let done = jobs.iter().find(|(_, job)| job.finished.load(Ordering::Acquire));
            let Some(id) = done.map(|(id, _)| *id) else { break };
            jobs.remove(&id);
        }
        job
    }

    /// The job of this id.
    pub fn get(&self, id: Uuid) -> Option<Arc<Job>> {
        self.0.lock().get(&id).cloned()
    }

    /// Asks a job to stop. `None` when there is none.
    pub fn cancel(&self, id: Uuid) -> Option<Arc<Job>> {
        let job = self.get(id)?;
        job.cancelled.store(true, Ordering::Relaxed);
        Some(job)
    }
}
