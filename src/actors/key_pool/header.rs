//! The header that carries a key.

use actix_web::http::header::HeaderValue;

use crate::models::upstream_key::UpstreamKey;
use crate::vault::{Vault, VaultError};

/// `Bearer …` with a stored key.
///
/// # Errors
/// It was sealed under another key or for another row, or is none that a header can carry.
pub fn authorization(vault: &Vault, key: &UpstreamKey) -> Result<HeaderValue, VaultError> {
    bearer(&key.open(vault)?).ok_or(VaultError::Damaged)
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
