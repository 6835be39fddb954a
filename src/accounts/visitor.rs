//! Who is at the door of an account, as far as that is known before a password or code was right.

use crate::auth::{Lane, Network};

/// Somebody who wants to sign in to an account, or asks for a code.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// The number of a device that has signed in to this account before, or of the session of
    /// somebody who is signed in to it.
    pub device: Option<String>,
    /// Where they are, from the narrowest network to the widest.
    pub networks: Vec<Network>,
}

impl Visitor {
    /// Somebody who is signed in by this session.
    pub fn signed_in(session: &str) -> Self {
        Self { device: Some(session.to_owned()), networks: Vec::new() }
    }

    /// Whether they have signed in to this account before.
    pub const fn is_known(&self) -> bool {
        self.device.is_some()
    }

    /// The name of the narrowest network.
    pub fn address(&self) -> &str {
        self.networks.first().map_or("unknown", |network| &network.name)
    }

    /// The name of the widest network: all that one customer may have.
    pub fn network(&self) -> &str {
        self.networks.last().map_or("unknown", |network| &network.name)
    }

    /// Where their password is compared.
    pub fn sign_in_lane(&self) -> Lane {
        if self.is_known() { Lane::Known } else { Lane::SignIn(self.network().to_owned()) }
    }

    /// Where their new password is hashed.
    pub fn new_password_lane(&self) -> Lane {
        if self.is_known() { Lane::Known } else { Lane::NewPassword(self.network().to_owned()) }
    }
}
