//! Reading from the database what other replicas have changed.

use std::collections::HashSet;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::app::App;
use crate::db::{Conn, DatabaseError};
use crate::follow;
use crate::models::key_state;
use crate::models::upstream_key::UpstreamKey;
use crate::pool::ON_ITS_WAY_MS;
use crate::pool::key::{KeyId, KeySpec};

/// Between two looks at everything, whatever was heard.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// Until a look is tried again.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Rows read and given to the pool at once.
const CHUNK: i64 = 200;

/// What is to be read; asked for from anywhere, any number of times.
#[derive(Default)]
pub struct Wanted {
    wants: Mutex<Wants>,
    news: Notify,
}

#[derive(Default)]
struct Wants {
    everything: bool,
    added: bool,
    settings: bool,
    values: HashSet<KeyId>,
}

impl Wanted {
    /// How every key stands.
    pub fn everything(&self) {
        self.add(Wants { everything: true, ..Wants::default() });
    }

    /// Keys that were added, settings, and new values of keys.
    pub fn these(&self, added: bool, settings: bool, values: &[KeyId]) {
        let values = values.iter().copied().collect();
        self.add(Wants { everything: false, added, settings, values });
    }

    fn add(&self, more: Wants) {
        let mut wants = self.wants.lock();
        wants.everything |= more.everything;
        wants.added |= more.added;
        wants.settings |= more.settings;
        wants.values.extend(more.values);
        drop(wants);
        self.news.notify_one();
    }
}

/// Reads what is wanted, and everything each minute, for ever.
pub async fn follow(app: &App, wanted: &Wanted) {
    let (mut next, mut told) = (Instant::now() + LOOK_EVERY, false);
    loop {
        tokio::select! {
            () = wanted.news.notified() => {}
            () = tokio::time::sleep_until(next) => {}
        }
        let mut wants = std::mem::take(&mut *wanted.wants.lock());
        wants.everything |= next <= Instant::now();
        let everything = wants.everything;
        match look(app, &wants).await {
            Ok(settled) => {
                told = false;
                if everything {
                    let soon = Duration::from_millis(ON_ITS_WAY_MS.unsigned_abs());
                    next = Instant::now() + if settled { LOOK_EVERY } else { soon };
                }
            }
            Err(error) => {
                if !std::mem::replace(&mut told, true) {
                    log::warn!("what other replicas have changed can't be read: {error}");
                }
                tokio::time::sleep(RETRY_AFTER).await;
                wanted.add(wants);
            }
        }
    }
}

/// False when a later look must read everything again.
async fn look(app: &App, wants: &Wants) -> Result<bool, DatabaseError> {
    let key_pool = &app.actors.key_pool;
    if wants.settings || wants.everything {
        follow::look(app).await?;
    }
    if wants.added || wants.everything {
        // Without an answer the next one finds them.
        let _ = key_pool.resync().await;
    }
    let mut conn = app.database.get().await?;
    let values: Vec<KeyId> = wants.values.iter().copied().collect();
    for ids in values.chunks(usize::try_from(CHUNK).unwrap_or(usize::MAX)) {
        let rows = UpstreamKey::by_ids(&mut conn, ids).await?;
        let _ = key_pool.revalue(stored(&mut conn, &rows).await?).await;
    }
    if !wants.everything {
        return Ok(true);
    }
    let (mut last, mut settled) = (0, true);
    loop {
        let rows = UpstreamKey::after(&mut conn, last, CHUNK).await?;
        let Some(end) = rows.last() else { return Ok(settled) };
        last = end.id;
        let stored = stored(&mut conn, &rows).await?;
        settled &= key_pool.agree(stored).await.unwrap_or(false);
    }
}

/// Rows as the pool wants them, by provider.
async fn stored(
    conn: &mut Conn<'_>,
    rows: &[UpstreamKey],
) -> Result<Vec<(String, KeySpec)>, DatabaseError> {
    let providers = rows.iter().map(|row| row.provider.clone());
    Ok(providers.zip(key_state::specs(conn, rows).await?).collect())
}
