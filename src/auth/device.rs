//! Known devices: a browser that has signed in to an account keeps a signed cookie, and with it
//! tries of its own, so that strangers who guess at the account don't shut its owner out.
//!
//! It is no session and opens nothing: whoever steals one gets as many wrong guesses as its owner.

use std::sync::Arc;

use arc_swap::ArcSwap;
use hmac::digest::InvalidLength;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::{Email, secrets};
use crate::clock::Millis;
use crate::vault::VaultError;

/// How long a device is known after its last sign-in, in seconds: 90 days.
pub const LIFE_SECS: i64 = 7_776_000;

/// Bytes of the number that tells devices apart.
const ID_BYTES: usize = 16;

/// Longer than any that is made here.
const LENGTH_MAX: usize = 160;

/// Makes and reads what known devices keep. Its secrets can be changed while in use.
#[derive(Clone)]
pub struct DeviceKeys(Arc<ArcSwap<Vec<Hmac<Sha256>>>>);

impl DeviceKeys {
    /// Keys derived from `AUTH_SECRET`: that of the first secret signs, all verify.
    pub fn new(text: &str) -> Result<Self, InvalidLength> {
        Ok(Self(Arc::new(ArcSwap::from_pointee(keys(text)?))))
    }

    /// Takes other secrets up, at once for every holder.
    pub fn change(&self, text: &str) -> Result<(), InvalidLength> {
        self.0.store(Arc::new(keys(text)?));
        Ok(())
    }

    /// The value for a device that has just signed in with this address.
    pub fn make(&self, email: &Email, now: Millis) -> Result<String, VaultError> {
        let mut id = [0; ID_BYTES];
        getrandom::fill(&mut id).map_err(|_| VaultError::Random)?;
        let id = hex::encode(id);
        let ends_at = now.plus_secs(LIFE_SECS).0;
        let keys = self.0.load();
        let first = keys.first().ok_or(VaultError::Key)?;
        let signed = hex::encode(sign(first, email, ends_at, &id).finalize().into_bytes());
        Ok(format!("{ends_at}.{id}.{signed}"))
    }

    /// The device's number, if the value was made for this address and has not ended.
    pub fn read(&self, value: &str, email: &Email, now: Millis) -> Option<String> {
        if value.len() > LENGTH_MAX {
            return None;
        }
        let mut parts = value.split('.');
        let ends_at: i64 = parts.next()?.parse().ok()?;
        let id = parts.next()?;
        let signed = hex::decode(parts.next()?).ok()?;
        if parts.next().is_some() || ends_at <= now.0 {
            return None;
        }
        // Compares in constant time.
        let is_right = |key| sign(key, email, ends_at, id).verify_slice(&signed).is_ok();
        self.0.load().iter().any(is_right).then(|| id.to_owned())
    }
}

fn keys(text: &str) -> Result<Vec<Hmac<Sha256>>, InvalidLength> {
    let key = |secret: &str| {
        let root = <Hmac<Sha256> as KeyInit>::new_from_slice(secret.as_bytes())?;
        let key = root.chain_update("key of known devices").finalize().into_bytes();
        <Hmac<Sha256> as KeyInit>::new_from_slice(&key)
    };
    secrets::each(text).map(key).collect()
}

fn sign(key: &Hmac<Sha256>, email: &Email, ends_at: i64, id: &str) -> Hmac<Sha256> {
    let mac = key.clone().chain_update(email.as_str()).chain_update([0]);
    mac.chain_update(ends_at.to_string()).chain_update([0]).chain_update(id)
}

#[cfg(test)]
mod tests {
    use super::{DeviceKeys, LIFE_SECS};
    use crate::auth::Email;
    use crate::clock::Millis;

    const NOW: Millis = Millis(1_790_000_000_000);

    #[test]
    fn a_device_is_known_for_one_address_until_its_end() {
        let keys = DeviceKeys::new("0123456789abcdef0123456789abcdef").expect("a key");
        let email = |text| Email::parse(text).expect("an address");
        let ann = email("ann@example.org");
        let value = keys.make(&ann, NOW).expect("a value");
        let id = keys.read(&value, &ann, NOW).expect("known");
        assert_eq!(id.len(), 32);
        assert_ne!(keys.make(&ann, NOW).expect("a value"), value, "each has its own number");
        assert_eq!(keys.read(&value, &ann, NOW.plus_secs(LIFE_SECS - 1)), Some(id.clone()));
        assert_eq!(keys.read(&value, &ann, NOW.plus_secs(LIFE_SECS)), None, "ended");
        assert_eq!(keys.read(&value, &email("bob@example.org"), NOW), None, "another's");
        let others = DeviceKeys::new("fedcba9876543210fedcba9876543210").expect("a key");
        assert_eq!(others.read(&value, &ann, NOW), None, "another secret");
        let new = "fedcba9876543210fedcba9876543210";
        keys.change(&format!("{new},0123456789abcdef0123456789abcdef")).expect("keys");
        assert_eq!(keys.read(&value, &ann, NOW), Some(id.clone()), "an older secret");
        let newer = keys.make(&ann, NOW).expect("a value");
        assert!(others.read(&newer, &ann, NOW).is_some(), "the first signs");
        keys.change(new).expect("keys");
        assert_eq!(keys.read(&value, &ann, NOW), None, "its secret is gone");
        keys.change("0123456789abcdef0123456789abcdef").expect("keys");
        let longer = value.replacen('1', "2", 1);
        for odd in
            [longer, format!("{value}."), value.replace(&id, "0"), "a.b.c".into(), String::new()]
        {
            assert_eq!(keys.read(&odd, &ann, NOW), None, "{odd}");
        }
    }
}
