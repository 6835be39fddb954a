//! Secrets at rest: sealed with AES-256-GCM, found again by keyed fingerprint, shown masked.

#[cfg(test)]
mod tests;

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use arc_swap::ArcSwap;
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

/// Bytes of an AES-GCM nonce, as NIST SP 800-38D recommends.
const NONCE_BYTES: usize = 12;

/// A secret that can't be sealed or opened.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum VaultError {
    /// `ENCRYPTION_KEY` is not one or more 32-byte keys.
    #[error("ENCRYPTION_KEY must be 64 hexadecimal digits (make one with `openssl rand -hex 32`)")]
    Key,
    /// The row was sealed under a key that is no longer configured.
    #[error("a stored secret was encrypted under another ENCRYPTION_KEY ({0})")]
    UnknownKey(String),
    /// The stored text was changed, or is no sealed secret.
    #[error("a stored secret can't be decrypted: it was damaged or changed")]
    Damaged,
    /// The system has no random numbers to give.
    #[error("the system's random source failed")]
    Random,
}

/// A secret as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Nonce and ciphertext, base64.
    pub sealed: String,
    /// Which encryption key opens it.
    pub sealed_with: String,
}

struct VaultKey {
    id: String,
    cipher: Aes256Gcm,
    fingerprint: Hmac<Sha256>,
}

/// The encryption keys: the first seals, every one opens. They can be changed while in use.
pub struct Vault(ArcSwap<VaultKeys>);

struct VaultKeys {
    first: VaultKey,
    older: Vec<VaultKey>,
}

impl Vault {
    /// Reads one or more keys of 64 hexadecimal digits, separated by commas.
    pub fn parse(text: &str) -> Result<Self, VaultError> {
        VaultKeys::parse(text).map(|keys| Self(ArcSwap::from_pointee(keys)))
    }

    /// Takes other keys up, at once for every holder; bad ones change nothing.
    pub fn change(&self, text: &str) -> Result<(), VaultError> {
        self.0.store(std::sync::Arc::new(VaultKeys::parse(text)?));
        Ok(())
    }

    /// The names of its keys, as [`Sealed::sealed_with`] has them, the one that seals first.
    pub fn key_ids(&self) -> Vec<String> {
        self.0.load().all().map(|key| key.id.clone()).collect()
    }

    /// Seals a secret; `purpose` must be the same when it is opened.
    pub fn seal(&self, purpose: &str, secret: &str) -> Result<Sealed, VaultError> {
        let mut nonce = [0_u8; NONCE_BYTES];
        getrandom::fill(&mut nonce).map_err(|_| VaultError::Random)?;
        let payload = Payload { msg: secret.as_bytes(), aad: purpose.as_bytes() };
        let keys = self.0.load();
        let text = keys
            .first
            .cipher
            .encrypt(&Nonce::from(nonce), payload)
            .map_err(|_| VaultError::Damaged)?;
        let sealed = STANDARD_NO_PAD.encode([nonce.as_slice(), &text].concat());
        Ok(Sealed { sealed, sealed_with: keys.first.id.clone() })
    }

    /// Opens a sealed secret.
    pub fn open(&self, purpose: &str, sealed: &Sealed) -> Result<String, VaultError> {
        let keys = self.0.load();
        let key = keys.all().find(|key| key.id == sealed.sealed_with);
        let key = key.ok_or_else(|| VaultError::UnknownKey(sealed.sealed_with.clone()))?;
        let bytes = STANDARD_NO_PAD.decode(&sealed.sealed).map_err(|_| VaultError::Damaged)?;
        let (nonce, text) = bytes.split_first_chunk::<NONCE_BYTES>().ok_or(VaultError::Damaged)?;
        let payload = Payload { msg: text, aad: purpose.as_bytes() };
        let opened = key.cipher.decrypt(&Nonce::from(*nonce), payload);
        let opened = opened.map_err(|_| VaultError::Damaged)?;
        String::from_utf8(opened).map_err(|_| VaultError::Damaged)
    }

    /// What a secret is found by: a keyed hash, so that a stolen table can't be searched for it.
    pub fn fingerprint(&self, secret: &str) -> String {
        self.0.load().first.fingerprint(secret)
    }

    /// Its fingerprints under every configured key, for rows written before a rotation.
    pub fn fingerprints(&self, secret: &str) -> Vec<String> {
        self.0.load().all().map(|key| key.fingerprint(secret)).collect()
    }
}

impl VaultKeys {
    fn parse(text: &str) -> Result<Self, VaultError> {
        let mut keys = text.split(',').map(|part| VaultKey::parse(part.trim()));
        let first = keys.next().ok_or(VaultError::Key)??;
        Ok(Self { first, older: keys.collect::<Result<_, _>>()? })
    }

    fn all(&self) -> impl Iterator<Item = &VaultKey> {
        std::iter::once(&self.first).chain(&self.older)
    }
}

impl VaultKey {
    fn parse(text: &str) -> Result<Self, VaultError> {
        let bytes: [u8; 32] =
            hex::decode(text).ok().and_then(|b| b.try_into().ok()).ok_or(VaultError::Key)?;
        let mut mac =
            <Hmac<Sha256> as KeyInit>::new_from_slice(&bytes).map_err(|_| VaultError::Key)?;
        mac.update(b"fingerprint:");
        let id = Sha256::digest([b"key id:".as_slice(), &bytes].concat());
        Ok(Self {
            id: hex::encode(id.get(..4).unwrap_or_default()),
            cipher: Aes256Gcm::new(&bytes.into()),
            fingerprint: mac,
        })
    }

    fn fingerprint(&self, secret: &str) -> String {
        let mut mac = self.fingerprint.clone();
        mac.update(secret.as_bytes());
        hex::encode(mac.finalize().into_bytes())
    }
}

/// A secret as lists show it: `sk-a…9f3c`; a short one shows nothing of itself.
pub fn mask(secret: &str) -> String {
    let chars: Vec<char> = secret.chars().collect();
    match chars.as_slice() {
        [a, b, c, d, .., w, x, y, z] if chars.len() >= 16 => {
            [a, b, c, d, &'…', w, x, y, z].into_iter().collect()
        }
        _ => "…".to_owned(),
    }
}

/// The hash by which a client token is found. Tokens have 256 random bits, so that a plain hash
/// can't be guessed back.
pub fn token_hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// So many random bytes in hexadecimal.
pub fn random_hex(bytes: usize) -> Result<String, VaultError> {
    let mut buffer = vec![0_u8; bytes];
    getrandom::fill(&mut buffer).map_err(|_| VaultError::Random)?;
    Ok(hex::encode(buffer))
}
