//! Limits of signing in, and of the administrators' door.

use metrics::{Counter, Recorder};

use super::names::ACCOUNT_LIMITS;

/// A counter that may be spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Requests of a network.
    Requests,
    /// Passwords that are compared for all strangers together.
    Comparing,
    /// Passwords tried for an account by a network or a device.
    Passwords,
    /// Codes of the second factor tried for an account.
    SecondFactor,
    /// Tries at a code by mail.
    Codes,
    /// Codes mailed to one address.
    AddressMails,
    /// Codes mailed for a network.
    NetworkMails,
    /// Codes mailed for all strangers together.
    Mails,
    /// Admin tokens and metrics tokens tried from an address.
    AdminToken,
}

impl Limit {
    /// Every one.
    pub const ALL: [Self; 9] = [
        Self::Requests,
        Self::Comparing,
        Self::Passwords,
        Self::SecondFactor,
        Self::Codes,
        Self::AddressMails,
        Self::NetworkMails,
        Self::Mails,
        Self::AdminToken,
    ];

    /// Its counter.
    pub fn counter(self, recorder: &impl Recorder) -> Counter {
        ACCOUNT_LIMITS.counter(recorder, &[("limit", self.as_str())])
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Requests => "requests",
            Self::Comparing => "comparing",
            Self::Passwords => "passwords",
            Self::SecondFactor => "second_factor",
            Self::Codes => "codes",
            Self::AddressMails => "address_mails",
            Self::NetworkMails => "network_mails",
            Self::Mails => "mails",
            Self::AdminToken => "admin_token",
        }
    }
}
