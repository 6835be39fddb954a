//! The admin token: compared in constant time, with an end to guessing.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use bytes::Bytes;
use subtle::ConstantTimeEq;

use super::admin_cookie;
use crate::cache::Cache;
use crate::vault::token_hash;

/// Wrong tokens are counted for so long.
const WINDOW: Duration = Duration::from_secs(60);

/// So many times the wrong tokens that are refused politely are no mistyping and no forgotten
/// script: from there not even the right one is looked at, so that guessing has an end. An address
/// that the right one came from is spared: whoever shares it must not shut its administrator out.
const GUESSER: u64 = 10;

/// How long an address is spared after the right token came from there.
const SPARED: Duration = Duration::from_secs(86_400);

/// How often that is noted at the most, and for how many addresses here.
const NOTED_EVERY: Duration = Duration::from_secs(600);
const NOTED_MAX: u64 = 1000;

/// Why the door stays shut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AdminRefusal {
    /// No token, or a wrong one.
    Wrong,
    /// Too many wrong ones from this address.
    TooMany {
        /// Come back after so many seconds.
        retry_after: u64,
    },
}

/// Lets administrators in.
#[derive(Clone)]
pub struct AdminDoor {
    token_hash: Arc<ArcSwap<[u8; 32]>>,
    metrics_hash: Option<[u8; 32]>,
    attempts_max: u64,
    cache: Cache,
    /// Addresses whose success was noted just now.
    noted: moka::sync::Cache<String, ()>,
}

impl AdminDoor {
    /// A door that opens to the token with this hash, and to the other one for the metrics.
    pub fn new(
        token_hash: [u8; 32],
        metrics_hash: Option<[u8; 32]>,
        attempts_max: u32,
        cache: Cache,
    ) -> Self {
        let token_hash = Arc::new(ArcSwap::from_pointee(token_hash));
        let noted = moka::sync::Cache::builder().max_capacity(NOTED_MAX);
        let noted = noted.time_to_live(NOTED_EVERY).build();
        Self { token_hash, metrics_hash, attempts_max: attempts_max.into(), cache, noted }
    }

    /// From now on opens to the token with this hash, and to no other.
    pub fn change(&self, token_hash: [u8; 32]) {
        self.token_hash.store(Arc::new(token_hash));
    }

    /// Whether the token with this hash is the one that the door opens to now.
    pub fn opens_to(&self, token_hash: &[u8; 32]) -> bool {
        self.token_hash.load().ct_eq(token_hash).into()
    }

    /// The id of the session that this cookie is of, if it was begun by the token that the door opens
    /// to now.
    pub fn session(&self, cookie: &str) -> Option<String> {
        admin_cookie::read(&self.token_hash.load(), cookie).map(str::to_owned)
    }

    /// Whether this token, from this address, may come in.
    pub async fn check(
        &self,
        token: Option<&str>,
        from: Option<IpAddr>,
    ) -> Result<(), AdminRefusal> {
        self.check_either(token, from, None).await
    }

    /// Whether this token, from this address, may see the metrics.
    pub async fn check_metrics(
        &self,
        token: Option<&str>,
        from: Option<IpAddr>,
    ) -> Result<(), AdminRefusal> {
        self.check_either(token, from, self.metrics_hash.as_ref()).await
    }

    /// By the admin token's hash, or this one.
    async fn check_either(
        &self,
        token: Option<&str>,
        from: Option<IpAddr>,
        other: Option<&[u8; 32]>,
    ) -> Result<(), AdminRefusal> {
        let name = format!("admin-attempts:{}", bucket(from));
        let too_many = AdminRefusal::TooMany { retry_after: WINDOW.as_secs() };
        let before = self.cache.hits(&name).await;
        let guesser = before >= self.attempts_max.saturating_mul(GUESSER);
        if guesser && !self.is_spared(from).await {
            return Err(too_many);
        }
        // Hashes have one length, so that not even the token's length can be measured. The right
        // one is let in whatever wrong ones somebody behind the same address tried.
        let right = self.token_hash.load();
        let opens = |token| {
            let hash = token_hash(token);
            let other = other.map_or(0.into(), |other| hash.ct_eq(other));
            bool::from(hash.ct_eq(&**right) | other)
        };
        if token.is_some_and(opens) {
            self.spare(from).await;
            return Ok(());
        }
        let attempts = match token {
            // Counted in one step, so that guesses side by side get no more answers than in a row.
            Some(_) => self.cache.hit(&name, WINDOW).await,
            None => before,
        };
        Err(if attempts > self.attempts_max { too_many } else { AdminRefusal::Wrong })
    }

    /// Notes that the right token came from this address.
    async fn spare(&self, from: Option<IpAddr>) {
        let name = spared(from);
        if self.noted.contains_key(&name) {
            return;
        }
        self.cache.set(&name, Bytes::from_static(b"1"), SPARED).await;
        self.noted.insert(name, ());
    }

    async fn is_spared(&self, from: Option<IpAddr>) -> bool {
        self.cache.get(&spared(from)).await.is_some()
    }
}

fn spared(from: Option<IpAddr>) -> String {
    format!("admin-known:{}", bucket(from))
}

/// Who counts as one caller: an IPv4 address, or an IPv6 /64, which is what one customer gets.
pub fn bucket(from: Option<IpAddr>) -> String {
    match from {
        Some(IpAddr::V6(v6)) => match v6.to_ipv4_mapped() {
            Some(v4) => v4.to_string(),
            None => {
                let [a, b, c, d, ..] = v6.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
            }
        },
        Some(IpAddr::V4(v4)) => v4.to_string(),
        None => "unknown".to_owned(),
    }
}
