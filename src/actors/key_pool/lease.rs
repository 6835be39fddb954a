//! A key out on loan.

use std::sync::Arc;

use awc::http::header::HeaderValue;

use super::KeyPoolActor;
use super::messages::{FullElsewhere, Settle};
use crate::actors::mailbox::{Mailbox, Unavailable};
use crate::peers::Share;
use crate::pool::Loan;
use crate::pool::elsewhere::{Place, Whose};
use crate::pool::key::KeyId;
use crate::pool::refusal::Refusal;
use crate::pool::verdict::{Effect, Verdict};
use crate::provider::Provider;
use crate::slots::Slot;

/// Why there is no lease.
#[derive(Debug, Clone, Copy)]
pub enum LeaseError {
    /// The pool has no key to give.
    Refused(Refusal),
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
}

impl Lease {
    /// Which key.
    pub fn key(&self) -> KeyId {
        self.loan.key
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

    fn give_back(&mut self, verdict: Verdict) {
        // Most requests end well with a key in good standing. Not sending that spares waking the
        // pool's thread once a request.
        let no_news = verdict.effect == Effect::Success && self.loan.success_is_no_news;
        if !std::mem::replace(&mut self.settled, true) && !no_news {
            let (provider, model) = (self.provider.clone(), self.model.clone());
            self.mailbox.tell(Settle { provider, model, loan: self.loan, verdict });
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.give_back(Verdict::CLIENT_LEFT);
    }
}
