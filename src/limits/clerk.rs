//! Who brings to Redis what was used, and what was counted while it was away.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::MissedTickBehavior;

use super::day::Used;
use super::limiter::{Gauge, Limiter};
use super::meter::Moment;
use super::shared::{Forgot, Part, Shared};
use super::window::Window;

/// Between two looks whether Redis is back, and remembers.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What is written down at once.
const AT_ONCE: usize = 500;

/// What happened to a token's limits here.
enum Entry {
    /// A request was let in.
    Asked { token: i64, gauge: Arc<Gauge>, day: i64, at: Moment },
    /// One is over, and has used so many tokens.
    Used { token: i64, gauge: Arc<Gauge>, day: i64, at: Moment, tokens: u64 },
    /// Says when everything before it is in Redis, or waits until that is back.
    Flush(oneshot::Sender<()>),
}

/// Where it is written down; clones write in the same.
#[derive(Clone)]
pub struct Books {
    entries: mpsc::UnboundedSender<Entry>,
}

/// The entries of the books, for the clerk.
pub struct Entries(mpsc::UnboundedReceiver<Entry>);

impl Books {
    pub(super) fn new() -> (Self, Entries) {
        let (entries, told) = mpsc::unbounded_channel();
        (Self { entries }, Entries(told))
    }

    /// A request was let in without Redis.
    pub(super) fn asked(&self, token: i64, gauge: &Arc<Gauge>, day: i64, at: Moment) {
        gauge.unsent.fetch_add(1, Ordering::AcqRel);
        let _ = self.entries.send(Entry::Asked { token, gauge: gauge.clone(), day, at });
    }

    /// A request is over, and has used so many tokens.
    pub(super) fn used(&self, token: i64, gauge: &Arc<Gauge>, day: i64, tokens: u64, at: Moment) {
        gauge.unsent.fetch_add(1, Ordering::AcqRel);
        let _ = self.entries.send(Entry::Used { token, gauge: gauge.clone(), day, at, tokens });
    }

    /// Resolves when Redis knows everything, or is away.
    pub async fn flush(&self) {
        let (done, is_done) = oneshot::channel();
        if self.entries.send(Entry::Flush(done)).is_ok() {
            let _ = is_done.await;
        }
    }
}

/// What Redis doesn't know yet of a token. A minute of it is bounded by its milliseconds.
struct Waiting {
    gauge: Arc<Gauge>,
    /// Entries that it is made of.
    count: usize,
    requests: Window,
    tokens: Window,
    day: (i64, Used),
}

/// Redis knows it, or will never need to.
impl Drop for Waiting {
    fn drop(&mut self) {
        self.gauge.unsent.fetch_sub(self.count, Ordering::AcqRel);
    }
}

impl Waiting {
    fn new(gauge: Arc<Gauge>) -> Self {
        let (requests, tokens) = (Window::default(), Window::default());
        Self { gauge, count: 0, requests, tokens, day: (0, Used::default()) }
    }

    fn of_day(&mut self, day: i64) -> &mut Used {
        if day > self.day.0 {
            self.day = (day, Used::default());
        }
        &mut self.day.1
    }

    fn part(&mut self, at: Moment) -> Part {
        self.requests.advance(at.tick);
        self.tokens.advance(at.tick);
        let (requests, tokens) = (self.requests.entries(), self.tokens.entries());
        Part { requests, tokens, day: self.day }
    }
}

/// Does it, for ever.
pub struct Clerk {
    limiter: Limiter,
    entries: Entries,
    waiting: HashMap<i64, Waiting>,
}

impl Clerk {
    pub(super) fn new(limiter: Limiter, entries: Entries) -> Self {
        Self { limiter, entries, waiting: HashMap::new() }
    }

    /// Writes down what happens, and brings it.
    pub async fn run(mut self) {
        let mut look = tokio::time::interval(LOOK_EVERY);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let turns = self.limiter.shared().and_then(Shared::turns);
        let mut turns = turns.unwrap_or_else(|| watch::Sender::new(0).subscribe());
        let mut entries = Vec::new();
        loop {
            tokio::select! {
                count = self.entries.0.recv_many(&mut entries, AT_ONCE) => {
                    if count == 0 {
                        return;
                    }
                    self.write_down(&mut entries).await;
                }
                Ok(()) = turns.changed() => self.look().await,
                _ = look.tick() => self.look().await,
            }
        }
    }

    async fn write_down(&mut self, entries: &mut Vec<Entry>) {
        let mut done = Vec::new();
        for entry in entries.drain(..) {
            match entry {
                Entry::Asked { token, gauge, day, at } => {
                    let waiting = self.waiting(token, gauge);
                    waiting.requests.add(at.tick, 1);
                    waiting.of_day(day).requests += 1;
                }
                Entry::Used { token, gauge, day, at, tokens } => {
                    let waiting = self.waiting(token, gauge);
                    waiting.tokens.add(at.tick, tokens);
                    waiting.of_day(day).tokens += tokens;
                }
                Entry::Flush(sender) => done.push(sender),
            }
        }
        self.bring().await;
        for sender in done {
            let _ = sender.send(());
        }
    }

    fn waiting(&mut self, token: i64, gauge: Arc<Gauge>) -> &mut Waiting {
        let waiting = self.waiting.entry(token).or_insert_with(|| Waiting::new(gauge));
        waiting.count += 1;
        waiting
    }

    /// Brings everything that waits, while Redis takes it.
    async fn bring(&mut self) {
        let limiter = self.limiter.clone();
        let Some(shared) = limiter.shared() else { return self.waiting.clear() };
        let mut brought = Vec::new();
        for (token, waiting) in &mut self.waiting {
            if !shared.is_there() {
                break;
            }
            let at = limiter.now();
            match shared.add(*token, &waiting.part(at), at).await {
                Some(Ok(())) => brought.push(*token),
                Some(Err(forgot)) => {
                    self.agree(shared, forgot).await;
                    break;
                }
                None => break,
            }
        }
        for token in brought {
            self.waiting.remove(&token);
        }
    }

    /// Redis has another memory. The minute is in this process's meters, which go there now. What
    /// of the day was in the other memory is in the database, and read from there; before the
    /// first one there was none.
    async fn agree(&mut self, shared: &Shared, Forgot(epoch): Forgot) {
        let is_first = shared.knows_none();
        if self.limiter.agree(shared, epoch).await.is_none() {
            return;
        }
        if !is_first {
            return self.waiting.clear();
        }
        for waiting in self.waiting.values_mut() {
            (waiting.requests, waiting.tokens) = (Window::default(), Window::default());
        }
    }

    async fn look(&mut self) {
        let limiter = self.limiter.clone();
        let Some(shared) = limiter.shared() else { return };
        if let Some(Err(forgot)) = shared.is_known().await {
            self.agree(shared, forgot).await;
        }
        self.bring().await;
    }
}
