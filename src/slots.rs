//! Places at once that all replicas share: what may be under way of something, over all of them.
//!
//! A place in Redis has a name, a holder and an end. Its holder says every second that it is still
//! there; one that dies says nothing, and its places are free when they end. Without Redis, or
//! while it is away, nothing here is asked: whoever counts in memory counts alone.

mod keeper;
mod script;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use crate::cache::Cache;

pub use self::keeper::Keeper;

/// After this many milliseconds the places of a replica that died are free.
pub const TTL_MS: u64 = 10_000;

/// How long a place may take to be given back by another replica whose client has its whole answer
/// already, and asks this one.
const ON_ITS_WAY: Duration = Duration::from_millis(5);

/// How often one request waits for a place.
const WAITS_MAX: u32 = 2;

/// The places that are shared; clones share the numbers and the keeper.
#[derive(Clone)]
pub struct Slots {
    cache: Cache,
    /// This process.
    owner: Arc<str>,
    next: Arc<AtomicU64>,
    keeper: mpsc::UnboundedSender<keeper::Told>,
}

/// A place that is not held yet: its name, and who will hold it.
pub struct Ticket {
    name: Arc<str>,
    holder: String,
}

impl Ticket {
    /// Under which the places are in Redis, behind the prefix.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Which of them it is.
    pub fn holder(&self) -> &str {
        &self.holder
    }
}

/// A place, held until it is dropped.
pub struct Slot {
    ticket: Option<Ticket>,
    keeper: mpsc::UnboundedSender<keeper::Told>,
}

impl Drop for Slot {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            // Without a keeper the process is about to end, and the place with it.
            let _ = self.keeper.send(keeper::Told::Freed(ticket));
        }
    }
}

/// All places of a name are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Full;

impl Slots {
    /// The places in this cache's Redis, and who keeps those of this process, of this name.
    pub fn new(cache: Cache, owner: &str) -> (Self, Keeper) {
        let (keeper, told) = mpsc::unbounded_channel();
        let slots =
            Self { cache: cache.clone(), owner: owner.into(), next: Arc::default(), keeper };
        (slots, Keeper::new(cache, told))
    }

    /// This process, as it is named in Redis.
    pub fn owner(&self) -> &str {
        &self.owner
    }

    /// A number that this process gives once.
    pub fn number(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// Whether there is a Redis to ask for places.
    pub fn are_there(&self) -> bool {
        self.cache.is_there()
    }

    /// Takes one of `cap` places; `None` when there is no Redis to ask. What is refused costs
    /// nothing.
    ///
    /// Goes on by itself when nobody waits for it any more, and gives the place back then.
    pub async fn take(&self, name: &str, cap: u32) -> Option<Result<Slot, Full>> {
        if !self.are_there() {
            return None;
        }
        let (this, name) = (self.clone(), name.to_owned());
        let taking = actix_web::rt::spawn(async move {
            let ticket = this.ticket(name);
            let args = [ticket.holder(), &cap.to_string(), &TTL_MS.to_string()];
            let taken: bool = this.cache.run(script::TAKE, &[ticket.name()], &args).await?;
            Some(if taken { Ok(this.keep(ticket)) } else { Err(Full) })
        });
        taking.await.ok().flatten()
    }

    /// Waits for a place that may be on its way back, from here or from another replica: whoever
    /// got a whole answer asks again at once. `waits` is how often the request has done so; false
    /// when that was often enough.
    pub async fn wait(&self, waits: &mut u32) -> bool {
        if *waits == WAITS_MAX {
            return false;
        }
        // What was given back here needs no more than that.
        if *waits > 0 {
            tokio::time::sleep(ON_ITS_WAY).await;
        }
        self.flush().await;
        *waits += 1;
        true
    }

    /// A place for a script that takes it together with something else.
    pub fn ticket(&self, name: impl Into<Arc<str>>) -> Ticket {
        Ticket { name: name.into(), holder: format!("{}:{}", self.owner, self.number()) }
    }

    /// Holds a place from now on, which was taken; or which will be when Redis is back.
    pub fn keep(&self, ticket: Ticket) -> Slot {
        let (name, holder) = (ticket.name.clone(), ticket.holder.clone());
        let _ = self.keeper.send(keeper::Told::Held(Ticket { name, holder }));
        Slot { ticket: Some(ticket), keeper: self.keeper.clone() }
    }

    /// Resolves when all that was given back so far is free in Redis, if there is one.
    pub async fn flush(&self) {
        let (done, is_done) = oneshot::channel();
        if self.keeper.send(keeper::Told::Flush(done)).is_ok() {
            let _ = is_done.await;
        }
    }
}
