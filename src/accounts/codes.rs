//! Codes by mail: who has the code has the address.
//!
//! Six digits can be guessed, so tries are counted by address, whatever code they are at: five in
//! ten minutes, over all purposes and all copies. The sixth voids what was mailed.

use hmac::digest::InvalidLength;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::clock::Millis;
use crate::db::Conn;
use crate::error::{ApiError, ErrorCode};
use crate::mail::Purpose;
use crate::models::email_code::{EmailCode, EmailLimit};
use crate::vault::VaultError;

/// How long a code is good, in minutes.
pub const LIFE_MINUTES: u32 = 10;
const LIFE_SECS: i64 = LIFE_MINUTES as i64 * 60;

const TRIES_MAX: i32 = 5;
const MAILS_MAX: i32 = 10;
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
    /// Nobody looked: there were too many tries.
    TooMany {
        /// Come back after so many seconds.
        retry_after: u64,
    },
}

/// A right code that has not been used yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    email: String,
    purpose: Purpose,
    hash: String,
}

impl Ticket {
    /// Uses the code up; `false` when somebody else was quicker.
    pub async fn take(&self, conn: &mut Conn<'_>) -> diesel::QueryResult<bool> {
        let taken = EmailCode::take(conn, &self.email, self.purpose.as_str(), &self.hash).await?;
        if taken {
            EmailLimit::forget_tries(conn, &self.email).await?;
        }
        Ok(taken)
    }
}

/// Makes codes and checks them.
#[derive(Clone)]
pub struct Codes(Hmac<Sha256>);

impl Codes {
    /// Codes whose hashes are keyed with `AUTH_SECRET`.
    pub fn new(secret: &str) -> Result<Self, InvalidLength> {
        let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(secret.as_bytes())?;
        Ok(Self(mac.chain_update("code by mail:")))
    }

    /// A code for this address in the place of the one before. 429 when it had a mail in the last
    /// minute, ten in this UTC day, or too many tries.
    pub async fn issue(
        &self,
        conn: &mut Conn<'_>,
        email: &str,
        purpose: Purpose,
        now: Millis,
    ) -> Result<Code, ApiError> {
        if let Some(limit) = EmailLimit::of(conn, email).await?
            && let Some(retry_after) = locked_for(&limit, now)
        {
            return Err(too_many_tries(retry_after));
        }
        let before = now.plus_secs(-BETWEEN_MAILS_SECS);
        if !EmailLimit::count_mail(conn, email, now.naive(), before.naive(), MAILS_MAX).await? {
            let limit = EmailLimit::of(conn, email).await?;
            let retry_after = limit.map_or(1, |limit| mail_again_in(&limit, now));
            let words = "this address has had a mail just now, or its ten of today";
            return Err(ApiError::new(ErrorCode::RateLimited, words).retry_after(retry_after));
        }
        let code = Code::make()?;
        let hash = self.hash(email, purpose, &code.0);
        let row = EmailCode {
            email,
            purpose: purpose.as_str(),
            code_hash: &hash,
            expires_at: now.plus_secs(LIFE_SECS).naive(),
        };
        row.put(conn).await?;
        Ok(code)
    }

    /// Whether this is the code that the address was mailed for this purpose. Each call is a try,
    /// whether the address has an account, a code, or neither.
    pub async fn check(
        &self,
        conn: &mut Conn<'_>,
        email: &str,
        purpose: Purpose,
        code: &str,
        now: Millis,
    ) -> diesel::QueryResult<Checked> {
        let since = now.plus_secs(-LIFE_SECS).naive();
        let tries = EmailLimit::count_try(conn, email, now.naive(), since).await?;
        if tries > TRIES_MAX {
            EmailCode::void(conn, email).await?;
            let limit = EmailLimit::of(conn, email).await?;
            let retry_after = limit.and_then(|limit| locked_for(&limit, now)).unwrap_or(1);
            return Ok(Checked::TooMany { retry_after });
        }
        let mailed = EmailCode::hash_of(conn, email, purpose.as_str(), now.naive()).await?;
        let hash = self.hash(email, purpose, code.trim());
        let right = mailed.is_some_and(|mailed| mailed.as_bytes().ct_eq(hash.as_bytes()).into());
        Ok(match right {
            true => Checked::Right(Ticket { email: email.to_owned(), purpose, hash }),
            false => Checked::Wrong,
        })
    }

    fn hash(&self, email: &str, purpose: Purpose, code: &str) -> String {
        let mac = self.0.clone().chain_update(purpose.as_str()).chain_update([0]);
        let mac = mac.chain_update(email).chain_update([0]).chain_update(code);
        hex::encode(mac.finalize().into_bytes())
    }
}

/// An error for whoever has tried too often.
pub fn too_many_tries(retry_after: u64) -> ApiError {
    ApiError::new(ErrorCode::TooManyTries, "too many wrong codes: wait, then ask for a new one")
        .retry_after(retry_after)
}

/// How long no code of the address is looked at, in seconds; `None` when the next one is.
fn locked_for(limit: &EmailLimit, now: Millis) -> Option<u64> {
    let until = Millis::from(limit.tries_since).plus_secs(LIFE_SECS);
    (limit.tries >= TRIES_MAX && until > now).then(|| until.secs_from(now))
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

    use super::{Code, Codes, locked_for, mail_again_in};
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
        let one = codes.hash("ann@example.org", Purpose::Login, "123456");
        for other in [
            codes.hash("bob@example.org", Purpose::Login, "123456"),
            codes.hash("ann@example.org", Purpose::Reset, "123456"),
            codes.hash("ann@example.org", Purpose::Login, "123457"),
            Codes::new("other").expect("a key").hash("ann@example.org", Purpose::Login, "123456"),
        ] {
            assert_ne!(one, other);
        }
        assert_eq!(one, codes.hash("ann@example.org", Purpose::Login, "123456"));
    }

    proptest! {
        #[test]
        fn whoever_waits_as_told_gets_in(
            at in 0_i64..4_000_000_000_000, ago in 0_i64..100_000_000, mails in 0_i32..12,
            tries in 0_i32..8, tries_ago in 0_i64..1_000_000
        ) {
            let now = Millis(at + ago);
            let mailed_at = Millis(at).naive();
            let limit = EmailLimit {
                mailed_at,
                mail_day: mailed_at.date(),
                mails,
                tries_since: now.plus_ms(-tries_ago).naive(),
                tries,
            };
            let then = now.plus_secs(mail_again_in(&limit, now).cast_signed());
            let apart = then >= Millis(at).plus_secs(60);
            prop_assert!(apart, "a minute apart");
            prop_assert!(mails < 10 || then.naive().date() > limit.mail_day, "ten a day");
            let later = limit.mail_day.checked_add_days(Days::new(1)).expect("a day");
            prop_assert!(then.naive().date() <= later.max(now.naive().date()));
            if let Some(secs) = locked_for(&limit, now) {
                let then = now.plus_secs(secs.cast_signed());
                prop_assert_eq!(locked_for(&limit, then), None);
                prop_assert!(tries >= 5 && secs <= 600);
            }
        }
    }
}
