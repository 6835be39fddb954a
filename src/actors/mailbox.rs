//! An address that stays good when its actor is started anew.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use actix::dev::ToEnvelope;
use actix::prelude::*;
use arc_swap::ArcSwap;

use super::guardian::{Cause, Watched};

/// How long a caller waits for an actor before it is told that the service is busy.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// No actor took the message, or none answered in time. Becomes a 503.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the service is busy or restarting")]
pub struct Unavailable;

type Factory<A> = Arc<dyn Fn() -> A + Send + Sync>;

/// How many messages an actor was asked and has not answered; clones look at the same mailbox.
#[derive(Clone)]
pub struct Depth {
    actor: &'static str,
    asked: Arc<AtomicUsize>,
}

impl Depth {
    /// The actor's name.
    pub fn actor(&self) -> &'static str {
        self.actor
    }

    /// How many they are now.
    pub fn now(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

/// A message that waits for its answer, until it has it or nobody waits any more.
struct Asked<'a>(&'a AtomicUsize);

impl<'a> Asked<'a> {
    fn one_more(asked: &'a AtomicUsize) -> Self {
        asked.fetch_add(1, Ordering::Relaxed);
        Self(asked)
    }
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Where an actor of this kind can be reached; clones share the place.
pub struct Mailbox<A: Actor<Context = Context<A>>> {
    name: &'static str,
    thread: ArbiterHandle,
    factory: Factory<A>,
    current: Arc<ArcSwap<Addr<A>>>,
    depth: Depth,
}

impl<A: Actor<Context = Context<A>>> Clone for Mailbox<A> {
    fn clone(&self) -> Self {
        Self {
            name: self.name,
            thread: self.thread.clone(),
            factory: self.factory.clone(),
            current: self.current.clone(),
            depth: self.depth.clone(),
        }
    }
}

impl<A: Actor<Context = Context<A>>> Mailbox<A> {
    /// Starts an actor on that thread and keeps the recipe for the next.
    pub fn start(
        name: &'static str,
        thread: ArbiterHandle,
        factory: impl Fn() -> A + Send + Sync + 'static,
    ) -> Self {
        let factory: Factory<A> = Arc::new(factory);
        let first = spawn(&thread, &factory);
        let current = Arc::new(ArcSwap::from_pointee(first));
        let depth = Depth { actor: name, asked: Arc::default() };
        Self { name, thread, factory, current, depth }
    }

    /// Sends a message and waits for the answer.
    pub async fn ask<M>(&self, message: M) -> Result<M::Result, Unavailable>
    where
        A: Handler<M>,
        A::Context: ToEnvelope<A, M>,
        M: Message + Send + 'static,
        M::Result: Send,
    {
        self.ask_for(message, ANSWER_TIMEOUT).await
    }

    /// Sends a message and waits so long for the answer.
    pub async fn ask_for<M>(&self, message: M, timeout: Duration) -> Result<M::Result, Unavailable>
    where
        A: Handler<M>,
        A::Context: ToEnvelope<A, M>,
        M: Message + Send + 'static,
        M::Result: Send,
    {
        let _asked = Asked::one_more(&self.depth.asked);
        let asking = self.current.load().send(message);
        asking.timeout(timeout).await.map_err(|_| Unavailable)
    }

    /// How full it is.
    pub fn depth(&self) -> Depth {
        self.depth.clone()
    }

    /// Sends a message that needs no answer. It is taken even when the mailbox is full.
    pub fn tell<M>(&self, message: M)
    where
        A: Handler<M>,
        A::Context: ToEnvelope<A, M>,
        M: Message + Send + 'static,
        M::Result: Send,
    {
        self.current.load().do_send(message);
    }
}

fn spawn<A: Actor<Context = Context<A>>>(thread: &ArbiterHandle, factory: &Factory<A>) -> Addr<A> {
    let factory = factory.clone();
    A::start_in_arbiter(thread, move |_| factory())
}

impl<A: Actor<Context = Context<A>>> Watched for Mailbox<A> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn revive(&mut self) -> Option<Cause> {
        if self.current.load().connected() {
            return None;
        }
        // A thread that no longer takes tasks takes no actor either.
        let cause = if self.thread.spawn(async {}) {
            Cause::Panicked
        } else {
            self.thread = Arbiter::new().handle();
            Cause::ThreadLost
        };
        self.current.store(Arc::new(spawn(&self.thread, &self.factory)));
        Some(cause)
    }
}
