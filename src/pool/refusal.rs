//! Why no key can be had now.

use super::reason::Reason;
use crate::clock::Millis;

/// The reason for having no key, and when to come back where that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The provider has no keys at all.
    Empty,
    /// Every key that could serve was tried in this request already.
    AllTried,
    /// No key is in rotation: disabled or expired.
    AllDisabled {
        /// When the first comes back by itself.
        until: Option<Millis>,
    },
    /// Keys are only waiting for their limits to pass.
    AllCooling {
        /// When the first is back.
        until: Millis,
    },
    /// Every key in rotation has as many requests under way as it may.
    AllBusy,
    /// No key's plan has this model.
    ModelBlocked {
        /// When it is tried again.
        until: Millis,
    },
    /// The circuit breaker of this model at the provider is open.
    BreakerOpen {
        /// When the next request may test it.
        until: Millis,
        /// The failure that opened it.
        reason: Reason,
    },
    /// Enough retries were made lately: more would only multiply an outage.
    RetryBudget,
    /// The upstream limits this model, whichever key asks.
    ModelCooling {
        /// When it is tried again.
        until: Millis,
    },
}
