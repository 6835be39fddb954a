//! A key out on loan.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::http::header::HeaderValue;

use super::KeyPoolActor;
use super::messages::{FullElsewhere, RefusedLease, Settle};
use super::outages::{RequestFailed, Serving};
use crate::actors::mailbox::{Mailbox, Unavailable};
use crate::clock::Millis;
use crate::peers::Share;
use crate::pool::breaker::Source;
use crate::pool::elsewhere::{Place, Whose};
use crate::pool::key::KeyId;
use crate::pool::verdict::{Effect, Verdict};
use crate::pool::{Failure, Loan};
use crate::provider::Provider;
use crate::slots::Slot;

/// Why there is no lease.
#[derive(Debug, Clone)]
pub enum LeaseError {
    /// The pool has no key to give.
    Refused(RefusedLease),
    /// The provider has moved, and nobody has confirmed its new place: no key is sent there.
    Moved,
    /// The pool itself can't be reached.
    Unavailable,
}

impl From<Unavailable> for LeaseError {
    fn from(_: Unavailable) -> Self {
        Self::Unavailable
    }
}

/// A key for one attempt. It goes back with a verdict, or, when dropped, as "the client left".
pub struct Lease {
    pub(super) mailbox: Mailbox<KeyPoolActor>,
    pub(super) provider: Arc<Provider>,
    pub(super) model: Arc<str>,
    pub(super) loan: Loan,
    pub(super) authorization: HeaderValue,
    /// What it takes a place of, over all replicas.
    pub(super) places: Vec<Place>,
    /// By which it was given.
    pub(super) share: Share,
    /// The places, once they are taken; free when it has gone back.
    pub(super) held: Vec<Slot>,
    pub(super) settled: bool,
    /// Something failed lately, so that a success is worth telling of.
    pub(super) watching: Arc<AtomicBool>,
    /// A good answer has begun, for this client token.
    pub(super) serving: Option<i64>,
}

impl Lease {
    /// Which key.
    pub fn key(&self) -> KeyId {
        self.loan.key
    }

    /// When it was taken.
    pub fn asked_at(&self) -> Millis {
        self.loan.asked_at
    }

    /// Whether it tests an upstream whose circuit breaker is open: one attempt, and no other.
    pub fn is_probe(&self) -> bool {
        self.loan.probe
    }

    /// Notes that a good answer has begun, and tells it where that is worth telling of.
    pub fn serving(&mut self, token: i64) {
        self.serving = Some(token);
        if self.loan.probe || self.watching.load(Ordering::Relaxed) {
            let (provider, model) = (self.provider.clone(), self.model.clone());
            self.mailbox.tell(Serving { provider, model });
        }
    }

    /// The header that carries it.
    pub fn authorization(&self) -> &HeaderValue {
        &self.authorization
    }

    /// The key itself, for taking it out of what an upstream says.
    pub fn secret(&self) -> &[u8] {
        let header = self.authorization.as_bytes();
        header.strip_prefix(b"Bearer ").unwrap_or(header)
    }

    /// Gives the key back.
    pub fn settle(mut self, verdict: Verdict) {
        self.give_back(verdict);
    }

    /// Gives the key back, since all places of this are taken elsewhere.
    pub(super) fn full(mut self, whose: Whose) {
        self.settled = true;
        let (provider, loan) = (self.provider.clone(), self.loan);
        self.mailbox.tell(FullElsewhere { provider, loan, whose });
    }

    /// An answer that had begun broke off: the request failed, and can't be tried again.
    fn broke_off(&self, token: i64, verdict: Verdict) {
        let (provider, model) = (self.provider.clone(), self.model.clone());
        let failure = Failure {
            source: Source { token, body: None },
            asked_at: self.loan.asked_at,
            attempts: vec![(self.loan.key, verdict)],
        };
        self.mailbox.tell(RequestFailed { provider, model, failure });
    }

    fn give_back(&mut self, verdict: Verdict) {
        // Most requests end well with a key in good standing. Not sending that spares waking the
        // pool's thread once a request.
        let no_news = verdict.effect == Effect::Success
            && self.loan.success_is_no_news
            && !self.watching.load(Ordering::Relaxed);
        if !std::mem::replace(&mut self.settled, true) && !no_news {
            let (provider, model) = (self.provider.clone(), self.model.clone());
            if let Some(token) = self.serving
                && verdict.effect == Effect::Overloaded
            {
                self.broke_off(token, verdict);
            }
            self.mailbox.tell(Settle { provider, model, loan: self.loan, verdict });
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.give_back(Verdict::CLIENT_LEFT);
    }
}
