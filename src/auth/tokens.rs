//! Client tokens: found by hash, remembered for a while, so that the hot path asks no database.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use moka::sync::Cache;
use parking_lot::Mutex;

use super::caller::Caller;
use super::guesses::Guesses;
use super::refusal::TokenRefusal;
use crate::clock::Millis;
use crate::db::{Database, DatabaseError};
use crate::models::client_token::ClientToken;
use crate::models::user;
use crate::vault::token_hash;

/// A remembered token is looked up again after this, when it is used. Changes are told of much
/// earlier (`follow/tokens.rs`); this is for what was changed past the models.
const FRESH: Duration = Duration::from_secs(10);

/// A wrong token is remembered only to take the edge off a client that repeats it.
const FRESH_WRONG: Duration = Duration::from_secs(2);

/// With the database away, what was known goes on being true for so long.
const STALE: Duration = Duration::from_secs(3600);

const REMEMBERED_MAX: u64 = 100_000;

/// How often a look that a change overtook is taken again. The last one is good for its own
/// request and is not remembered.
const LOOKS_MAX: usize = 3;

/// Whether a text may be a client token: this version's and those of version 3 alike. Anything else
/// is wrong without a look.
pub fn is_possible(token: &str) -> bool {
    (8..=2048).contains(&token.len()) && token.bytes().all(|byte| byte.is_ascii_graphic())
}

#[derive(Clone)]
struct Remembered {
    caller: Option<Arc<Caller>>,
    at: Instant,
}

impl Remembered {
    fn is_fresh(&self) -> bool {
        let fresh = if self.caller.is_some() { FRESH } else { FRESH_WRONG };
        self.at.elapsed() < fresh
    }
}

/// The tokens of all clients; clones share what they remember.
#[derive(Clone)]
pub struct Tokens {
    database: Database,
    guesses: Guesses,
    known: Cache<[u8; 32], Remembered>,
    /// How many changes there were. A look that began before a change is not remembered after it:
    /// it would bring back for ten seconds what was just switched off. Held while `known` is
    /// written, and never on the way of a token that is fresh.
    changes: Arc<Mutex<u64>>,
}

impl Tokens {
    /// Tokens of that database.
    pub fn new(database: Database, guesses: Guesses) -> Self {
        let known = Cache::builder().max_capacity(REMEMBERED_MAX).time_to_live(STALE).build();
        Self { database, guesses, known, changes: Arc::default() }
    }

    /// The caller with this token. `from` is only asked when the token is not known.
    pub async fn find(
        &self,
        token: &str,
        now: Millis,
        from: impl Fn() -> Option<IpAddr>,
    ) -> Result<Arc<Caller>, TokenRefusal> {
        let hash = token_hash(token);
        let caller = match self.known.get(&hash) {
            Some(known) if known.is_fresh() => known.caller,
            // Not asked for a while: what is known answers, and is looked up again beside it. What
            // was changed meanwhile is not known any more.
            Some(known) if known.caller.is_some() => {
                self.look_again(hash, &known);
                known.caller
            }
            _ if !is_possible(token) => None,
            _ => {
                let _turn = self.guesses.turn(from()).await;
                self.look_up(hash).await?
            }
        };
        let Some(caller) = caller else { return Err(self.guesses.wrong(from()).await) };
        caller.check(now)?;
        Ok(caller)
    }

    /// The row of this token, whether or not it opens anything now, if it was looked up lately.
    pub fn id_of(&self, token: &str) -> Option<i64> {
        self.known.get(&token_hash(token))?.caller.map(|caller| caller.token)
    }

    /// Forgets a token, or that there is none: it was just made, changed or deleted, here or
    /// elsewhere.
    pub fn forget(&self, hash: &str) {
        let bytes = hex::decode(hash).ok().and_then(|bytes| bytes.try_into().ok());
        let mut changes = self.changes.lock();
        *changes += 1;
        bytes.iter().for_each(|hash: &[u8; 32]| self.known.invalidate(hash));
    }

    /// Forgets the token of this row, and the one before it.
    pub fn forget_row(&self, row: &ClientToken) {
        self.forget(&row.token_hash);
        if let Some(previous) = &row.previous_hash {
            self.forget(previous);
        }
    }

    /// Looks a known token up in the background, once for all who ask meanwhile. With the database
    /// away it stays as it was known.
    fn look_again(&self, hash: [u8; 32], known: &Remembered) {
        let changes = self.changes.lock();
        if self.known.contains_key(&hash) {
            self.known.insert(hash, Remembered { at: Instant::now(), ..known.clone() });
        }
        drop(changes);
        let this = self.clone();
        drop(actix_web::rt::spawn(async move { this.refresh(hash).await }));
    }

    async fn look_up(&self, hash: [u8; 32]) -> Result<Option<Arc<Caller>>, TokenRefusal> {
        let this = self.clone();
        // On a task of its own: a client that leaves must not abandon a statement half-way.
        let looking = actix_web::rt::spawn(async move { this.refresh(hash).await });
        match looking.await {
            Ok(Ok(caller)) => Ok(caller),
            Ok(Err(_)) | Err(_) => Err(TokenRefusal::Unavailable),
        }
    }

    async fn refresh(&self, hash: [u8; 32]) -> Result<Option<Arc<Caller>>, DatabaseError> {
        let text = hex::encode(hash);
        let mut caller = None;
        for _ in 0..LOOKS_MAX {
            let before = *self.changes.lock();
            caller = self.ask(&text).await?;
            let changes = self.changes.lock();
            if *changes == before {
                let at = Instant::now();
                self.known.insert(hash, Remembered { caller: caller.clone(), at });
                break;
            }
        }
        Ok(caller)
    }

    async fn ask(&self, hash: &str) -> Result<Option<Arc<Caller>>, DatabaseError> {
        let mut conn = self.database.get().await?;
        let row = ClientToken::by_hash(&mut conn, hash).await?;
        let row = user::with_owner(&mut conn, row).await?;
        let caller = row.map(|row| Caller::of(&row, hash).map(Arc::new)).transpose();
        // What can't be understood opens nothing, and is not taken for a wrong token either.
        caller.map_err(|error| {
            log::error!("{error}");
            diesel::result::Error::DeserializationError(error.into()).into()
        })
    }
}
