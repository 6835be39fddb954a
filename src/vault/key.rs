//! One encryption key, and what is derived from it.

use aes_gcm::Aes256Gcm;
use aes_gcm::aead::KeyInit;
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

use super::VaultError;

pub(super) struct VaultKey {
    /// Its name, in which nothing of it shows.
    pub(super) id: String,
    /// What keys for single uses are derived from.
    root: Hkdf<Sha256>,
    fingerprint: Hmac<Sha256>,
    /// Opens what was sealed when the key was used as it is.
    pub(super) first_form: Aes256Gcm,
    /// Finds what was stored at that time.
    first_fingerprint: Hmac<Sha256>,
}

impl VaultKey {
    pub(super) fn parse(text: &str) -> Result<Self, VaultError> {
        let bytes: [u8; 32] =
            hex::decode(text).ok().and_then(|b| b.try_into().ok()).ok_or(VaultError::Key)?;
        let root = Hkdf::new(None, &bytes);
        let id = Sha256::digest([b"key id:".as_slice(), &bytes].concat());
        Ok(Self {
            id: hex::encode(id.get(..4).unwrap_or_default()),
            fingerprint: mac(&derive(&root, "fingerprint"))?,
            root,
            first_form: Aes256Gcm::new(&bytes.into()),
            first_fingerprint: mac(&bytes)?.chain_update(b"fingerprint:"),
        })
    }

    /// A key for one use (RFC 5869), which is its label.
    pub(super) fn derive(&self, label: &str) -> [u8; 32] {
        derive(&self.root, label)
    }

    /// As it is stored.
    pub(super) fn fingerprint(&self, secret: &str) -> String {
        finish(&self.fingerprint, secret)
    }

    /// As it is stored, and as it was stored when the key was used as it is.
    pub(super) fn fingerprints(&self, secret: &str) -> [String; 2] {
        [finish(&self.fingerprint, secret), finish(&self.first_fingerprint, secret)]
    }
}

fn mac(key: &[u8]) -> Result<Hmac<Sha256>, VaultError> {
    <Hmac<Sha256> as KeyInit>::new_from_slice(key).map_err(|_| VaultError::Key)
}

fn finish(mac: &Hmac<Sha256>, secret: &str) -> String {
    hex::encode(mac.clone().chain_update(secret.as_bytes()).finalize().into_bytes())
}

#[expect(clippy::expect_used, reason = "RFC 5869 gives up to 8160 bytes, and these are 32")]
fn derive(root: &Hkdf<Sha256>, label: &str) -> [u8; 32] {
    let mut key = [0; 32];
    root.expand(label.as_bytes(), &mut key).expect("a length that HKDF has");
    key
}
