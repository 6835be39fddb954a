//! Secrets at rest: sealed with AES-256-GCM, found again by keyed fingerprint, shown masked.

mod binding;
mod cached;
mod form;
mod key;
#[cfg(test)]
mod tests;

use arc_swap::ArcSwap;
use sha2::{Digest, Sha256};

pub use self::binding::Binding;
pub use self::form::CURRENT;
use self::key::VaultKey;

/// A secret that can't be sealed or opened.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum VaultError {
    /// `ENCRYPTION_KEY` is not one or more 32-byte keys.
    #[error("ENCRYPTION_KEY must be 64 hexadecimal digits (make one with `openssl rand -hex 32`)")]
    Key,
    /// The row was sealed under a key that is no longer configured.
    #[error("a stored secret was encrypted under another ENCRYPTION_KEY ({0})")]
    UnknownKey(String),
    /// The stored text was changed, was sealed for another row, owner or use, or is no sealed
    /// secret.
    #[error("a stored secret can't be decrypted: it was damaged, changed or moved to another row")]
    Damaged,
    /// The system has no random numbers to give.
    #[error("the system's random source failed")]
    Random,
}

/// A secret as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Version, nonce and ciphertext; see `vault/form.rs`.
    pub sealed: String,
    /// Which encryption key opens it.
    pub sealed_with: String,
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

    /// A key for the use with this label from each encryption key, the one that seals first, with
    /// the encryption key's name: HKDF-SHA-256 (RFC 5869) without a salt, with the label as `info`.
    pub fn derived(&self, label: &str) -> Vec<(String, [u8; 32])> {
        self.0.load().all().map(|key| (key.id.clone(), key.derive(label))).collect()
    }

    /// Seals a secret, which opens with the same binding only.
    pub fn seal(&self, binding: &Binding, secret: &str) -> Result<Sealed, VaultError> {
        let keys = self.0.load();
        let sealed = form::seal(&keys.first, binding, secret)?;
        Ok(Sealed { sealed, sealed_with: keys.first.id.clone() })
    }

    /// Opens a sealed secret.
    ///
    /// # Errors
    /// Its key is not configured; or it was changed, or sealed for something else.
    pub fn open(&self, binding: &Binding, sealed: &Sealed) -> Result<String, VaultError> {
        let keys = self.0.load();
        let key = keys.all().find(|key| key.id == sealed.sealed_with);
        let key = key.ok_or_else(|| VaultError::UnknownKey(sealed.sealed_with.clone()))?;
        form::open(key, binding, &sealed.sealed)
    }

    /// What a secret is found by: a keyed hash, so that a stolen table can't be searched for it.
    pub fn fingerprint(&self, secret: &str) -> String {
        self.0.load().first.fingerprint(secret)
    }

    /// The fingerprints that a stored row may have, the one that is written first: under every
    /// configured key, and as each was derived before.
    pub fn fingerprints(&self, secret: &str) -> Vec<String> {
        self.0.load().all().flat_map(|key| key.fingerprints(secret)).collect()
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
