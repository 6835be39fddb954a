//! A head of the chain that somebody noted elsewhere.

use std::str::FromStr;

use serde::Serialize;
use utoipa::ToSchema;

/// Hexadecimal digits of a hash that are enough, as the metrics have them.
pub const DIGITS_MIN: usize = 12;

/// All digits of a hash.
const DIGITS: usize = 64;

/// What became of a noted row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Noted {
    /// It is in the chain.
    Contained,
    /// It is not in the chain, or has another hash.
    Missing,
    /// It was deleted for its age, so that nothing can be said.
    Pruned,
}

/// Number of a row and its hash, or the hash's beginning: `1204:9f86d081884c`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotedHead {
    /// The row's number.
    pub seq: i64,
    hash: String,
}

impl NotedHead {
    /// What this row says of it; `None` when it is about another one.
    pub fn look(&self, seq: i64, hash: &str) -> Option<Noted> {
        let same = hash.starts_with(&self.hash);
        (self.seq == seq).then_some(if same { Noted::Contained } else { Noted::Missing })
    }
}

impl FromStr for NotedHead {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parse = || {
            let (seq, hash) = text.trim().split_once(':')?;
            let seq: i64 = seq.parse().ok().filter(|seq| *seq > 0)?;
            let digits = hash.bytes().all(|digit| digit.is_ascii_hexdigit());
            let fits = (DIGITS_MIN..=DIGITS).contains(&hash.len());
            (digits && fits).then(|| Self { seq, hash: hash.to_ascii_lowercase() })
        };
        parse().ok_or_else(|| {
            format!("must be SEQ:HASH, as the log has it, with {DIGITS_MIN} to {DIGITS} digits of the hash")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Noted, NotedHead};

    #[test]
    fn a_beginning_of_the_hash_is_enough_and_less_is_not() {
        let noted: NotedHead = " 12:0123456789AB".parse().unwrap();
        assert_eq!(noted.look(12, "0123456789abcdef"), Some(Noted::Contained));
        assert_eq!(noted.look(12, "1123456789abcdef"), Some(Noted::Missing));
        assert_eq!(noted.look(13, "0123456789abcdef"), None);
        for bad in ["", "12", "12:", "0:0123456789ab", "12:0123456789a", "x:0123456789ab"] {
            assert!(bad.parse::<NotedHead>().is_err(), "{bad}");
        }
        assert!(format!("12:{}", "a".repeat(65)).parse::<NotedHead>().is_err());
        assert!("12:0123456789ag".parse::<NotedHead>().is_err());
    }
}
