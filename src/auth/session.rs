//! The tokens of sessions: who holds one is signed in as long as its row is in `sessions`.

use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{jwt, secrets};
use crate::clock::Millis;

/// How long a session lasts, in seconds: seven days.
pub const LIFE_SECS: i64 = 604_800;

/// Who made the token and what it is for, so that none of another use of the secret is taken.
const ISSUER: &str = "ollama-api-pool";
const AUDIENCE: &str = "session";

/// What a session's token says (RFC 7519, 4.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The user's number, as text.
    sub: String,
    /// The session's id.
    pub jti: String,
    iss: String,
    aud: String,
    /// Seconds since 1970.
    iat: i64,
    exp: i64,
}

impl Claims {
    /// A session of this user that begins now.
    pub fn new(user: i64, now: Millis) -> Self {
        let iat = now.0.div_euclid(1000);
        Self {
            sub: user.to_string(),
            jti: Uuid::now_v7().to_string(),
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            iat,
            exp: iat + LIFE_SECS,
        }
    }

    /// Whose it is.
    pub fn user(&self) -> Option<i64> {
        self.sub.parse().ok()
    }

    /// When it ends.
    pub fn ends_at(&self) -> Millis {
        Millis(self.exp.saturating_mul(1000))
    }
}

/// Signs the tokens of sessions and reads them. Its secrets can be changed while in use.
pub struct SessionKeys {
    keys: ArcSwap<Keys>,
    expected: Validation,
}

struct Keys {
    signs: EncodingKey,
    /// One for each secret.
    read: Vec<DecodingKey>,
}

impl Keys {
    fn of(text: &str) -> Self {
        let first = secrets::each(text).next().unwrap_or_default();
        let read = secrets::each(text).map(|secret| DecodingKey::from_secret(secret.as_bytes()));
        Self { signs: EncodingKey::from_secret(first.as_bytes()), read: read.collect() }
    }
}

impl fmt::Debug for SessionKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionKeys")
    }
}

impl SessionKeys {
    /// Keys from `AUTH_SECRET`: the first secret signs, all are read.
    pub fn new(text: &str) -> Self {
        jwt::install();
        let mut expected = Validation::new(Algorithm::HS256);
        expected.set_issuer(&[ISSUER]);
        expected.set_audience(&[AUDIENCE]);
        // Its end is compared with this program's own clock.
        expected.validate_exp = false;
        Self { keys: ArcSwap::from_pointee(Keys::of(text)), expected }
    }

    /// Takes other secrets up, at once for every holder.
    pub fn change(&self, text: &str) {
        self.keys.store(Arc::new(Keys::of(text)));
    }

    /// The token of a session.
    pub fn sign(&self, claims: &Claims) -> Result<String, jsonwebtoken::errors::Error> {
        encode(&Header::new(Algorithm::HS256), claims, &self.keys.load().signs)
    }

    /// What a token says, if it is ours and has not ended. Whether its session was ended is for the
    /// database to say.
    pub fn read(&self, token: &str, now: Millis) -> Option<Claims> {
        let keys = self.keys.load();
        let read = |key| decode::<Claims>(token, key, &self.expected).ok();
        let claims = keys.read.iter().find_map(read)?.claims;
        (claims.ends_at() > now).then_some(claims)
    }
}

/// Whether a bearer's token looks like one of a session: three parts with dots between.
pub fn is_session(token: &str) -> bool {
    token.bytes().filter(|byte| *byte == b'.').count() == 2
}

#[cfg(test)]
mod tests {
    use super::{Claims, LIFE_SECS, SessionKeys, is_session};
    use crate::clock::Millis;

    const NOW: Millis = Millis(1_790_000_000_000);

    #[test]
    fn a_token_is_read_until_it_ends() {
        let keys = SessionKeys::new("0123456789abcdef0123456789abcdef");
        let claims = Claims::new(7, NOW);
        let token = keys.sign(&claims).expect("a token");
        assert!(is_session(&token));
        assert_eq!(keys.read(&token, NOW), Some(claims.clone()));
        assert_eq!(claims.user(), Some(7));
        assert_eq!(keys.read(&token, NOW.plus_secs(LIFE_SECS - 1)), Some(claims));
        assert_eq!(keys.read(&token, NOW.plus_secs(LIFE_SECS)), None);
    }

    #[test]
    fn a_token_outlives_its_secret_for_as_long_as_that_is_configured() {
        let (old, new) = ("0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210");
        let keys = SessionKeys::new(old);
        let claims = Claims::new(7, NOW);
        let before = keys.sign(&claims).expect("a token");
        keys.change(&format!("{new}, {old}"));
        assert_eq!(keys.read(&before, NOW), Some(claims.clone()));
        let after = keys.sign(&claims).expect("a token");
        assert_eq!(SessionKeys::new(old).read(&after, NOW), None, "the first signs");
        keys.change(new);
        assert_eq!((keys.read(&before, NOW), keys.read(&after, NOW)), (None, Some(claims)));
    }

    #[test]
    fn a_token_of_anyone_else_is_none() {
        let keys = SessionKeys::new("0123456789abcdef0123456789abcdef");
        let others = SessionKeys::new("fedcba9876543210fedcba9876543210");
        let token = others.sign(&Claims::new(7, NOW)).expect("a token");
        assert_eq!(keys.read(&token, NOW), None);
        let mine = keys.sign(&Claims::new(7, NOW)).expect("a token");
        let (head, rest) = mine.split_once('.').expect("parts");
        let (body, tail) = rest.split_once('.').expect("parts");
        // {"alg":"none","typ":"JWT"}, and the same claims with another's signature.
        let none = format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{body}.");
        let theirs = token.split('.').next_back().expect("a signature");
        for odd in [none, format!("{head}.{body}.{theirs}"), format!("{head}.{body}."), tail.into()]
        {
            assert_eq!(keys.read(&odd, NOW), None, "{odd}");
        }
        let claims = Claims { aud: "other".to_owned(), ..Claims::new(7, NOW) };
        assert_eq!(keys.read(&keys.sign(&claims).expect("a token"), NOW), None);
    }
}
