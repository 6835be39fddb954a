//! Several processes over one database and one Redis: what one of them learns of keys the others
//! know at once.
//!
//! A process publishes what has changed on one channel, `{REDIS_PREFIX}keys`, each message with a
//! number. Who misses one, or was not there, reads the database, as everyone does each minute: so a
//! lost message costs time and nothing else. No secret is ever published.

mod hearing;
mod line;
mod look;
pub mod roll_call;
mod wire;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::mpsc;
use uuid::Uuid;

use crate::app::App;
use crate::cache::RedisServer;
use crate::pool::ToldModel;
use crate::pool::key::KeyId;
use crate::pool::told::Told;

pub use self::line::Line;

/// News that may wait to be published. Beyond it they are dropped, and a number is left out.
const WAITING_MAX: usize = 256;

/// What the others must know.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct News {
    /// Keys that stand otherwise now, by provider.
    pub keys: Vec<(String, Told)>,
    /// Models that fail or are well again, by provider.
    pub models: Vec<(String, ToldModel)>,
    /// Keys were added: they are in the database.
    pub added: bool,
    /// Keys that were deleted.
    pub removed: Vec<KeyId>,
    /// Keys that have new values in the database.
    pub changed: Vec<KeyId>,
    /// Settings, providers, aliases or fallbacks are changed in the database.
    pub settings: bool,
}

impl News {
    /// Settings, providers, aliases or fallbacks are changed in the database.
    pub fn of_settings() -> Self {
        Self { settings: true, ..Self::default() }
    }

    /// Whether there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The way to the other replicas; clones share it. Without Redis there are none.
#[derive(Debug, Clone, Default)]
pub struct Replicas {
    outbox: Option<mpsc::Sender<News>>,
    dropped: Arc<AtomicBool>,
}

impl Replicas {
    /// The way to them, and the line that it leads to, if there is a Redis.
    pub fn open(redis: Option<RedisServer>, prefix: &str) -> (Self, Option<Line>) {
        let Some(redis) = redis else { return (Self::default(), None) };
        let (outbox, news) = mpsc::channel(WAITING_MAX);
        let dropped = Arc::<AtomicBool>::default();
        let line = Line::new(redis, format!("{prefix}keys"), Uuid::now_v7(), news, &dropped);
        (Self { outbox: Some(outbox), dropped }, Some(line))
    }

    /// Whether others may be there.
    pub fn are_possible(&self) -> bool {
        self.outbox.is_some()
    }

    /// Tells them, soon. Never waits.
    pub fn tell(&self, news: News) {
        if let Some(outbox) = &self.outbox
            && outbox.try_send(news).is_err()
        {
            self.dropped.store(true, Ordering::Relaxed);
        }
    }
}

/// Tells the others and listens to them, for ever.
pub async fn follow(app: Arc<App>, line: Option<Line>) {
    let Some(line) = line else { return };
    let wanted = look::Wanted::default();
    tokio::join!(line.follow(&app, &wanted), look::follow(&app, &wanted));
}
