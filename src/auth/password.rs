//! Passwords, by bcrypt on blocking threads.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha384};
use tokio::sync::Semaphore;

use crate::error::{ApiError, ErrorCode, invalid};

/// Characters of a password.
const LENGTH_MIN: usize = 8;
const LENGTH_MAX: usize = 128;

/// As many are hashed at once as there are processors, since each takes one whole; so many wait.
const WAITING_MAX: usize = 256;

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

/// Hashes passwords and compares them; clones share the processors.
#[derive(Clone)]
pub struct Passwords {
    cost: u32,
    /// What passwords are compared with where there is no account, so that it takes as long.
    nobody: Arc<str>,
    turns: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
}

impl Passwords {
    /// Hashes at this cost.
    pub fn new(cost: u32) -> Result<Self, bcrypt::BcryptError> {
        let processors = std::thread::available_parallelism().map_or(2, usize::from);
        Ok(Self {
            cost,
            nobody: bcrypt::hash(folded("nobody's"), cost)?.into(),
            turns: Arc::new(Semaphore::new(processors)),
            waiting: Arc::new(Semaphore::new(WAITING_MAX)),
        })
    }

    /// The hash under which a password is stored.
    pub async fn hash(&self, password: Password) -> Result<String, ApiError> {
        let cost = self.cost;
        self.work(move || bcrypt::hash(folded(&password.0), cost).ok()).await
    }

    /// Whether the password is the one with this hash. Without a hash it takes as long and is
    /// wrong.
    pub async fn is_right(&self, password: &str, hash: Option<&str>) -> Result<bool, ApiError> {
        let (folded, known) = (folded(password), hash.is_some());
        let hash = hash.map_or_else(|| self.nobody.to_string(), str::to_owned);
        let right = self.work(move || bcrypt::verify(folded, &hash).ok()).await;
        Ok(right? && known)
    }

    /// Whether a hash was made at another cost than new ones are.
    pub fn is_outdated(&self, hash: &str) -> bool {
        hash.parse().map_or(true, |parts: bcrypt::HashParts| parts.get_cost() != self.cost)
    }

    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Option<T> + Send + 'static,
    ) -> Result<T, ApiError> {
        let busy = || ApiError::new(ErrorCode::Unavailable, "too many sign in now").retry_after(2);
        let _place = self.waiting.try_acquire().map_err(|_| busy())?;
        let turn = self.turns.clone().acquire_owned().await.map_err(|_| busy())?;
        let working = actix_web::rt::task::spawn_blocking(move || {
            let _turn = turn;
            work()
        });
        working.await.ok().flatten().ok_or_else(|| {
            ApiError::new(ErrorCode::Internal, "the password can't be hashed or compared")
        })
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

    use super::{Password, Passwords, folded};

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
        let passwords = passwords();
        for (right, wrong) in [(long.as_str(), longer.as_str()), (zero, "before\0other!")] {
            let parsed = Password::parse(right).unwrap_or_else(|_| panic!("a password"));
            let hash = passwords.hash(parsed).await.expect("a hash");
            assert!(passwords.is_right(right, Some(&hash)).await.expect("compared"));
            assert!(!passwords.is_right(wrong, Some(&hash)).await.expect("compared"));
            assert!(!passwords.is_right(right, None).await.expect("compared"));
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
