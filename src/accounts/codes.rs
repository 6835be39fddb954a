//! Codes by mail: who has the code has the address.
//!
//! Six digits can be guessed, so tries are counted by code: ten, of which one network has five. Where
//! no code was mailed there is nothing to guess, and nothing is counted. A code that a known device
//! asked for is another one than strangers', who can neither use it up, replace it, nor spend its
//! owner's mails.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use hmac::digest::InvalidLength;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::visitor::Visitor;
use crate::auth::secrets;
use crate::cache::Cache;
use crate::clock::Millis;
use crate::db::{Conn, Database};
use crate::error::{ApiError, ErrorCode};
use crate::mail::Purpose;
use crate::models::email_code::{EmailCode, EmailLimit};
use crate::vault::VaultError;

/// How long a code is good, in minutes.
pub const LIFE_MINUTES: u32 = 10;
const LIFE_SECS: i64 = LIFE_MINUTES as i64 * 60;

/// Tries at one code, and those of them that one network has.
const TRIES_MAX: i32 = 10;
const NETWORK_TRIES_MAX: u64 = 5;

/// Mails to one address in a UTC day, and those of them that one network may ask for.
const MAILS_MAX: i32 = 10;
const NETWORK_MAILS_MAX: u64 = 5;
const BETWEEN_MAILS_SECS: i64 = 60;
const DAY_MS: i64 = 86_400_000;

/// Every so many numbers of 32 bits each code comes up equally often.
const FAIR: u32 = u32::MAX - u32::MAX % 1_000_000;

/// A code to be mailed. Has no `Debug`: nothing prints it.
pub struct Code(String);

impl Code {
    fn make() -> Result<Self, VaultError> {
        loop {
            let number = getrandom::u32().map_err(|_| VaultError::Random)?;
            if number < FAIR {
                return Ok(Self(format!("{:06}", number % 1_000_000)));
            }
        }
    }

    /// The six digits.
    pub fn into_text(self) -> String {
        self.0
    }
}

/// What a code turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Checked {
    /// The one that was mailed; this takes it out.
    Right(Ticket),
    /// Another, or none was mailed, or its time is over.
    Wrong,
    /// Nobody looked: there were too many tries at the code.
    TooMany,
}

/// A right code that has not been used yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    email: String,
    slot: &'static str,
    hash: String,
}

impl Ticket {
    /// Uses the code up; `false` when somebody else was quicker.
    pub async fn take(&self, conn: &mut Conn<'_>) -> diesel::QueryResult<bool> {
        EmailCode::take(conn, &self.email, self.slot, &self.hash).await
    }
}

/// Makes codes and checks them. Its secrets can be changed while in use.
#[derive(Clone)]
pub struct Codes(Arc<ArcSwap<Vec<Hmac<Sha256>>>>);

impl Codes {
    /// Codes whose hashes are keyed with `AUTH_SECRET`: with its first secret where they are
    /// stored, and with any where they are compared.
    pub fn new(text: &str) -> Result<Self, InvalidLength> {
        Ok(Self(Arc::new(ArcSwap::from_pointee(keys(text)?))))
    }

    /// Takes other secrets up, at once for every holder.
    pub fn change(&self, text: &str) -> Result<(), InvalidLength> {
        self.0.store(Arc::new(keys(text)?));
        Ok(())
    }

    /// A code for this address in the place of the one before. 429 when it had a mail in the last
    /// minute or ten in this UTC day; mails that known devices ask for are counted apart.
    pub async fn issue(
        &self,
        conn: &mut Conn<'_>,
        visitor: &Visitor,
        email: &str,
        purpose: Purpose,
        now: Millis,
    ) -> Result<Code, ApiError> {
        let before = now.plus_secs(-BETWEEN_MAILS_SECS);
        let counted = if visitor.is_known() { format!("known:{email}") } else { email.to_owned() };
        let mailing =
            EmailLimit::count_mail(conn, &counted, now.naive(), before.naive(), MAILS_MAX);
        if !mailing.await? {
            let limit = EmailLimit::of(conn, &counted).await?;
            return Err(too_many_mails(limit.map_or(1, |limit| mail_again_in(&limit, now))));
        }
        let code = Code::make()?;
        let hash = self.hashes(email, purpose, &code.0).into_iter().next().unwrap_or_default();
        let row = EmailCode {
            email,
            purpose: slot(purpose, visitor.is_known()),
            code_hash: &hash,
            expires_at: now.plus_secs(LIFE_SECS).naive(),
            tries: 0,
        };
        row.put(conn).await?;
        Ok(code)
    }

    /// Whether this is the code that the address was mailed for this purpose. The same is done
    /// whether the address has an account or not. A known device may show either kind of code.
    pub async fn check(
        &self,
        (database, cache): (&Database, &Cache),
        visitor: &Visitor,
        email: &str,
        purpose: Purpose,
        code: &str,
        now: Millis,
    ) -> Result<Checked, ApiError> {
        let hashes = self.hashes(email, purpose, code.trim());
        let mut compared = false;
        let mut spent = false;
        for known in [true, false].into_iter().filter(|known| !known || visitor.is_known()) {
            let slot = slot(purpose, known);
            let mailed =
                EmailCode::hash_of(&mut database.get().await?, email, slot, now.naive()).await?;
            let Some(mailed) = mailed else { continue };
            let mut open = visitor.is_known() || may_try(cache, visitor, &mailed).await;
            if open {
                let mut conn = database.get().await?;
                open = EmailCode::count_try(&mut conn, email, slot, &mailed, TRIES_MAX).await?;
            }
            compared |= open;
            spent |= !open;
            let is_right = |hash: &String| mailed.as_bytes().ct_eq(hash.as_bytes()).into();
            if open && hashes.iter().any(is_right) {
                let email = email.to_owned();
                return Ok(Checked::Right(Ticket { email, slot, hash: mailed }));
            }
        }
        Ok(if spent && !compared { Checked::TooMany } else { Checked::Wrong })
    }

    /// Its hash under each secret, the one that is stored first.
    fn hashes(&self, email: &str, purpose: Purpose, code: &str) -> Vec<String> {
        let hash = |key: &Hmac<Sha256>| {
            let mac = key.clone().chain_update(purpose.as_str()).chain_update([0]);
            let mac = mac.chain_update(email).chain_update([0]).chain_update(code);
            hex::encode(mac.finalize().into_bytes())
        };
        self.0.load().iter().map(hash).collect()
    }
}

fn keys(text: &str) -> Result<Vec<Hmac<Sha256>>, InvalidLength> {
    let key = |secret: &str| {
        let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(secret.as_bytes())?;
        Ok(mac.chain_update("code by mail:"))
    };
    secrets::each(text).map(key).collect()
}

/// Refuses a network that has had its mails of the day for this address; otherwise returns the name
/// under which one that was sent is to be counted.
pub async fn network_mails(
    cache: &Cache,
    visitor: &Visitor,
    email: &str,
    now: Millis,
) -> Result<Option<String>, ApiError> {
    if visitor.is_known() {
        return Ok(None);
    }
    let name = format!("code-mails:{}:{email}:{}", now.naive().date(), visitor.network());
    if cache.hits(&name).await >= NETWORK_MAILS_MAX {
        return Err(too_many_mails(until_tomorrow(now)));
    }
    Ok(Some(name))
}

/// Counts a mail that a network has asked for.
pub async fn count_network_mail(cache: &Cache, name: &str) {
    cache.hit(name, Duration::from_millis(DAY_MS.unsigned_abs())).await;
}

/// Counts a try of this visitor's network at the code with this hash; `false` when there were too
/// many.
async fn may_try(cache: &Cache, visitor: &Visitor, hash: &str) -> bool {
    let name = format!("code-tries:{}:{}", hash.get(..16).unwrap_or(hash), visitor.network());
    cache.hit(&name, Duration::from_secs(LIFE_SECS.unsigned_abs())).await <= NETWORK_TRIES_MAX
}

/// The place of a code in the table: one for strangers and one for known devices.
const fn slot(purpose: Purpose, known: bool) -> &'static str {
    match (purpose, known) {
        (Purpose::Register, false) => "register",
        (Purpose::Register, true) => "register:known",
        (Purpose::Login, false) => "login",
        (Purpose::Login, true) => "login:known",
        (Purpose::Reset, false) => "reset",
        (Purpose::Reset, true) => "reset:known",
    }
}

/// An error for whoever has tried too often.
pub fn too_many_tries() -> ApiError {
    ApiError::new(ErrorCode::TooManyTries, "too many wrong codes: ask for a new one")
        .retry_after(BETWEEN_MAILS_SECS.unsigned_abs())
}

fn too_many_mails(retry_after: u64) -> ApiError {
    let words = "this address has had a mail just now, or its mails of today";
    ApiError::new(ErrorCode::RateLimited, words).retry_after(retry_after)
}

fn until_tomorrow(now: Millis) -> u64 {
    Millis((now.0.div_euclid(DAY_MS) + 1) * DAY_MS).secs_from(now)
}

/// When the address may have another mail, in seconds.
fn mail_again_in(limit: &EmailLimit, now: Millis) -> u64 {
    let soon = Millis::from(limit.mailed_at).plus_secs(BETWEEN_MAILS_SECS);
    let spent = limit.mails >= MAILS_MAX && limit.mail_day == now.naive().date();
    let tomorrow = Millis((now.0.div_euclid(DAY_MS) + 1) * DAY_MS);
    let at = if spent { soon.max(tomorrow) } else { soon };
    at.secs_from(now)
}

#[cfg(test)]
mod tests {
    use chrono::Days;
    use proptest::prelude::*;

    use super::{Code, Codes, mail_again_in};
    use crate::clock::Millis;
    use crate::mail::Purpose;
    use crate::models::email_code::EmailLimit;

    #[test]
    fn codes_are_six_digits_and_differ() {
        let mut seen = std::collections::HashSet::new();
        for _ in 0..1000 {
            let code = Code::make().expect("a code").into_text();
            assert!(code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit()), "{code}");
            seen.insert(code);
        }
        // 1000 of a million: more than 900 different with near certainty.
        assert!(seen.len() > 900, "{}", seen.len());
    }

    #[test]
    fn a_hash_is_of_one_address_purpose_and_code() {
        let codes = Codes::new("secret").expect("a key");
        let one = codes.hashes("ann@example.org", Purpose::Login, "123456");
        for other in [
            codes.hashes("bob@example.org", Purpose::Login, "123456"),
            codes.hashes("ann@example.org", Purpose::Reset, "123456"),
            codes.hashes("ann@example.org", Purpose::Login, "123457"),
            Codes::new("other").expect("a key").hashes("ann@example.org", Purpose::Login, "123456"),
        ] {
            assert_ne!(one, other);
        }
        assert_eq!(one, codes.hashes("ann@example.org", Purpose::Login, "123456"));
        codes.change("other,secret").expect("keys");
        let both = codes.hashes("ann@example.org", Purpose::Login, "123456");
        assert_eq!((both.len(), both.last()), (2, one.first()), "an older secret finds it");
    }

    proptest! {
        #[test]
        fn whoever_waits_as_told_gets_in(
            at in 0_i64..4_000_000_000_000, ago in 0_i64..100_000_000, mails in 0_i32..12
        ) {
            let now = Millis(at + ago);
            let mailed_at = Millis(at).naive();
            let limit = EmailLimit {
                mailed_at,
                mail_day: mailed_at.date(),
                mails,
            };
            let then = now.plus_secs(mail_again_in(&limit, now).cast_signed());
            let apart = then >= Millis(at).plus_secs(60);
            prop_assert!(apart, "a minute apart");
            prop_assert!(mails < 10 || then.naive().date() > limit.mail_day, "ten a day");
            let later = limit.mail_day.checked_add_days(Days::new(1)).expect("a day");
            prop_assert!(then.naive().date() <= later.max(now.naive().date()));
        }
    }
}
