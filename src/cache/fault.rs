//! Why Redis can't be used.

use bb8_redis::redis::{ErrorKind, RedisError as DriverError};

use crate::tls;

/// Redis can't be used now. Never holds what the driver says, which may have the address and its
/// password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RedisError {
    /// `REDIS_URL` is not a Redis address.
    #[error("REDIS_URL must be an address like redis://host:6379/0, or rediss://… for TLS")]
    Url,
    /// `REDIS_URL` switches verification off.
    #[error(
        "REDIS_URL: `#insecure` would let anybody between the pool and Redis read all of it, and is \
         refused: name the authority of Redis's certificate in REDIS_CA_FILE"
    )]
    Insecure,
    /// `REDIS_CA_FILE` is of no use.
    #[error("REDIS_CA_FILE: {0}")]
    Authorities(String),
    /// It would be in clear text.
    #[error("REDIS_URL: {0}")]
    Plaintext(String),
    /// Its certificate is refused.
    #[error("Redis's certificate is refused: {0}")]
    Certificate(String),
    /// Nobody answers, or not in time.
    #[error("Redis does not answer")]
    Away,
    /// It answers with this error: `NOAUTH`, `OOM`, `READONLY` and the like.
    #[error("Redis refuses: {0}")]
    Refused(String),
}

impl From<DriverError> for RedisError {
    fn from(error: DriverError) -> Self {
        // The driver keeps the server's own word for this one to itself.
        if error.kind() == ErrorKind::AuthenticationFailed {
            return Self::Refused("WRONGPASS".to_owned());
        }
        let certificate = tls::refused_certificate(&error);
        if let Some(certificate) = certificate {
            return Self::Certificate(certificate.to_string());
        }
        match error.code().filter(|code| is_code(code)) {
            Some(code) => Self::Refused(code.to_owned()),
            None => Self::Away,
        }
    }
}

/// By Redis's convention an error begins with one word in capitals.
fn is_code(word: &str) -> bool {
    (1..=20).contains(&word.len()) && word.bytes().all(|letter| letter.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::RedisError;
    use bb8_redis::redis::{ErrorKind, RedisError as DriverError, ServerErrorKind};

    #[test]
    fn it_says_what_redis_said_and_nothing_else() {
        let said = |error: DriverError| RedisError::from(error).to_string();
        let secret = "redis://:secret@host".to_owned();
        let read_only = ErrorKind::Server(ServerErrorKind::ReadOnly);
        for (kind, expected) in [
            (read_only, "Redis refuses: READONLY"),
            (ErrorKind::AuthenticationFailed, "Redis refuses: WRONGPASS"),
            (ErrorKind::Io, "Redis does not answer"),
        ] {
            assert_eq!(said(DriverError::from((kind, "it", secret.clone()))), expected);
        }
    }
}
