//! A new invitation.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::vault::{VaultError, mask, token_hash};

/// A code that was just made, in all the forms in which it is kept. Has no `Debug`: nothing prints
/// it.
pub struct FreshInvitation {
    /// The code itself, to be shown once.
    pub code: String,
    /// As lists show it.
    pub masked: String,
    /// What it is found by.
    pub hash: String,
}

impl FreshInvitation {
    /// Makes one: `inv-` and 144 random bits.
    pub fn make() -> Result<Self, VaultError> {
        let mut bytes = [0_u8; 18];
        getrandom::fill(&mut bytes).map_err(|_| VaultError::Random)?;
        let code = format!("inv-{}", URL_SAFE_NO_PAD.encode(bytes));
        Ok(Self { masked: mask(&code), hash: hash(&code), code })
    }
}

/// What an invitation is found by, as people write it.
pub fn hash(code: &str) -> String {
    hex::encode(token_hash(code.trim()))
}
