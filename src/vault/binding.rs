//! The place that a sealed secret belongs to: it opens there and nowhere else.

use super::form::VERSION;

/// The use of a secret, and the row and owner that it is sealed for.
///
/// A row is named by what is known before it is stored, and what an attacker would gain nothing by
/// moving along with the secret. An owner is who may use or see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// Also all that versions before the second bound a secret to.
    pub(super) purpose: &'static str,
    /// Version, purpose, table, row and owner, each with its length before it (RFC 5116, 3.3).
    pub(super) aad: Vec<u8>,
}

impl Binding {
    /// An upstream key with this fingerprint, which goes to this provider only. A key that waits in
    /// a job is bound in the same way, so that it is stored as it is once the job has accepted it.
    pub fn upstream_key(provider: &str, fingerprint: &str) -> Self {
        Self::new("upstream-key", &["upstream_keys", fingerprint, provider])
    }

    /// A client token with this hash, which is shown to this user only; `None` for one without an
    /// owner, which administrators see.
    pub fn client_token(hash: &str, user: Option<i64>) -> Self {
        let user = user.map(|user| user.to_string()).unwrap_or_default();
        Self::new("client-token", &["client_tokens", hash, &user])
    }

    /// The second factor of this user.
    pub fn second_factor(user: i64) -> Self {
        Self::new("totp", &["user_totp", &user.to_string()])
    }

    /// The key of the audit log that was derived from the encryption key with this name.
    pub fn audit_key(encryption_key: &str) -> Self {
        Self::new("audit-key", &["audit_keys", encryption_key])
    }

    /// A cached value under this name.
    pub fn cached(name: &str) -> Self {
        Self::new("response-cache", &[name])
    }

    fn new(purpose: &'static str, parts: &[&str]) -> Self {
        let mut aad = vec![VERSION];
        for part in std::iter::once(&purpose).chain(parts) {
            aad.extend((part.len() as u64).to_be_bytes());
            aad.extend(part.as_bytes());
        }
        Self { purpose, aad }
    }
}
