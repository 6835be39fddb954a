//! Client tokens: found by hash, remembered for a while, so that the hot path asks no database.

use std::sync::Arc;
use std::time::{Duration, Instant};

use moka::sync::Cache;

use crate::clock::Millis;
use crate::db::{Database, DatabaseError};
use crate::models::client_token::ClientToken;
use crate::models::user;
use crate::vault::token_hash;

/// A remembered token is looked up again after this, when it is used: how long another process's
/// change may go unnoticed.
const FRESH: Duration = Duration::from_secs(10);

/// A wrong token is remembered only to take the edge off a client that repeats it.
const FRESH_WRONG: Duration = Duration::from_secs(2);

/// With the database away, what was known goes on being true for so long.
const STALE: Duration = Duration::from_secs(3600);

const REMEMBERED_MAX: u64 = 100_000;

/// Who is calling, as far as a request needs to know.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The token's row.
    pub token: i64,
    /// The only provider it may use, if it is bound to one.
    pub provider: Option<String>,
    enabled: bool,
    expires_at: Option<Millis>,
}

/// Why a token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenRefusal {
    /// There is no such token.
    Unknown,
    /// Its time is over.
    Expired,
    /// An administrator switched it off.
    Disabled,
    /// Nobody can be asked.
    Unavailable,
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
    known: Cache<[u8; 32], Remembered>,
}

impl Tokens {
    /// Tokens of that database.
    pub fn new(database: Database) -> Self {
        let known = Cache::builder().max_capacity(REMEMBERED_MAX).time_to_live(STALE).build();
        Self { database, known }
    }

    /// The caller with this token.
    pub async fn find(&self, token: &str, now: Millis) -> Result<Arc<Caller>, TokenRefusal> {
        let hash = token_hash(token);
        let caller = match self.known.get(&hash) {
            Some(known) if known.is_fresh() => known.caller,
            // Not asked for a while: what is known answers, and is looked up again beside it.
            Some(known) if known.caller.is_some() => {
                self.look_again(hash, &known);
                known.caller
            }
            _ => self.look_up(hash).await?,
        };
        let caller = caller.ok_or(TokenRefusal::Unknown)?;
        if !caller.enabled {
            return Err(TokenRefusal::Disabled);
        }
        if caller.expires_at.is_some_and(|at| at <= now) {
            return Err(TokenRefusal::Expired);
        }
        Ok(caller)
    }

    /// Forgets a token, or that there is none: it was just made, changed or deleted.
    pub fn forget(&self, hash: &str) {
        let bytes = hex::decode(hash).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.iter().for_each(|hash: &[u8; 32]| self.known.invalidate(hash));
    }

    /// Looks a known token up in the background, once for all who ask meanwhile. With the database
    /// away it stays as it was known.
    fn look_again(&self, hash: [u8; 32], known: &Remembered) {
        self.known.insert(hash, Remembered { at: Instant::now(), ..known.clone() });
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
        let caller = self.ask(&hex::encode(hash)).await?;
        self.known.insert(hash, Remembered { caller: caller.clone(), at: Instant::now() });
        Ok(caller)
    }

    async fn ask(&self, hash: &str) -> Result<Option<Arc<Caller>>, DatabaseError> {
        let mut conn = self.database.get().await?;
        let row = ClientToken::by_hash(&mut conn, hash).await?;
        let row = user::with_owner(&mut conn, row).await?;
        Ok(row.map(|row| {
            Arc::new(Caller {
                token: row.id,
                provider: row.provider,
                enabled: row.enabled,
                expires_at: row.expires_at.map(Millis::from),
            })
        }))
    }
}
