//! An end to guessing client tokens, by address: each guess costs the database a look.

use std::net::IpAddr;
use std::time::Duration;

use super::admin::bucket;
use super::refusal::TokenRefusal;
use crate::cache::Cache;

/// Wrong tokens are counted for so long.
const WINDOW: Duration = Duration::from_secs(60);

/// Counts wrong tokens by address. Tokens that are in memory are never asked about here, so that
/// clients who are known are not locked out with a guesser beside them.
#[derive(Clone)]
pub struct Guesses {
    max: u64,
    cache: Cache,
}

impl Guesses {
    /// So many wrong tokens a minute are answered.
    pub fn new(max: u32, cache: Cache) -> Self {
        Self { max: max.into(), cache }
    }

    /// Refuses whoever has guessed too often.
    pub async fn check(&self, from: Option<IpAddr>) -> Result<(), TokenRefusal> {
        let guesses = self.cache.hits(&name(from)).await;
        if guesses >= self.max { Err(too_many()) } else { Ok(()) }
    }

    /// Counts a wrong token; returns what its bearer is told.
    pub async fn wrong(&self, from: Option<IpAddr>) -> TokenRefusal {
        // Counted in one step, so that guesses side by side get no more answers than in a row.
        let guesses = self.cache.hit(&name(from), WINDOW).await;
        if guesses > self.max { too_many() } else { TokenRefusal::Unknown }
    }
}

fn name(from: Option<IpAddr>) -> String {
    format!("client-attempts:{}", bucket(from))
}

fn too_many() -> TokenRefusal {
    TokenRefusal::TooMany { retry_after: WINDOW.as_secs() }
}
