//! Values that are kept outside of the process for a while, as cached answers in Redis.

use super::form::{VERSION, open_bytes, seal_bytes};
use super::{Binding, Vault, VaultError};

/// Bytes of an encryption key's name.
const ID_BYTES: usize = 4;

impl Vault {
    /// Seals a value that is kept under this name: version, name of the key, nonce, ciphertext.
    ///
    /// Each name has a key of its own, so that no number of values brings two random nonces
    /// together under one key (NIST SP 800-38D, 8.3).
    pub fn seal_cached(&self, name: &str, value: &[u8]) -> Result<Vec<u8>, VaultError> {
        let (keys, binding) = (self.0.load(), Binding::cached(name));
        let id = hex::decode(&keys.first.id).map_err(|_| VaultError::Key)?;
        let sealed = seal_bytes(&keys.first.cipher(&label(name)), &binding.aad, value)?;
        Ok([&[VERSION], id.as_slice(), &sealed].concat())
    }

    /// Opens a value that was kept under this name; `None` for everything else, which a cache may
    /// hold for any reason.
    pub fn open_cached(&self, name: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        let (keys, binding) = (self.0.load(), Binding::cached(name));
        let rest = sealed.strip_prefix(&[VERSION])?;
        let (id, sealed) = rest.split_first_chunk::<ID_BYTES>()?;
        let id = hex::encode(id);
        let key = keys.all().find(|key| key.id == id)?;
        open_bytes(&key.cipher(&label(name)), &binding.aad, sealed).ok()
    }
}

fn label(name: &str) -> String {
    format!("response-cache:{name}")
}
