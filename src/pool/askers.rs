//! The client tokens that asked last.

use crate::clock::Millis;

/// How long a token counts after it asked, in seconds.
const WINDOW_SECS: i64 = 30;

/// Two of them: enough to know whether there is another.
#[derive(Debug, Default)]
pub(super) struct Askers([(i64, Millis); 2]);

impl Askers {
    /// Notes that a token asked.
    pub fn asked(&mut self, token: i64, now: Millis) {
        let [newer, older] = &mut self.0;
        if newer.0 != token {
            std::mem::swap(newer, older);
        }
        *newer = (token, now);
    }

    /// Whether no other token asked lately.
    pub fn is_alone(&self, token: i64, now: Millis) -> bool {
        let oldest = now.plus_secs(-WINDOW_SECS);
        self.0.iter().all(|(other, at)| *other == token || *at <= oldest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_alone_until_another_asks_and_half_a_minute_later() {
        let at = |secs| Millis(1_700_000_000_000).plus_secs(secs);
        let mut askers = Askers::default();
        assert!(askers.is_alone(7, at(0)));
        askers.asked(7, at(0));
        assert!(askers.is_alone(7, at(0)));
        askers.asked(8, at(1));
        askers.asked(7, at(2));
        askers.asked(7, at(3));
        assert!(!askers.is_alone(7, at(3)) && !askers.is_alone(8, at(3)));
        askers.asked(7, at(30));
        assert!(!askers.is_alone(7, at(30)));
        assert!(askers.is_alone(7, at(31)));
    }
}
