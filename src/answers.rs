//! The response cache: a plain answer given once may be given again to the same client token that
//! asks the very same. Off unless an administrator switches it on.
//!
//! Only for requests whose answer is meant to repeat itself: no stream, and `temperature` 0 or a
//! `seed`, unless the settings say otherwise. What is kept is as secret as prompts are: it is kept apart
//! by client token, so that nobody learns what another has asked, and sealed, so that Redis learns
//! nothing.

mod canonical;
mod kept;
mod key;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use actix_web::http::header::{CACHE_CONTROL, HeaderMap};
use bytes::Bytes;
use wildmatch::WildMatch;

pub use self::kept::{Kept, headers};
use crate::cache::{Cache, Swept};
use crate::settings::Values;
use crate::upstream::headers::Passing;
use crate::upstream::plan::Target;
use crate::vault::Vault;

/// What names in the cache begin with.
const PREFIX: &str = "answer:";

/// Requests with longer bodies are not answered from memory, in bytes: they are rarely the same,
/// and telling costs as much as their length.
const BODY_MAX: usize = 256 << 10;

/// Up to so many bytes a body is hashed at once, in less time than another thread takes to wake.
const AT_ONCE_MAX: usize = 16 << 10;

/// A request that may be answered from memory.
pub struct Asked<'a> {
    /// Who would be asked.
    pub target: &'a Target,
    /// The client token's row.
    pub token: i64,
    /// The client's headers.
    pub headers: &'a HeaderMap,
    /// What of them goes upstream.
    pub passing: &'a Passing,
    /// The body's bytes.
    pub body: &'a Bytes,
}

/// Where an answer is to be kept, and for how long.
#[derive(Debug, Clone)]
pub struct Place {
    name: String,
    ttl: Duration,
}

/// What was found.
pub enum Looked {
    /// The cache has no part in this request.
    Bypass,
    /// Nothing, or nothing that the client wants: a good answer is to be kept here.
    Miss(Place),
    /// The answer.
    Hit(Kept),
}

#[derive(Debug, Default)]
struct Counters {
    hits: AtomicU64,
    misses: AtomicU64,
    stored: AtomicU64,
}

/// Counts since this process began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Requests answered from memory.
    pub hits: u64,
    /// Requests that could have been, and were not.
    pub misses: u64,
    /// Answers kept.
    pub stored: u64,
}

/// The response cache; clones share its counters.
#[derive(Clone)]
pub struct Answers {
    counters: Arc<Counters>,
    vault: Arc<Vault>,
}

impl Answers {
    /// Whose answers are sealed with these keys.
    pub fn new(vault: Arc<Vault>) -> Self {
        Self { counters: Arc::default(), vault }
    }

    /// Looks whether this was answered before. Ask only with the response cache switched on.
    pub async fn look(&self, cache: &Cache, settings: &Values, asked: &Asked<'_>) -> Looked {
        let wish = Wish::of(asked.headers);
        if wish == Wish::NoStore || asked.body.len() > BODY_MAX {
            return Looked::Bypass;
        }
        let body = hash(asked.body, settings.response_cache_any_temperature).await;
        let Some(body) = body else { return Looked::Bypass };
        let hash = key::of(asked, body);
        let Target { provider, model } = asked.target;
        let name = format!("{PREFIX}{hash}:{}:{}/{model}", asked.token, provider.id);
        if wish != Wish::NoCache
            && let Some(found) = cache.get(&name).await
            && let Some(opened) = self.vault.open_cached(&name, &found)
            && let Some(kept) = Kept::read(&Bytes::from(opened))
        {
            self.counters.hits.fetch_add(1, Ordering::Relaxed);
            return Looked::Hit(kept);
        }
        self.counters.misses.fetch_add(1, Ordering::Relaxed);
        let secs = u64::try_from(settings.response_cache_ttl_secs).unwrap_or(1);
        Looked::Miss(Place { name, ttl: Duration::from_secs(secs) })
    }

    /// Keeps a complete, good answer.
    pub async fn keep(&self, cache: &Cache, place: &Place, headers: Passing, body: &Bytes) {
        let Some(bytes) = Kept { headers, body: body.clone() }.write() else { return };
        let Ok(sealed) = self.vault.seal_cached(&place.name, &bytes) else { return };
        cache.set(&place.name, sealed.into(), place.ttl).await;
        self.counters.stored.fetch_add(1, Ordering::Relaxed);
    }

    /// What this process did so far.
    pub fn counts(&self) -> Counts {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let Counters { hits, misses, stored } = &*self.counters;
        Counts { hits: read(hits), misses: read(misses), stored: read(stored) }
    }

    /// How many answers are kept, and how many bytes they take.
    pub async fn size(&self, cache: &Cache) -> Swept {
        cache.sweep(PREFIX, |_| false).await
    }

    /// Forgets the answers whose `provider/model` is like this pattern, in which `*` stands for
    /// anything and `?` for any one character.
    pub async fn clear(&self, cache: &Cache, pattern: &str) -> Swept {
        let pattern = WildMatch::new(pattern);
        cache.sweep(PREFIX, |name| about(name).is_some_and(|about| pattern.matches(about))).await
    }
}

/// The hash of what a body means; on a thread that may take its time where that may be long.
async fn hash(body: &Bytes, any_temperature: bool) -> Option<[u8; 32]> {
    if body.len() <= AT_ONCE_MAX {
        return key::of_body(body, any_temperature);
    }
    let body = body.clone();
    let hashing = move || key::of_body(&body, any_temperature);
    actix_web::rt::task::spawn_blocking(hashing).await.ok().flatten()
}

/// The `provider/model` of a name; model names may have colons too.
fn about(name: &str) -> Option<&str> {
    name.strip_prefix(PREFIX)?.splitn(3, ':').nth(2)
}

/// What the client's `Cache-Control` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    Any,
    /// A new answer, which may be kept.
    NoCache,
    /// Nothing from memory, and nothing into it.
    NoStore,
}

impl Wish {
    fn of(headers: &HeaderMap) -> Self {
        let values = headers.get_all(CACHE_CONTROL).filter_map(|value| value.to_str().ok());
        let wish = |word: &str| match word.trim().to_ascii_lowercase().as_str() {
            "no-store" => Self::NoStore,
            "no-cache" | "max-age=0" => Self::NoCache,
            _ => Self::Any,
        };
        values.flat_map(|value| value.split(',')).map(wish).fold(Self::Any, |a, b| match (a, b) {
            (Self::NoStore, _) | (_, Self::NoStore) => Self::NoStore,
            (Self::NoCache, _) | (_, Self::NoCache) => Self::NoCache,
            _ => Self::Any,
        })
    }
}
