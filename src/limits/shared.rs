//! Counts that all replicas share, in Redis: what [`super::meter::Meter`] is for one process.
//!
//! Everything that decides is done there in one step. What a process has counted of the last
//! minute it also knows itself: when Redis comes back without its memory (another *epoch*), each
//! one brings its part, before it goes on.

mod answer;
mod script;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use tokio::sync::watch;

use super::day::Used;
use super::{Limits, Moment};
use crate::cache::Cache;
use crate::clock::Clock;
use crate::slots::{Slots, TTL_MS, Ticket};

pub use self::answer::{Answer, Counted};

/// How long Redis keeps its epoch when nobody comes, in milliseconds: a week. Whoever comes after
/// that has nothing to bring.
const EPOCH_MS: i64 = 7 * 86_400_000;

/// An epoch's name after the prefix.
const EPOCH: &str = "limits:epoch";

/// Moments brought in one step of Redis's, which everybody else waits for: about a millisecond.
const AT_ONCE: usize = 500;

/// The counts in Redis; clones share what they know of its epoch.
#[derive(Clone)]
pub struct Shared {
    cache: Cache,
    slots: Slots,
    clock: Clock,
    epoch: Arc<AtomicI64>,
    /// One at a time agrees with a new epoch.
    agreeing: Arc<tokio::sync::Mutex<()>>,
}

/// What one token used, to be brought to the others.
#[derive(Debug, Default)]
pub struct Part {
    /// When requests were let in, and how many, by [`Moment::tick`].
    pub requests: Vec<(i64, u64)>,
    /// When tokens were used, and how many.
    pub tokens: Vec<(i64, u64)>,
    /// Which day, and what of it.
    pub day: (i64, Used),
}

/// A request that was let in, or tokens that were used.
struct Event {
    tick: i64,
    /// Which one of this moment.
    number: u64,
    tokens: Option<u64>,
}

/// By which names events are brought.
#[derive(Clone, Copy)]
enum Names {
    /// New ones: nobody has brought these.
    New,
    /// The same each time: the last try may have brought some of them.
    Known,
}

impl Part {
    /// Whether there is nothing of the minute.
    pub fn is_empty(&self) -> bool {
        self.requests.is_empty() && self.tokens.is_empty()
    }

    /// Everything of the minute, requests first.
    fn events(&self) -> impl Iterator<Item = Event> {
        let requests = self.requests.iter().flat_map(|(tick, count)| {
            (0..*count).map(|number| Event { tick: *tick, number, tokens: None })
        });
        let tokens = self.tokens.iter();
        requests.chain(tokens.map(|(tick, count)| Event {
            tick: *tick,
            number: 0,
            tokens: Some(*count),
        }))
    }
}

/// Redis has another memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forgot(pub i64);

impl Shared {
    /// The counts in this cache's Redis, if it has one.
    pub fn new(cache: &Cache, slots: &Slots, clock: &Clock) -> Option<Self> {
        (cache.kind() == "redis").then(|| Self {
            cache: cache.clone(),
            slots: slots.clone(),
            clock: clock.clone(),
            epoch: Arc::default(),
            agreeing: Arc::default(),
        })
    }

    /// How often Redis went away or came back.
    pub fn turn(&self) -> u64 {
        self.cache.turn()
    }

    /// Whether it can be asked.
    pub fn is_there(&self) -> bool {
        self.cache.is_there()
    }

    /// Changes whenever it goes away or comes back.
    pub fn turns(&self) -> Option<watch::Receiver<u64>> {
        self.cache.turns()
    }

    /// Where the requests of a token under way have their places.
    pub fn ticket(&self, token: i64) -> Ticket {
        self.slots.ticket(format!("slots:token:{token}"))
    }

    /// Asks for a place, and takes it if there is one; without a ticket just looks. `None` without
    /// Redis.
    pub async fn ask(
        &self,
        token: i64,
        limits: &Limits,
        ticket: Option<&Ticket>,
    ) -> Option<Answer> {
        let places = format!("slots:token:{token}");
        let [hash, requests, tokens] = names(token);
        let Limits { rpm, tpm, daily_requests, daily_tokens, max_concurrency } = limits;
        let mut args = self.first_args(self.epoch.load(Ordering::Acquire));
        args.push(ticket.map(Ticket::holder).unwrap_or_default().to_owned());
        let numbers = [rpm, tpm, daily_requests, daily_tokens, max_concurrency, &TTL_MS];
        args.extend(numbers.map(u64::to_string));
        let names = [EPOCH, &hash, &requests, &tokens, &places];
        let numbers: Vec<i64> = self.cache.run(script::ASK, &names, &args).await?;
        Answer::read(&numbers)
    }

    /// Brings what was counted without Redis. `None` without Redis.
    pub async fn add(&self, token: i64, part: &Part, at: Moment) -> Option<Result<(), Forgot>> {
        self.add_to(self.epoch.load(Ordering::Acquire), token, part, Names::New, at).await
    }

    async fn add_to(
        &self,
        epoch: i64,
        token: i64,
        part: &Part,
        called: Names,
        at: Moment,
    ) -> Option<Result<(), Forgot>> {
        let [hash, requests, tokens] = names(token);
        let names = [EPOCH, &hash, &requests, &tokens];
        let mut args = self.day_args(epoch, part.day);
        let mut events = part.events();
        loop {
            let piece: Vec<Event> = events.by_ref().take(AT_ONCE).collect();
            args.extend(self.event_args(&piece, called, at));
            match *self.cache.run::<Vec<i64>>(script::ADD, &names, &args).await? {
                [0, _] if piece.len() < AT_ONCE => return Some(Ok(())),
                [0, _] => args = self.day_args(epoch, (part.day.0, Used::default())),
                [_, epoch] => return Some(Err(Forgot(epoch))),
                _ => return None,
            }
        }
    }

    fn day_args(&self, epoch: i64, (day, used): (i64, Used)) -> Vec<String> {
        let mut args = self.first_args(epoch);
        args.push(day.to_string());
        args.extend([used.requests, used.tokens].map(|number| number.to_string()));
        args
    }

    /// How many requests there are, then each moment's age and name.
    fn event_args(&self, piece: &[Event], called: Names, at: Moment) -> Vec<String> {
        let requests = piece.iter().filter(|event| event.tokens.is_none()).count();
        let mut args = vec![requests.to_string()];
        for Event { tick, number, tokens } in piece {
            let owner = self.slots.owner();
            let name = match called {
                Names::New => format!("{owner}:{}", self.slots.number()),
                Names::Known => format!("{owner}:at:{tick}:{number}"),
            };
            args.push((at.tick - tick).max(0).to_string());
            args.push(match tokens {
                Some(tokens) => format!("{name}:{tokens}"),
                None => name,
            });
        }
        args
    }

    /// Takes over what the database has of a day. Without Redis there is nothing to do.
    pub async fn read(&self, token: i64, day: i64, used: Used) {
        let [hash, ..] = names(token);
        let mut args = self.first_args(self.epoch.load(Ordering::Acquire));
        args.push(day.to_string());
        args.extend([used.requests, used.tokens].map(|number| number.to_string()));
        let _: Option<Vec<i64>> = self.cache.run(script::READ, &[EPOCH, &hash], &args).await;
    }

    /// Requests may have passed that were not counted.
    pub async fn doubt(&self, token: i64) {
        let [hash, ..] = names(token);
        let _: Option<i64> = self.cache.run(script::DOUBT, &[&hash], &[""; 0]).await;
    }

    /// Agrees with Redis's new memory: brings what is known here, each token's part, first. Only
    /// one at a time, and only if nobody has done so. `None` without Redis.
    pub async fn agree(
        &self,
        met: i64,
        parts: impl FnOnce() -> Vec<(i64, Part)>,
        at: Moment,
    ) -> Option<()> {
        let _turn = self.agreeing.lock().await;
        if met != 0 && met == self.epoch.load(Ordering::Acquire) {
            return Some(());
        }
        // Whole in Lua, which has 53 bits for that.
        let new = fastrand::i64(1..1 << 53);
        let args = [new, EPOCH_MS];
        let epoch: i64 = self.cache.run(script::EPOCH, &[EPOCH], &args).await?;
        // Of several who met none at once the first has brought everything.
        if epoch == self.epoch.load(Ordering::Acquire) {
            return Some(());
        }
        // Until all is there nobody here is let in: what they asked for has the older epoch.
        for (token, part) in parts() {
            self.add_to(epoch, token, &part, Names::Known, at).await?.ok()?;
        }
        self.epoch.store(epoch, Ordering::Release);
        Some(())
    }

    /// Whether no memory of Redis's was met yet.
    pub fn knows_none(&self) -> bool {
        self.epoch.load(Ordering::Acquire) == 0
    }

    /// Whether Redis has the memory that is known here; if not, which it has. Keeps it from ending.
    /// `None` without Redis.
    pub async fn is_known(&self) -> Option<Result<(), Forgot>> {
        let epoch: i64 = self.cache.run(script::LOOK, &[EPOCH], &[EPOCH_MS]).await?;
        let known = self.epoch.load(Ordering::Acquire);
        Some(if epoch == known && epoch != 0 { Ok(()) } else { Err(Forgot(epoch)) })
    }

    /// The first ones of most scripts.
    fn first_args(&self, epoch: i64) -> Vec<String> {
        vec![epoch.to_string(), self.clock.ahead_ms().to_string()]
    }
}

fn names(token: i64) -> [String; 3] {
    [format!("limit:{token}"), format!("limit:{token}:requests"), format!("limit:{token}:tokens")]
}
