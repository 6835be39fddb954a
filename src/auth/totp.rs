//! The second factor of administrators: six digits that an app makes of the time and a secret
//! (TOTP, RFC 6238). Pure: the time is an argument.

#[cfg(test)]
mod tests;

use totp_rs::{Algorithm, Builder, Secret, Totp};
use zeroize::Zeroizing;

use super::Email;
use crate::clock::Millis;
use crate::vault::{Binding, Sealed, Vault, VaultError};

/// Bits are eight times as many: what RFC 4226, 4 recommends.
const SECRET_BYTES: usize = 20;

/// What apps show above the code.
const ISSUER: &str = "Ollama API Pool";

/// What apps can do everywhere: other hashes, lengths and periods some of them ignore.
const DIGITS: u8 = 6;
const STEP_SECS: u64 = 30;

/// Steps that a code may be early or late, as RFC 6238, 5.2 recommends.
const SKEW: u16 = 1;

/// An app's secret. Has no `Debug`: nothing prints it.
pub struct SecondFactor(Totp);

impl SecondFactor {
    /// Makes one.
    pub fn make() -> Result<Self, VaultError> {
        let mut bytes = Zeroizing::new([0_u8; SECRET_BYTES]);
        getrandom::fill(bytes.as_mut_slice()).map_err(|_| VaultError::Random)?;
        Self::of(Secret::new_stack(*bytes))
    }

    /// One that was stored for this user.
    pub fn open(vault: &Vault, user: i64, sealed: &Sealed) -> Result<Self, VaultError> {
        let text = Zeroizing::new(vault.open(&Binding::second_factor(user), sealed)?);
        Self::of(Secret::try_from_base32(text.as_str()).map_err(|_| VaultError::Damaged)?)
    }

    /// As it is stored for this user.
    pub fn seal(&self, vault: &Vault, user: i64) -> Result<Sealed, VaultError> {
        vault.seal(&Binding::second_factor(user), &self.secret())
    }

    /// For people who type it into their app, in Base32.
    pub fn secret(&self) -> Zeroizing<String> {
        Zeroizing::new(self.0.secret().to_base32())
    }

    /// `otpauth://…`, for a QR code that their app reads.
    pub fn url(&self, email: &Email) -> Result<Zeroizing<String>, VaultError> {
        let named = with(self.0.secret().clone()).with_issuer(Some(ISSUER));
        let url = named.with_account_name(email.as_str()).build_noncompliant().to_url();
        url.map(Zeroizing::new).map_err(|_| VaultError::Damaged)
    }

    /// The step of a good code, which is to be stored before the code opens anything. No code is
    /// good twice, and none that is as old as the one used last: the one of step `last`.
    pub fn check(&self, code: &str, now: Millis, last: i64) -> Option<i64> {
        // Apps show it in two halves.
        let digits: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        let step = self.0.check(&digits, u64::try_from(now.0).ok()? / 1000)?;
        i64::try_from(step).ok().filter(|step| *step > last)
    }

    fn of(secret: Secret) -> Result<Self, VaultError> {
        with(secret).build().map(Self).map_err(|_| VaultError::Damaged)
    }
}

fn with(secret: Secret) -> Builder {
    Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(DIGITS)
        .with_step_duration(STEP_SECS)
        .with_skew(SKEW)
        .with_secret(secret)
}
