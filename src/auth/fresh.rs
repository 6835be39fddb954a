//! A new client token.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::vault::{Binding, Sealed, Vault, VaultError, mask, token_hash};

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
    /// Makes one for this user, or for nobody: `sk-pool-` and 256 random bits.
    pub fn make(vault: &Vault, user: Option<i64>) -> Result<Self, VaultError> {
        let mut bytes = [0_u8; 32];
        getrandom::fill(&mut bytes).map_err(|_| VaultError::Random)?;
        let token = format!("sk-pool-{}", URL_SAFE_NO_PAD.encode(bytes));
        let hash = hex::encode(token_hash(&token));
        let sealed = vault.seal(&Binding::client_token(&hash, user), &token)?;
        Ok(Self { masked: mask(&token), hash, sealed, token })
    }
}
