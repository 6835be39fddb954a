//! The EventsActor: brings what happens to everyone who watches over a WebSocket.

mod seats;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix::prelude::*;
use futures_util::stream;
use serde_json::{Value, json};
use tokio::sync::broadcast::error::RecvError;

pub use self::seats::{End, TOPICS, Topics, Viewer};
use self::seats::{STATS, Seats};
use super::Parts;
use super::key_pool::KeyPoolHandle;
use super::mailbox::{Mailbox, Unavailable};
use crate::events::{Event, Events};
use crate::stats::{Counted, Ledger};

/// Between two events of `stats`, while somebody watches them.
const STATS_EVERY: Duration = Duration::from_secs(2);

/// What the actor is made of.
#[derive(Clone)]
pub struct EventsSettings {
    /// The program's parts.
    pub parts: Parts,
    /// Knows how keys stand.
    pub key_pool: KeyPoolHandle,
    /// Knows how requests go.
    pub ledger: Arc<Ledger>,
}

/// Holds a seat for each WebSocket, and fills their queues. It never waits for a reader: one whose
/// queue is full loses its seat. While nobody watches it listens to nothing, which keeps publishing
/// cheap.
pub struct EventsActor {
    settings: EventsSettings,
    seats: Seats,
    listening: Option<SpawnHandle>,
    /// The counters at the last event of `stats`.
    last: (Instant, Counted),
    looking: bool,
    closed: bool,
}

impl EventsActor {
    /// An actor with no seats taken.
    pub fn new(settings: EventsSettings) -> Self {
        let last = (Instant::now(), settings.ledger.counted());
        Self {
            settings,
            seats: Seats::default(),
            listening: None,
            last,
            looking: false,
            closed: false,
        }
    }

    fn fan_out(&mut self, kind: &str, data: &Value, ctx: &mut Context<Self>) {
        let at = self.settings.parts.clock.now().rfc3339();
        self.seats.send(kind, json!({"type": kind, "at": at, "data": data}).to_string());
        self.attend(ctx);
    }

    /// Listens while there is anybody to tell.
    fn attend(&mut self, ctx: &mut Context<Self>) {
        let events = &self.settings.parts.events;
        events.watch_requests(self.seats.want(crate::events::REQUEST));
        match (self.seats.is_empty(), self.listening) {
            (true, Some(listening)) => {
                ctx.cancel_future(listening);
                self.listening = None;
            }
            (false, None) => self.listening = Some(listen(events, ctx)),
            _ => {}
        }
    }

    /// Looks how things are, and tells those who want to know.
    fn look(&mut self, ctx: &mut Context<Self>) {
        self.seats.leave_empty();
        self.attend(ctx);
        if !self.seats.want(STATS) || std::mem::replace(&mut self.looking, true) {
            return;
        }
        let (parts, key_pool) = (self.settings.parts.clone(), self.settings.key_pool.clone());
        let counting = async move {
            let mut providers = BTreeMap::new();
            for provider in parts.providers.all() {
                let Ok(state) = key_pool.observe(&provider.id).await else { break };
                let counts = state.counts;
                let counts = json!({
                    "active": counts.active, "cooling": counts.cooling,
                    "disabled": counts.disabled, "expired": counts.expired,
                });
                providers.insert(provider.id.clone(), counts);
            }
            providers
        };
        ctx.spawn(counting.into_actor(self).map(|providers, this, ctx| {
            this.looking = false;
            let stats = this.stats(&providers);
            this.fan_out(STATS, &stats, ctx);
        }));
    }

    /// How requests went since the last time.
    fn stats(&mut self, providers: &BTreeMap<String, Value>) -> Value {
        let (now, counted) = (Instant::now(), self.settings.ledger.counted());
        let (then, before) = std::mem::replace(&mut self.last, (now, counted));
        // What nobody knows is in no total.
        let of_tokens = |counted: &Counted| counted.recorded.saturating_sub(counted.strangers);
        let requests = of_tokens(&counted).saturating_sub(of_tokens(&before));
        let success = counted.success.saturating_sub(before.success);
        let failure = counted.failure.saturating_sub(before.failure);
        let client_errors = counted.client_errors.saturating_sub(before.client_errors);
        let refused = |counted: &Counted| counted.refused.saturating_sub(counted.strangers);
        let refused = refused(&counted).saturating_sub(refused(&before));
        #[expect(clippy::cast_precision_loss, reason = "a rate needs few digits")]
        let per_sec = requests as f64 / (now - then).as_secs_f64().max(0.001);
        json!({
            "requests": requests,
            "success": success,
            "failure": failure,
            "client_errors": client_errors,
            "refused": refused,
            "requests_per_sec": (per_sec * 10.0).round() / 10.0,
            "in_flight": self.settings.ledger.under_way(),
            "total_requests": of_tokens(&counted),
            "log_lines_dropped": counted.lines_dropped,
            "watchers": self.seats.count(),
            "providers": providers,
        })
    }
}

/// Events come as they happen. Of those that came too fast it is told how many were missed.
fn listen(events: &Events, ctx: &mut Context<EventsActor>) -> SpawnHandle {
    ctx.add_stream(stream::unfold(events.watch(), |mut watching| async move {
        match watching.recv().await {
            Ok(event) => Some((Heard::Event(event), watching)),
            Err(RecvError::Lagged(missed)) => Some((Heard::Missed(missed), watching)),
            Err(RecvError::Closed) => None,
        }
    }))
}

enum Heard {
    Event(Arc<Event>),
    Missed(u64),
}

impl StreamHandler<Heard> for EventsActor {
    fn handle(&mut self, heard: Heard, ctx: &mut Self::Context) {
        match heard {
            Heard::Event(event) => self.fan_out(event.kind, &event.data, ctx),
            Heard::Missed(missed) => self.fan_out("missed", &json!({"events": missed}), ctx),
        }
    }

    /// The actor goes on.
    fn finished(&mut self, _: &mut Self::Context) {}
}

impl Actor for EventsActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        // One that died may have left it on.
        self.settings.parts.events.watch_requests(false);
        ctx.run_interval(STATS_EVERY, |this, ctx| this.look(ctx));
    }
}

/// Why nobody more can watch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoSeat {
    /// All are taken.
    Full,
    /// The program is being stopped.
    Stopping,
}

/// Takes a seat.
#[derive(Message)]
#[rtype(result = "Result<Viewer, NoSeat>")]
struct Watch(Topics);

impl Handler<Watch> for EventsActor {
    type Result = Result<Viewer, NoSeat>;

    fn handle(&mut self, Watch(topics): Watch, ctx: &mut Self::Context) -> Self::Result {
        if self.closed {
            return Err(NoSeat::Stopping);
        }
        let viewer = self.seats.take(topics).ok_or(NoSeat::Full)?;
        // Whoever has just come needn't wait for the first figures.
        self.look(ctx);
        Ok(viewer)
    }
}

/// Sends everyone home, and lets nobody in any more.
#[derive(Message)]
#[rtype(result = "()")]
struct Close;

impl Handler<Close> for EventsActor {
    type Result = ();

    fn handle(&mut self, _: Close, ctx: &mut Self::Context) {
        self.closed = true;
        self.seats.clear(End::Stopping);
        self.attend(ctx);
    }
}

/// Asks how many watch.
#[derive(Message)]
#[rtype(result = "usize")]
struct Count;

impl Handler<Count> for EventsActor {
    type Result = usize;

    fn handle(&mut self, _: Count, _: &mut Self::Context) -> Self::Result {
        self.seats.leave_empty();
        self.seats.count()
    }
}

/// Makes the actor panic, so that tests see it come back.
#[derive(Message)]
#[rtype(result = "()")]
struct Crash;

impl Handler<Crash> for EventsActor {
    type Result = ();

    #[expect(clippy::panic, reason = "that is what it is for")]
    fn handle(&mut self, _: Crash, _: &mut Self::Context) {
        panic!("asked to");
    }
}

/// How the rest of the program speaks with the actor.
#[derive(Clone)]
pub struct EventsHandle(Mailbox<EventsActor>);

impl EventsHandle {
    /// A handle to that mailbox.
    pub fn new(mailbox: Mailbox<EventsActor>) -> Self {
        Self(mailbox)
    }

    /// Takes a seat.
    pub async fn watch(&self, topics: Topics) -> Result<Result<Viewer, NoSeat>, Unavailable> {
        self.0.ask(Watch(topics)).await
    }

    /// Sends everyone home, and lets nobody in any more.
    pub async fn close(&self) {
        let _ = self.0.ask(Close).await;
    }

    /// How many watch.
    pub async fn count(&self) -> Result<usize, Unavailable> {
        self.0.ask(Count).await
    }

    /// Makes the actor panic. For tests.
    pub fn crash(&self) {
        self.0.tell(Crash);
    }
}
