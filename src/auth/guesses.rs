//! An end to guessing client tokens, by address: each guess costs the database a look.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};

use super::admin::bucket;
use super::refusal::TokenRefusal;
use crate::cache::Cache;

/// Wrong tokens are counted for so long.
const WINDOW: Duration = Duration::from_secs(60);

/// Looks at the database under way at once for all addresses that guess. So many of its connections
/// are the most that guessing takes from others.
const LOOKS_MAX: usize = 2;

/// Counts wrong tokens by address. An address that has guessed too often is told so for each further
/// wrong token. A right one is let in from there, too: it only waits for its turn to be looked up
/// where it isn't in memory.
#[derive(Clone)]
pub struct Guesses {
    max: u64,
    cache: Cache,
    looks: Arc<Semaphore>,
}

impl Guesses {
    /// So many wrong tokens a minute are answered.
    pub fn new(max: u32, cache: Cache) -> Self {
        Self { max: max.into(), cache, looks: Arc::new(Semaphore::new(LOOKS_MAX)) }
    }

    /// Waits until this address may have a token looked up: at once, unless it has guessed too
    /// often. Its turn lasts until the permit is dropped.
    pub async fn turn(&self, from: Option<IpAddr>) -> Option<SemaphorePermit<'_>> {
        if self.cache.hits(&name(from)).await < self.max {
            return None;
        }
        // The semaphore is never closed.
        self.looks.acquire().await.ok()
    }

    /// Counts a wrong token; returns what its bearer is told.
    pub async fn wrong(&self, from: Option<IpAddr>) -> TokenRefusal {
        // Counted in one step, so that guesses side by side get no more answers than in a row.
        let guesses = self.cache.hit(&name(from), WINDOW).await;
        if guesses > self.max {
            return TokenRefusal::TooMany { retry_after: WINDOW.as_secs() };
        }
        TokenRefusal::Unknown
    }
}

fn name(from: Option<IpAddr>) -> String {
    format!("client-attempts:{}", bucket(from))
}
