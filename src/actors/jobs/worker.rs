//! One job from its claim to its end.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::{check, import, result};
use crate::actors::Parts;
use crate::actors::key_pool::KeyPoolHandle;
use crate::db::DatabaseError;
use crate::jobs::{JobStatus, Live, Progress};
use crate::models::job::JobRow;
use crate::upstream::client::Client;

/// Between two heartbeats, which carry the progress.
pub const BEAT_EVERY: Duration = Duration::from_secs(1);

/// Between two tries while the database is away.
const RETRY_EVERY: Duration = Duration::from_secs(1);

/// What jobs need.
pub struct Desk {
    pub parts: Parts,
    pub key_pool: KeyPoolHandle,
    pub client: Client,
}

/// Who works at a job; clones are the same.
#[derive(Clone)]
pub struct Worker {
    pub desk: Rc<Desk>,
    pub live: Arc<Live>,
    /// The job, as its column has it.
    pub id: String,
    kind: String,
}

/// How work ended.
#[derive(Debug, Clone, Copy)]
pub enum Ended {
    /// The process ends or another one has the job: it goes on elsewhere.
    Left,
    /// There is nothing more to do.
    Over,
    /// It can't be done.
    Failed(&'static str),
}

impl Worker {
    pub fn new(desk: Rc<Desk>, live: Arc<Live>, kind: String) -> Self {
        let id = live.id.to_string();
        Self { desk, live, id, kind }
    }

    /// Works until the end, and writes it down.
    pub async fn work(self, row: JobRow) {
        if row.cancelling {
            self.live.cancel();
        }
        let progress = Progress::from_column(&row.progress);
        self.live.show(progress.counts);
        let worker = self.clone();
        // A task of its own, so that a panic in it becomes a failed job.
        let task = actix_web::rt::spawn(async move { worker.begin(progress).await });
        let ended = task.await.unwrap_or(Ended::Failed("the worker broke off"));
        match ended {
            Ended::Left => self.leave().await,
            Ended::Over if self.live.is_cancelled() => self.end(JobStatus::Cancelled, None).await,
            Ended::Over => self.end(JobStatus::Done, None).await,
            Ended::Failed(why) => {
                log::error!("job {} ({}) failed: {why}", self.id, self.kind);
                self.end(JobStatus::Failed, Some(why)).await;
            }
        }
        self.desk.parts.jobs.end(self.live.id);
    }

    async fn begin(self, progress: Progress) -> Ended {
        let parts = &self.desk.parts;
        let params = self.patiently(async || {
            Ok(JobRow::params(&mut parts.database.get().await?, &self.id).await?)
        });
        let Some(params) = params.await else { return Ended::Left };
        let unreadable = Ended::Failed("what was asked for can't be read");
        match self.kind.as_str() {
            check::KIND => match serde_json::from_str(&params) {
                Ok(params) => check::run(&self, params, progress).await,
                Err(_) => unreadable,
            },
            import::KIND => match serde_json::from_str(&params) {
                Ok(params) => import::run(&self, params, progress).await,
                Err(_) => unreadable,
            },
            _ => Ended::Failed("this version doesn't know this kind of job"),
        }
    }

    /// Does what needs the database, however long that is away; `None` when the job stops first.
    pub async fn patiently<T>(
        &self,
        work: impl AsyncFn() -> Result<T, DatabaseError>,
    ) -> Option<T> {
        let mut told = false;
        loop {
            if self.live.is_stopped() {
                return None;
            }
            match work().await {
                Ok(done) => return Some(done),
                Err(error) if !std::mem::replace(&mut told, true) => {
                    log::warn!("job {} waits for the database: {error}", self.id);
                }
                Err(_) => {}
            }
            tokio::select! {
                () = self.live.stopping() => return None,
                () = tokio::time::sleep(RETRY_EVERY) => {}
            }
        }
    }

    /// Says how far it is, and hears whether to stop. Whether it could be written.
    pub async fn beat(&self, progress: Progress) -> bool {
        self.tell(progress, JobStatus::Running);
        let parts = &self.desk.parts;
        let beating = async || -> Result<Option<bool>, DatabaseError> {
            let (text, now) = (progress.to_column(), parts.clock.now().naive());
            let mut conn = parts.database.get().await?;
            Ok(JobRow::beat(&mut conn, &self.id, &parts.jobs.owner, &text, now).await?)
        };
        let heard = beating().await;
        if let Err(error) = &heard {
            log::warn!("job {} can't write its progress: {error}", self.id);
        }
        heard.map(|heard| self.hear(heard)).is_ok()
    }

    /// What the row says: nothing, to stop, or that somebody else has the job.
    pub fn hear(&self, heard: Option<bool>) {
        match heard {
            Some(false) => {}
            Some(true) => self.live.cancel(),
            None => self.live.stop(),
        }
    }

    /// Shows the progress to those who ask and those who watch.
    pub fn tell(&self, progress: Progress, status: JobStatus) {
        self.live.show(progress.counts);
        self.desk.parts.events.publish("job", || {
            json!({
                "id": self.id, "kind": self.kind, "status": status, "progress": progress.counts,
            })
        });
    }

    /// Lets the next process go on at once. If it can't be told it waits for a stale heartbeat.
    async fn leave(&self) {
        let parts = &self.desk.parts;
        let Ok(mut conn) = parts.database.get().await else { return };
        let _ = JobRow::release(&mut conn, &self.id, &parts.jobs.owner).await;
    }

    /// Writes the result, in the transaction that makes sure that the job is still ours.
    async fn end(&self, status: JobStatus, error: Option<&'static str>) {
        let parts = &self.desk.parts;
        let ending = async || -> Result<Option<Progress>, DatabaseError> {
            let mut conn = parts.database.get().await?;
            let (owner, now) = (&parts.jobs.owner, parts.clock.now().naive());
            let written = conn
                .transaction(async |conn| {
                    let Some(row) = JobRow::find(conn, &self.id).await? else { return Ok(None) };
                    let ours = JobRow::beat(conn, &self.id, owner, &row.progress, now).await?;
                    if ours.is_none() {
                        return Ok(None);
                    }
                    let progress = Progress::from_column(&row.progress);
                    let result = result::of(conn, &self.kind, &self.id, progress.counts, error);
                    let result = result.await?.to_string();
                    JobRow::finish(conn, &self.id, owner, status.as_str(), &result, now).await?;
                    Ok::<_, diesel::result::Error>(Some(progress))
                })
                .await?;
            Ok(written)
        };
        if let Some(Some(progress)) = self.patiently(ending).await {
            self.tell(progress, status);
        }
    }
}
