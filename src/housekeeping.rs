//! Which of several processes over one database does what one does for all: checking keys, deleting
//! what is old.
//!
//! Whoever has the lease says so again three times before it ends. One that dies says nothing, so
//! another one takes over; one that stops gives it back. An embedded database has one process.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::sync::watch;
use uuid::Uuid;

use crate::app::App;
use crate::config::Config;
use crate::db::DatabaseError;
use crate::models::lease;

/// The lease's name.
const NAME: &str = "housekeeping";

/// Whether this process does it; clones share that.
#[derive(Debug, Clone)]
pub struct Housekeeping {
    owner: String,
    for_secs: i64,
    /// Nobody else could.
    alone: bool,
    until: Arc<Mutex<Option<Instant>>>,
}

impl Housekeeping {
    /// Not yet this process's, unless it is alone.
    pub fn new(config: &Config) -> Self {
        Self {
            owner: Uuid::now_v7().to_string(),
            for_secs: config.pool.housekeeping_lease_secs,
            alone: config.database.is_embedded(),
            until: Arc::default(),
        }
    }

    /// Whether this process does it now.
    pub fn is_mine(&self) -> bool {
        self.alone || self.until.lock().is_some_and(|until| Instant::now() < until)
    }

    fn span(&self) -> Duration {
        Duration::from_secs(self.for_secs.unsigned_abs())
    }

    async fn take(&self, app: &App) -> Result<bool, DatabaseError> {
        // Counted from before the question: it ends here no later than there.
        let end = Instant::now() + self.span();
        let now = app.clock.now();
        let until = now.plus_secs(self.for_secs).naive();
        let mut conn = app.database.get().await?;
        let mine = lease::take(&mut conn, NAME, &self.owner, now.naive(), until).await?;
        *self.until.lock() = mine.then_some(end);
        Ok(mine)
    }

    async fn give_back(&self, app: &App) -> Result<(), DatabaseError> {
        if self.until.lock().take().is_some() {
            let mut conn = app.database.get().await?;
            lease::release(&mut conn, NAME, &self.owner).await?;
        }
        Ok(())
    }
}

/// Takes the lease whenever it is free and keeps it, until the other end of `stop` is dropped.
pub async fn until_stopped(app: Arc<App>, mut stop: watch::Receiver<()>) {
    let lease = &app.housekeeping;
    if lease.alone {
        return;
    }
    let mut had = false;
    loop {
        // With the database away it ends by itself, and there is nothing to do.
        if let Ok(mine) = lease.take(&app).await
            && mine != std::mem::replace(&mut had, mine)
        {
            let who = if mine { "this process" } else { "another process" };
            log::info!("{who} checks keys and deletes what is old from now on");
        }
        tokio::select! {
            () = tokio::time::sleep(lease.span() / 3) => {}
            _ = stop.changed() => break,
        }
    }
    // Else another one takes over when it ends.
    let _ = lease.give_back(&app).await;
}
