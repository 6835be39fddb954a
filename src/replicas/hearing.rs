//! Whether a message was missed.

use std::collections::HashMap;

/// Senders that are remembered. Each process is a new one.
const SENDERS_MAX: usize = 1_000;

/// The numbers that were heard last, by sender.
#[derive(Debug, Default)]
pub struct Hearing(HashMap<String, u64>);

impl Hearing {
    /// Whether every message of this sender before this one was heard. A new sender's were either
    /// before this process listened, or this is its first.
    pub fn is_next(&mut self, from: &str, seq: u64) -> bool {
        if let Some(last) = self.0.get_mut(from) {
            return std::mem::replace(last, seq).checked_add(1) == Some(seq);
        }
        if self.0.len() >= SENDERS_MAX {
            self.0.clear();
        }
        self.0.insert(from.to_owned(), seq);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_is_noticed_once() {
        let mut hearing = Hearing::default();
        let heard = [("a", 5), ("a", 6), ("b", 1), ("a", 8), ("a", 9), ("b", 2), ("b", 2)];
        let next = heard.map(|(from, seq)| hearing.is_next(from, seq));
        assert_eq!(next, [true, true, true, false, true, true, false]);
    }
}
