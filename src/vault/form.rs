//! The forms in which secrets are stored.
//!
//! | form | key | bound to |
//! |---|---|---|
//! | base64, as version 4.0.0 before December 2026 wrote it | the encryption key itself | the purpose |
//! | `v2.` and base64 | derived for the purpose | version, purpose, table, row and owner |
//!
//! Only the second is written. The first is read for as long as its encryption key is configured:
//! nothing was ever sealed in it under a key that was made since, so a rotation ends it.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::{Binding, VaultError, VaultKey};

/// The version of the form that is written.
pub(super) const VERSION: u8 = 2;

/// What stored secrets of that version begin with. No base64 has a dot.
pub const CURRENT: &str = "v2.";

/// Bytes of an AES-GCM nonce, as NIST SP 800-38D recommends.
const NONCE_BYTES: usize = 12;

/// Text as it is stored, under this key.
pub(super) fn seal(key: &VaultKey, binding: &Binding, secret: &str) -> Result<String, VaultError> {
    let sealed = seal_bytes(&key.cipher(binding.purpose), &binding.aad, secret.as_bytes())?;
    Ok(format!("{CURRENT}{}", STANDARD_NO_PAD.encode(sealed)))
}

/// What was stored, in either form.
pub(super) fn open(key: &VaultKey, binding: &Binding, text: &str) -> Result<String, VaultError> {
    let (text, cipher, aad) = match text.strip_prefix(CURRENT) {
        Some(text) => (text, &key.cipher(binding.purpose), binding.aad.as_slice()),
        None => (text, &key.first_form, binding.purpose.as_bytes()),
    };
    let bytes = STANDARD_NO_PAD.decode(text).map_err(|_| VaultError::Damaged)?;
    String::from_utf8(open_bytes(cipher, aad, &bytes)?).map_err(|_| VaultError::Damaged)
}

/// A random nonce and the ciphertext.
pub(super) fn seal_bytes(
    cipher: &Aes256Gcm,
    aad: &[u8],
    bytes: &[u8],
) -> Result<Vec<u8>, VaultError> {
    let mut nonce = [0_u8; NONCE_BYTES];
    getrandom::fill(&mut nonce).map_err(|_| VaultError::Random)?;
    let text = cipher.encrypt(&Nonce::from(nonce), Payload { msg: bytes, aad });
    Ok([nonce.as_slice(), &text.map_err(|_| VaultError::Damaged)?].concat())
}

/// What a nonce and a ciphertext were.
pub(super) fn open_bytes(
    cipher: &Aes256Gcm,
    aad: &[u8],
    sealed: &[u8],
) -> Result<Vec<u8>, VaultError> {
    let (nonce, text) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or(VaultError::Damaged)?;
    let opened = cipher.decrypt(&Nonce::from(*nonce), Payload { msg: text, aad });
    opened.map_err(|_| VaultError::Damaged)
}

impl VaultKey {
    /// Encrypts for this use only.
    pub(super) fn cipher(&self, label: &str) -> Aes256Gcm {
        Aes256Gcm::new(&self.derive(&format!("seal:{label}")).into())
    }
}
