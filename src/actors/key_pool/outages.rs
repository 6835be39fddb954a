//! What requests tell of upstreams that fail or serve again, and what operators see of them.

use std::sync::Arc;

use actix::prelude::*;

use super::KeyPoolActor;
use crate::clock::Millis;
use crate::pool::{Failure, FirewallView, ModelView};
use crate::provider::Provider;

/// A good answer has begun.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Serving {
    pub provider: Arc<Provider>,
    pub model: Arc<str>,
}

impl Handler<Serving> for KeyPoolActor {
    type Result = ();

    fn handle(&mut self, serving: Serving, _: &mut Self::Context) {
        let now = self.settings.clock.now();
        self.pool.serving(&serving.provider.id, &serving.model, now);
        self.look_out();
    }
}

/// A request failed with every key it was given; answers with when a key can be had again.
#[derive(Message)]
#[rtype(result = "Option<Millis>")]
pub struct RequestFailed {
    pub provider: Arc<Provider>,
    pub model: Arc<str>,
    pub failure: Failure,
}

impl Handler<RequestFailed> for KeyPoolActor {
    type Result = Option<Millis>;

    fn handle(&mut self, failed: RequestFailed, _: &mut Self::Context) -> Option<Millis> {
        let RequestFailed { provider, model, failure } = failed;
        let now = self.settings.clock.now();
        let back = self.pool.failed(&provider.id, &model, &failure, now);
        self.look_out();
        back
    }
}

/// What operators see of upstreams that fail, by provider.
#[derive(Debug, Default)]
pub struct Outages {
    /// Models that failed lately, or are limited.
    pub models: Vec<(String, ModelView)>,
    /// The firewall of each provider.
    pub firewalls: Vec<(String, FirewallView)>,
}

/// Asks for the [`Outages`].
#[derive(Message)]
#[rtype(result = "Outages")]
pub struct LookAtOutages;

impl Handler<LookAtOutages> for KeyPoolActor {
    type Result = MessageResult<LookAtOutages>;

    fn handle(&mut self, _: LookAtOutages, _: &mut Self::Context) -> Self::Result {
        let now = self.settings.clock.now();
        let (models, firewalls) = (self.pool.models(now), self.pool.firewalls(now));
        MessageResult(Outages { models, firewalls })
    }
}

/// Closes the breakers of a provider, of one model or of all; answers with how many there were.
#[derive(Message)]
#[rtype(result = "usize")]
pub struct CloseBreakers {
    pub provider: String,
    pub model: Option<String>,
}

impl Handler<CloseBreakers> for KeyPoolActor {
    type Result = usize;

    fn handle(&mut self, close: CloseBreakers, _: &mut Self::Context) -> usize {
        let now = self.settings.clock.now();
        let closed = self.pool.close_breakers(&close.provider, close.model.as_deref(), now);
        self.look_out();
        self.tell();
        closed
    }
}
