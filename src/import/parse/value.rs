//! What a key, a name and a time to live may be.

use super::{Entry, Item, Reason, fields};

/// The shortest key in bytes.
pub const KEY_MIN: usize = 8;

/// The longest key in bytes; the longest known (JWTs) are below a thousand.
pub const KEY_MAX: usize = 2048;

/// The longest label or account in characters.
pub const NAME_MAX: usize = 256;

/// The longest time to live: a century, in seconds.
pub const TTL_SECS_MAX: i64 = 3_155_760_000;

/// Values whose meaning their names told.
pub struct Named<'a> {
    pub key: &'a str,
    pub username: &'a str,
    pub account: &'a str,
    pub ttl_secs: Option<i64>,
}

impl Named<'_> {
    /// The entry, if the values can be what they are named.
    ///
    /// A whole `----` line in the key's place is taken apart, or its password would be stored as a
    /// part of the key.
    pub fn item(&self, line: u64) -> Item {
        let (label, key) = match fields::split(fields::bare(self.key)).as_slice() {
            [] => ("", Err(Reason::Empty)),
            [key] => ("", named_key(key)),
            several => fields::label_and_key(several),
        };
        let username = if self.username.is_empty() { label } else { self.username };
        let (username, account) = (fields::bare(username), fields::bare(self.account));
        let checked = key.and_then(|secret| {
            let ttl_secs = self.ttl_secs.filter(|secs| *secs != 0);
            if !ttl_secs.is_none_or(|secs| (1..=TTL_SECS_MAX).contains(&secs)) {
                return Err(Reason::Ttl);
            }
            if !is_name(username) || !is_name(account) {
                return Err(Reason::Name);
            }
            let (secret, username) = (secret.to_owned(), username.to_owned());
            Ok(Entry { line, secret, username, account: account.to_owned(), ttl_secs })
        });
        checked.map_or_else(|reason| Item::bad(line, reason), Item::Entry)
    }
}

/// Whether it can be a label or an account.
pub fn is_name(text: &str) -> bool {
    text.chars().count() <= NAME_MAX && !text.chars().any(char::is_control)
}

/// Seconds in text; nothing for an empty one.
pub fn secs(text: &str) -> Result<Option<i64>, Reason> {
    match fields::bare(text) {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| Reason::Ttl),
    }
}

/// A key that was named as one may have any character that a header can carry.
fn named_key(text: &str) -> Result<&str, Reason> {
    let sendable = text.bytes().all(|byte| byte.is_ascii_graphic());
    match text.len() {
        0 => Err(Reason::Empty),
        KEY_MIN..=KEY_MAX if sendable => Ok(text),
        _ => Err(Reason::NoKey),
    }
}

/// Whether it may be a key where nothing but its place says so.
///
/// "Plainly no key" is what can't be sent as a bearer token (RFC 6750, section 2.1: letters,
/// digits, `-._~+/`, and `=` at the end; beside them `:`, which some upstreams put between an id
/// and its secret), what is shorter or longer than keys are, and what has no letter: moments, dates
/// and account numbers are all that look so.
pub fn is_key(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    let of_keys = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/:".contains(&byte);
    (KEY_MIN..=KEY_MAX).contains(&text.len())
        && body.bytes().all(of_keys)
        && body.bytes().any(|byte| byte.is_ascii_alphabetic())
        && !body.contains("://")
}
