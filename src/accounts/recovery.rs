//! Recovery codes: ten that stand in for a code of the second factor, each once, for those who have
//! lost their device.

use crate::vault::{VaultError, random_hex, token_hash};

/// Codes that are made at once.
pub const CODES: usize = 10;

/// Random bytes of a code: 120 bits, so that a plain hash of it can be stored (ASVS 5, 6.5.2: at
/// least 112).
const BYTES: usize = 15;

/// Hexadecimal digits that are read at once.
const GROUP: usize = 5;

/// A code to be shown once. Has no `Debug`: nothing prints it.
pub struct RecoveryCode(String);

impl RecoveryCode {
    /// Makes one.
    pub fn make() -> Result<Self, VaultError> {
        random_hex(BYTES).map(Self)
    }

    /// The code that somebody has typed, in upper or lower case, with or without the hyphens;
    /// `None` for what can't be one, as the digits of an app.
    pub fn parse(text: &str) -> Option<Self> {
        let shown = text.chars().filter(|c| !c.is_whitespace() && *c != '-');
        let digits: String = shown.map(|c| c.to_ascii_lowercase()).collect();
        let is_hex = digits.bytes().all(|b| b.is_ascii_hexdigit());
        (is_hex && digits.len() == 2 * BYTES).then_some(Self(digits))
    }

    /// As it is stored for this user.
    pub fn hash(&self, user: i64) -> String {
        hex::encode(token_hash(&format!("recovery code:{user}:{}", self.0)))
    }

    /// As it is shown: `3f9a1-0c2d4-…`.
    pub fn text(&self) -> String {
        let groups = self.0.as_bytes().chunks(GROUP);
        let groups: Vec<_> = groups.map(String::from_utf8_lossy).collect();
        groups.join("-")
    }
}

#[cfg(test)]
mod tests {
    use super::RecoveryCode;

    #[test]
    fn what_is_shown_is_read_again_however_it_is_typed() {
        let code = RecoveryCode::make().expect("random bytes");
        let text = code.text();
        assert_eq!((text.len(), text.matches('-').count()), (35, 5), "{text}");
        for typed in
            [text.clone(), text.to_uppercase(), text.replace('-', " "), format!(" {text}\n")]
        {
            let read = RecoveryCode::parse(&typed).expect("a code");
            assert_eq!(read.hash(7), code.hash(7), "{typed}");
            assert_ne!(read.hash(8), code.hash(7), "another's");
        }
        for odd in
            ["", "123456", "123 456", &text[1..], &format!("{text}0"), &text.replace('-', "g")]
        {
            assert!(RecoveryCode::parse(odd).is_none(), "{odd}");
        }
    }
}
