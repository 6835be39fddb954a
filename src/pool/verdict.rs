//! What an upstream's answer says about the key that was used, and about what else.

use serde::{Deserialize, Serialize};

use super::reason::Reason;
use crate::clock::Millis;

/// What a verdict is about: how much of the pool should be left alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scope {
    /// One key.
    Key,
    /// Every key of the account that this key belongs to.
    Account,
    /// This key with this model; the key is healthy for others.
    KeyModel,
    /// Every key of this key's account with this model: the plan doesn't include it.
    AccountModel,
    /// This model at this provider, whichever key asks.
    ProviderModel,
}

/// Until when something cools.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Until {
    /// The upstream, or its published rule, names the moment.
    At(Millis),
    /// Nobody says: the pool waits longer each time.
    Backoff,
}

/// What to do with the pool after one attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Effect {
    /// The key works: its failure counter starts anew.
    Success,
    /// Nothing was learned about the key: the request's own fault, or the client left.
    Neutral,
    /// Leave the scope alone for a while. Not counted as a failure of the key.
    Cool {
        /// What cools.
        scope: Scope,
        /// Until when.
        until: Until,
    },
    /// A failure of the key's own; enough of them in a row disable it.
    Strike,
    /// The key is refused for good: out until a probe or an administrator clears it.
    Reject,
    /// The provider failed with this model. Several in a row make the pool wait a little.
    Overloaded,
}

impl Effect {
    /// The name in the log of requests.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Neutral => "neutral",
            Self::Cool { .. } => "cool",
            Self::Strike => "strike",
            Self::Reject => "reject",
            Self::Overloaded => "overloaded",
        }
    }
}

/// The judgement over one attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// What happens to the pool.
    pub effect: Effect,
    /// Why.
    pub reason: Reason,
}

impl Verdict {
    /// The attempt went well.
    pub const SUCCESS: Self = Self { effect: Effect::Success, reason: Reason::Ok };
    /// The client went away before the end.
    pub const CLIENT_LEFT: Self = Self { effect: Effect::Neutral, reason: Reason::ClientLeft };

    /// A verdict with this effect and reason.
    pub const fn new(effect: Effect, reason: Reason) -> Self {
        Self { effect, reason }
    }

    /// Whether another key may do better: not when the request itself is at fault.
    pub fn is_worth_retrying(&self) -> bool {
        !matches!(self.effect, Effect::Success | Effect::Neutral)
    }
}
