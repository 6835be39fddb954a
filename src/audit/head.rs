//! Telling the chain's head outside the database: in the program's log, and for its metrics.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::watch;

use super::seal::ChainKeys;
use crate::app::App;
use crate::db::DatabaseError;
use crate::models::audit::AuditHead;

/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Looks between two lines of the log: an hour.
const LOOKS_PER_LINE: u32 = 720;

/// The head as it was last seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Number of the last row.
    pub seq: i64,
    /// Its hash.
    pub hash: String,
    /// A process with the key has written it, and it has never gone back.
    pub is_authentic: bool,
}

/// The head as this process last saw it; clones share that.
#[derive(Debug, Clone, Default)]
pub struct LastHead {
    seen: Arc<Mutex<Option<Seen>>>,
    /// One look at a time, so that they come in the order of what they saw.
    turn: Arc<tokio::sync::Mutex<()>>,
}

impl LastHead {
    /// What was seen; `None` before the first look.
    pub fn get(&self) -> Option<Seen> {
        self.seen.lock().clone()
    }

    /// Takes over what is in the database now, and says in the log when the log went back.
    fn take(&self, now: Seen) -> Seen {
        let mut last = self.seen.lock();
        let back = last
            .as_ref()
            .filter(|last| now.seq < last.seq || (now.seq == last.seq && now.hash != last.hash));
        if let Some(last) = back {
            log::error!(
                "the audit log went back: its head was {}:{} and is {}:{} now",
                last.seq,
                last.hash,
                now.seq,
                now.hash
            );
        }
        // A log that went back once is not trusted again until a restart.
        let was = last.as_ref().is_none_or(|last| last.is_authentic) && back.is_none();
        let now = Seen { is_authentic: now.is_authentic && was, ..now };
        *last = Some(now.clone());
        now
    }
}

/// Looks at the head.
async fn look(app: &App) -> Result<Seen, DatabaseError> {
    let _turn = app.audit_head.turn.lock().await;
    let head = AuditHead::read(&mut app.database.get().await?).await?;
    let is_authentic = ChainKeys::of(&app.vault).is_authentic(&head);
    Ok(app.audit_head.take(Seen { seq: head.seq, hash: head.hash, is_authentic }))
}

/// Writes the head to the log.
pub async fn tell(app: &App) {
    match look(app).await {
        Ok(seen) => {
            if seen.seq > 0 {
                log::info!("audit log head {}:{}", seen.seq, seen.hash);
            }
            if !seen.is_authentic {
                log::error!(
                    "the audit log's end was not written by this service, or under another \
                     ENCRYPTION_KEY: `audit verify` says more"
                );
            }
        }
        Err(error) => log::warn!("the audit log's head can't be read: {error}"),
    }
}

/// Looks at the head again and again, and writes it to the log at the start and, by the process that
/// keeps house, each hour in which it grew, until the other end of `stop` is dropped.
pub async fn until_stopped(app: Arc<App>, mut stop: watch::Receiver<()>) {
    tell(&app).await;
    let mut told = app.audit_head.get();
    for looks in 1_u32.. {
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            _ = stop.changed() => return,
        }
        // With the database away the last look stays; its own metrics tell of that.
        let Ok(seen) = look(&app).await else { continue };
        let grew = told.as_ref().is_none_or(|told| told.seq != seen.seq);
        if looks.is_multiple_of(LOOKS_PER_LINE) && grew && app.housekeeping.is_mine() {
            log::info!("audit log head {}:{}", seen.seq, seen.hash);
            told = Some(seen);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{LastHead, Seen};

    #[test]
    fn a_head_that_goes_back_is_not_trusted_again() {
        let last = LastHead::default();
        let seen = |seq, hash: &str| Seen { seq, hash: hash.to_owned(), is_authentic: true };
        assert!(last.take(seen(3, "a")).is_authentic);
        assert!(last.take(seen(3, "a")).is_authentic);
        assert!(last.take(seen(5, "b")).is_authentic);
        assert!(!last.take(seen(4, "c")).is_authentic);
        assert!(!last.take(seen(9, "d")).is_authentic, "what is missing stays missing");
        let other = LastHead::default();
        assert!(other.take(seen(3, "a")).is_authentic);
        assert!(!other.take(seen(3, "b")).is_authentic, "another row in its place");
    }
}
