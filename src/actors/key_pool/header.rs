//! The header that carries a key.

use awc::http::header::HeaderValue;

use crate::vault::{Sealed, Vault, VaultError};

/// What keys are sealed for.
pub const PURPOSE: &str = "upstream-key";

/// `Bearer …` with a sealed key.
///
/// # Errors
/// It was sealed under another key, or is none that a header can carry.
pub fn authorization(vault: &Vault, sealed: &Sealed) -> Result<HeaderValue, VaultError> {
    bearer(&vault.open(PURPOSE, sealed)?).ok_or(VaultError::Damaged)
}

/// `Bearer …`, marked so that it is not printed; `None` for what can't be in a header.
pub fn bearer(secret: &str) -> Option<HeaderValue> {
    if !secret.bytes().all(|b| b.is_ascii_graphic()) {
        return None;
    }
    let mut header = HeaderValue::from_str(&format!("Bearer {secret}")).ok()?;
    header.set_sensitive(true);
    Some(header)
}
