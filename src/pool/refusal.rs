//! Why no key can be had now.

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
    /// The provider keeps failing with this model.
    ModelCooling {
        /// When it is tried again.
        until: Millis,
    },
}
