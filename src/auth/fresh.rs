//! A new client token.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::vault::{Sealed, Vault, VaultError, mask, token_hash};

/// What tokens are sealed for.
pub const PURPOSE: &str = "client-token";

/// A token that was just made, in all the forms in which it is kept. Has no `Debug`: nothing
/// prints it.
pub struct FreshToken {
    /// The token itself, to be shown once.
    pub token: String,
    /// As lists show it.
    pub masked: String,
    /// What it is found by.
    pub hash: String,
    /// As it is stored.
    pub sealed: Sealed,
}

impl FreshToken {
    /// Makes one: `sk-pool-` and 256 random bits.
    pub fn make(vault: &Vault) -> Result<Self, VaultError> {
        let mut bytes = [0_u8; 32];
        getrandom::fill(&mut bytes).map_err(|_| VaultError::Random)?;
        let token = format!("sk-pool-{}", URL_SAFE_NO_PAD.encode(bytes));
        let sealed = vault.seal(PURPOSE, &token)?;
        Ok(Self { masked: mask(&token), hash: hex::encode(token_hash(&token)), sealed, token })
    }
}
