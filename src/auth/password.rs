//! Passwords, by bcrypt on threads of their own.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha384};

use super::hashing::{Hashing, Lane, LaneState};
use crate::error::{ApiError, ErrorCode, invalid};

/// Characters of a password.
const LENGTH_MIN: usize = 8;
const LENGTH_MAX: usize = 128;

/// When it is worth another try where too many wait, in seconds.
const RETRY_AFTER: u64 = 2;

/// The salt of hashes that nobody keeps.
const NO_SALT: [u8; 16] = [0; 16];

/// A password that may be set. Has no `Debug`: nothing prints it.
pub struct Password(String);

impl Password {
    /// 422 for one that is too short or too long.
    pub fn parse(text: &str) -> Result<Self, ApiError> {
        if (LENGTH_MIN..=LENGTH_MAX).contains(&text.chars().count()) {
            return Ok(Self(text.to_owned()));
        }
        Err(invalid("password", "password: 8 to 128 characters"))
    }
}

/// Hashes passwords and compares them; clones share the threads, one for each processor.
#[derive(Clone)]
pub struct Passwords {
    cost: u32,
    /// The highest cost of any hash: what each wrong password costs, so that the time tells neither
    /// whether there is an account nor how old its hash is.
    cost_max: Arc<AtomicU32>,
    hashing: Arc<Hashing>,
}

impl Passwords {
    /// Hashes at this cost.
    pub fn new(cost: u32) -> std::io::Result<Self> {
        let processors = std::thread::available_parallelism().map_or(2, usize::from);
        let hashing = Arc::new(Hashing::start(processors)?);
        Ok(Self { cost, cost_max: Arc::new(AtomicU32::new(cost)), hashing })
    }

    /// How the queues for hashing stand.
    pub fn lanes(&self) -> Vec<LaneState> {
        self.hashing.lanes()
    }

    /// Makes a wrong password cost as much as one with a hash of this cost, if that is more.
    pub fn expect_cost(&self, cost: u32) {
        self.cost_max.fetch_max(cost, Ordering::Relaxed);
    }

    /// The hash under which a password is stored.
    pub async fn hash(&self, lane: &Lane, password: Password) -> Result<String, ApiError> {
        let cost = self.cost;
        self.work(lane, move || bcrypt::hash(folded(&password.0), cost).ok()).await
    }

    /// Whether the password is the one with this hash. A wrong one takes as long whatever the
    /// hash's cost, and without a hash, too.
    pub async fn is_right(
        &self,
        lane: &Lane,
        password: &str,
        hash: Option<&str>,
    ) -> Result<bool, ApiError> {
        let hash = hash.map(str::to_owned);
        let cost = hash.as_deref().and_then(cost_of);
        cost.into_iter().for_each(|cost| self.expect_cost(cost));
        let cost_max = self.cost_max.load(Ordering::Relaxed);
        let folded = folded(password);
        let compare = move || {
            let Some(hash) = hash else {
                spend(&folded, cost_max..cost_max + 1);
                return Some(false);
            };
            let right = bcrypt::verify(&folded, &hash).ok()?;
            if !right && let Some(cost) = cost {
                // The time doubles with each step: what is left to the highest cost is once more
                // each cost below it.
                spend(&folded, cost..cost_max);
            }
            Some(right)
        };
        self.work(lane, compare).await
    }

    /// Whether a hash was made at another cost than new ones are.
    pub fn is_outdated(&self, hash: &str) -> bool {
        cost_of(hash) != Some(self.cost)
    }

    async fn work<T: Send + 'static>(
        &self,
        lane: &Lane,
        work: impl FnOnce() -> Option<T> + Send + 'static,
    ) -> Result<T, ApiError> {
        let worked = self.hashing.run(lane, work).await.map_err(|_| {
            let words = "too many passwords are looked at now: try it again in a moment";
            ApiError::new(ErrorCode::Unavailable, words).retry_after(RETRY_AFTER)
        });
        worked?.flatten().ok_or_else(|| {
            ApiError::new(ErrorCode::Internal, "the password can't be hashed or compared")
        })
    }
}

/// The cost of a hash; none when it is no hash.
fn cost_of(hash: &str) -> Option<u32> {
    hash.parse().ok().map(|parts: bcrypt::HashParts| parts.get_cost())
}

/// Hashes once at each of these costs, for the time that it takes.
fn spend(folded: &str, costs: Range<u32>) {
    for cost in costs {
        let _ = std::hint::black_box(bcrypt::hash_with_salt(folded, cost, NO_SALT));
    }
}

/// What bcrypt gets of a password: 64 characters, since it looks at 72 bytes and ends at a zero.
/// The words before it keep a table of plain SHA-384 hashes from being tried here.
fn folded(password: &str) -> String {
    STANDARD.encode(Sha384::new().chain_update("pool password:").chain_update(password).finalize())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Lane, Password, Passwords, folded};

    fn passwords() -> Passwords {
        Passwords::new(4).expect("a hash")
    }

    #[test]
    fn a_length_is_counted_in_characters() {
        for (text, good) in [
            ("1234567".to_owned(), false),
            ("12345678".to_owned(), true),
            ("密码密码密码密码".to_owned(), true),
            ("x".repeat(128), true),
            ("x".repeat(129), false),
        ] {
            assert_eq!(Password::parse(&text).is_ok(), good, "{text}");
        }
    }

    #[actix_web::test]
    async fn nothing_is_cut_off() {
        let (long, longer) = ("x".repeat(100), "x".repeat(101));
        let zero = "before\0after!";
        let (passwords, lane) = (passwords(), Lane::Known);
        for (right, wrong) in [(long.as_str(), longer.as_str()), (zero, "before\0other!")] {
            let parsed = Password::parse(right).unwrap_or_else(|_| panic!("a password"));
            let hash = passwords.hash(&lane, parsed).await.expect("a hash");
            assert!(passwords.is_right(&lane, right, Some(&hash)).await.expect("compared"));
            assert!(!passwords.is_right(&lane, wrong, Some(&hash)).await.expect("compared"));
            assert!(!passwords.is_right(&lane, right, None).await.expect("compared"));
            assert!(!passwords.is_outdated(&hash));
            assert!(Passwords::new(5).expect("a hash").is_outdated(&hash));
        }
    }

    proptest! {
        #[test]
        fn what_bcrypt_gets_fits_it(password in ".{0,128}") {
            prop_assert_eq!(folded(&password).len(), 64);
        }
    }
}
