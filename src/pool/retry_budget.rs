//! A retry budget: how many calls may be made beyond one a request.
//!
//! In an outage every request fails with every key it is given, so that retries multiply the calls
//! an upstream gets just when it can't take them. Google's SRE book and Envoy bound them by a share
//! of the requests, as here.

use super::seconds::Seconds;
use crate::clock::Millis;

/// Length of the window, in seconds.
const WINDOW_SECS: usize = 10;

/// Retries in the window, in percent of the requests.
const PERCENT: u32 = 20;

/// Retries that are always allowed in the window: few requests need more than their share.
const FREE: u32 = 10;

/// Requests and retries by second.
#[derive(Debug, Default)]
pub struct RetryBudget(Seconds<WINDOW_SECS>);

impl RetryBudget {
    /// Counts a request.
    pub fn request(&mut self, now: Millis) {
        self.0.add(now, 1, 0);
    }

    /// Whether a retry is left.
    pub fn has_retry(&self, now: Millis) -> bool {
        let (requests, retries) = self.0.sum(now);
        retries < FREE + requests / 100 * PERCENT + requests % 100 * PERCENT / 100
    }

    /// Counts a retry.
    pub fn retry(&mut self, now: Millis) {
        self.0.add(now, 0, 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fifth_of_the_requests_and_the_first_few() {
        let (mut budget, now) = (RetryBudget::default(), Millis(1_700_000_000_000));
        let taken = |budget: &mut RetryBudget, now| {
            let mut taken = 0;
            while budget.has_retry(now) {
                budget.retry(now);
                taken += 1;
            }
            taken
        };
        assert_eq!(taken(&mut budget, now), 10);
        (0..100).for_each(|_| budget.request(now));
        assert_eq!(taken(&mut budget, now.plus_ms(3_000)), 20);
        assert_eq!(taken(&mut budget, now.plus_ms(9_999)), 0);
        assert_eq!(taken(&mut budget, now.plus_ms(13_000)), 10, "what is older is forgotten");
    }
}
