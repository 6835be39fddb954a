//! What the actor is told and asked.

use std::sync::Arc;

use actix::prelude::*;
use actix_web::http::header::HeaderValue;

use super::{KeyPoolActor, Lease, news};
use crate::actors::mailbox::Mailbox;
use crate::clock::Millis;
use crate::pool::change::Change;
use crate::pool::elsewhere::Whose;
use crate::pool::key::{KeyId, KeySpec};
use crate::pool::reason::Reason;
use crate::pool::refusal::Refusal;
use crate::pool::verdict::{Effect, Verdict};
use crate::pool::{Ask, Counts, Loan, Standing};
use crate::provider::Provider;

/// A refusal to lend, and how the keys stand.
#[derive(Debug, Clone)]
pub struct RefusedLease {
    /// The reason.
    pub refusal: Refusal,
    /// Keys by status and reason.
    pub standing: Standing,
}

impl From<Refusal> for RefusedLease {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, standing: Standing::default() }
    }
}

/// Asks for a key.
#[derive(Message)]
#[rtype(result = "Result<Lease, RefusedLease>")]
pub struct Borrow {
    pub provider: Arc<Provider>,
    pub model: Arc<str>,
    pub ask: Ask,
    /// Where the key goes back to.
    pub mailbox: Mailbox<KeyPoolActor>,
}

impl Handler<Borrow> for KeyPoolActor {
    type Result = Result<Lease, RefusedLease>;

    /// The lease is whole here already: an answer that nobody waits for any more drops it, and so
    /// gives the key back.
    fn handle(&mut self, ask: Borrow, _: &mut Self::Context) -> Self::Result {
        let Borrow { provider, model, ask, mailbox } = ask;
        let now = self.settings.clock.now();
        let loan = self.pool.borrow(&provider.id, &model, &ask, now).map_err(|refusal| {
            RefusedLease { refusal, standing: self.pool.standing(&provider.id, now) }
        })?;
        let authorization = self.authorizations.get(&loan.key).ok_or(Refusal::Empty)?.clone();
        let shared = self.settings.seats.are_shared();
        let places = if shared { self.pool.places(&provider.id, loan) } else { Vec::new() };
        let share = self.pool.rules().share;
        let (held, settled) = (Vec::new(), false);
        let watching = self.settings.watching.clone();
        Ok(Lease {
            mailbox,
            provider,
            model,
            loan,
            authorization,
            places,
            share,
            held,
            settled,
            watching,
            serving: None,
        })
    }
}

/// Gives a key back.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Settle {
    pub provider: Arc<Provider>,
    pub model: Arc<str>,
    pub loan: Loan,
    pub verdict: Verdict,
}

impl Handler<Settle> for KeyPoolActor {
    type Result = ();

    fn handle(&mut self, back: Settle, _: &mut Self::Context) {
        let now = self.settings.clock.now();
        self.pool.settle(&back.provider.id, &back.model, back.loan, back.verdict, now);
        self.look_out();
    }
}

/// Gives a key back whose places are all taken, by the whole account or by itself.
#[derive(Message)]
#[rtype(result = "()")]
pub struct FullElsewhere {
    pub provider: Arc<Provider>,
    pub loan: Loan,
    pub whose: Whose,
}

impl Handler<FullElsewhere> for KeyPoolActor {
    type Result = ();

    fn handle(&mut self, back: FullElsewhere, _: &mut Self::Context) {
        let now = self.settings.clock.now();
        self.pool.full(&back.provider.id, back.loan, &back.whose, now);
    }
}

/// Adds keys that are in the database now.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Added(pub Vec<(String, KeySpec, HeaderValue)>);

impl Handler<Added> for KeyPoolActor {
    type Result = ();

    fn handle(&mut self, Added(keys): Added, _: &mut Self::Context) {
        let now = self.settings.clock.now();
        news::added(&self.settings.events, keys.iter().map(|(_, spec, _)| spec.id));
        self.notes.added |= !keys.is_empty();
        let many = keys.len() > 1;
        for (provider, spec, authorization) in keys {
            self.pool.put(&provider, &spec, now);
            self.resync.seen(spec.id);
            self.authorizations.insert(spec.id, authorization);
        }
        if many {
            self.begin_anywhere();
        }
    }
}

/// Forgets keys that are gone from the database.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Removed(pub Vec<(String, KeyId)>);

impl Handler<Removed> for KeyPoolActor {
    type Result = ();

    fn handle(&mut self, Removed(keys): Removed, _: &mut Self::Context) {
        news::removed(&self.settings.events, keys.iter().map(|(_, key)| *key));
        for (provider, key) in keys {
            self.pool.remove(&provider, key);
            self.authorizations.remove(&key);
            self.resync.gone(key);
            if self.settings.replicas.are_possible() {
                self.notes.removed.push(key);
            }
        }
    }
}

/// An administrator's word on keys.
#[derive(Message)]
#[rtype(result = "usize")]
pub struct Switch {
    pub keys: Vec<(String, KeyId)>,
    /// `None` enables; `Some(None)` disables until enabled; `Some(Some(at))` disables until then.
    pub disabled: Option<Option<Millis>>,
}

impl Handler<Switch> for KeyPoolActor {
    type Result = usize;

    fn handle(&mut self, switch: Switch, _: &mut Self::Context) -> usize {
        let now = self.settings.clock.now();
        let one = |(provider, key): &(String, KeyId)| match switch.disabled {
            None => self.pool.enable(provider, *key, now),
            Some(until) => self.pool.disable(provider, *key, Reason::Manual, until, now),
        };
        switch.keys.iter().map(one).filter(|known| *known).count()
    }
}

/// Changes keys that are changed in the database; answers with how many the pool knows.
#[derive(Message)]
#[rtype(result = "usize")]
pub struct Changed {
    pub keys: Vec<(String, KeyId)>,
    pub change: Change,
}

impl Handler<Changed> for KeyPoolActor {
    type Result = usize;

    fn handle(&mut self, changed: Changed, _: &mut Self::Context) -> usize {
        let (now, change) = (self.settings.clock.now(), &changed.change);
        let one = |(provider, key): &(String, KeyId)| self.pool.change(provider, *key, change, now);
        changed.keys.iter().map(one).filter(|known| *known).count()
    }
}

/// Asks how many requests are under way with the keys of these accounts, by provider and name.
#[derive(Message)]
#[rtype(result = "Vec<u32>")]
pub struct InUse(pub Vec<(String, String)>);

impl Handler<InUse> for KeyPoolActor {
    type Result = MessageResult<InUse>;

    fn handle(&mut self, InUse(accounts): InUse, _: &mut Self::Context) -> Self::Result {
        let one = |(provider, account): &(String, String)| self.pool.in_use(provider, account);
        MessageResult(accounts.iter().map(one).collect())
    }
}

/// Who has a key probed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asker {
    /// An administrator, whose word on the outcome is awaited.
    Administrator,
    /// The pool itself, by the timer or since a request was refused: a refusal is believed only
    /// when another account is served.
    Pool,
}

/// What a probe of a key came to.
#[derive(Message, Debug, Clone)]
#[rtype(result = "()")]
pub struct Probed {
    /// Whose key.
    pub provider: Arc<Provider>,
    /// Which key.
    pub key: KeyId,
    /// Who asked.
    pub asker: Asker,
    /// What was found; `Overloaded` and `Neutral` say nothing about the key.
    pub verdict: Verdict,
}

impl Handler<Probed> for KeyPoolActor {
    type Result = ();

    fn handle(&mut self, probed: Probed, _: &mut Self::Context) {
        let now = self.settings.clock.now();
        let (provider, key, verdict) = (&probed.provider.id, probed.key, probed.verdict);
        match verdict.effect {
            Effect::Success => self.pool.recover(provider, key, now),
            Effect::Strike | Effect::Reject if verdict.reason == Reason::Unauthorized => {
                let strict = probed.asker == Asker::Pool;
                self.pool.refused(provider, key, verdict.reason, strict, now);
            }
            // A probe's own address may be forbidden where chats are not.
            Effect::Strike | Effect::Reject => {}
            Effect::Cool { .. } => {
                self.pool.learn(provider, key, verdict, now);
            }
            Effect::Neutral | Effect::Overloaded => {}
        }
        self.look_out();
    }
}

/// Writes changed states; true when everything is written.
#[derive(Message)]
#[rtype(result = "bool")]
pub struct Save;

impl Handler<Save> for KeyPoolActor {
    type Result = ResponseFuture<bool>;

    fn handle(&mut self, _: Save, ctx: &mut Self::Context) -> Self::Result {
        Box::pin(self.save(ctx))
    }
}

/// These could not be written.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Unsaved(pub Vec<KeyId>);

impl Handler<Unsaved> for KeyPoolActor {
    type Result = ();

    fn handle(&mut self, Unsaved(keys): Unsaved, _: &mut Self::Context) {
        self.pool.mark_changed(&keys);
    }
}

/// What `/health` and tests see of the actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyPoolState {
    /// The keys are in memory.
    pub loaded: bool,
    /// How the keys of one provider stand.
    pub counts: Counts,
}

/// Asks for the [`KeyPoolState`].
#[derive(Message)]
#[rtype(result = "KeyPoolState")]
pub struct Observe {
    pub provider: String,
}

impl Handler<Observe> for KeyPoolActor {
    type Result = MessageResult<Observe>;

    fn handle(&mut self, ask: Observe, _: &mut Self::Context) -> Self::Result {
        let counts = self.pool.counts(&ask.provider, self.settings.clock.now());
        MessageResult(KeyPoolState { loaded: self.loaded, counts })
    }
}

/// The settings have changed.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Obey;

impl Handler<Obey> for KeyPoolActor {
    type Result = ();

    fn handle(&mut self, _: Obey, _: &mut Self::Context) {
        self.pool.obey(self.settings.rules());
    }
}

/// Makes the actor panic, so that tests see it come back.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Crash;

impl Handler<Crash> for KeyPoolActor {
    type Result = ();

    #[expect(clippy::panic, reason = "that is what it is for")]
    fn handle(&mut self, _: Crash, _: &mut Self::Context) {
        panic!("asked to");
    }
}
