//! A warning where somebody forwards who isn't trusted: mostly a proxy that `TRUSTED_PROXIES`
//! doesn't name, so that all its callers look like one.

use std::net::IpAddr;

use actix_web::HttpRequest;
use parking_lot::Mutex;

use crate::clock::Millis;

/// The log is told at most so often: anybody can send such a header.
const TOLD_EVERY_MS: i64 = 3_600_000;

/// Headers of proxies that tell whom they ask for.
const HEADERS: [&str; 3] = ["x-forwarded-for", "forwarded", "x-real-ip"];

/// Requests with such a header from addresses that aren't trusted.
#[derive(Debug, Default)]
pub struct UntrustedForwards(Mutex<Seen>);

#[derive(Debug, Default)]
struct Seen {
    count: u64,
    told_at: Option<Millis>,
}

impl UntrustedForwards {
    /// Notes a request from this peer, which isn't trusted.
    pub fn look(&self, request: &HttpRequest, peer: IpAddr, now: Millis) {
        let headers = request.headers();
        if !HEADERS.iter().any(|name| headers.contains_key(*name)) {
            return;
        }
        if let Some(count) = self.0.lock().count(now) {
            log::warn!(
                "{peer} forwards requests and is not in TRUSTED_PROXIES: its own address counts \
                 for all its callers ({count} such requests since the last warning)"
            );
        }
    }
}

impl Seen {
    /// Counts one; returns how many there were, when it is time to tell.
    fn count(&mut self, now: Millis) -> Option<u64> {
        self.count += 1;
        if self.told_at.is_some_and(|at| now.0.saturating_sub(at.0) < TOLD_EVERY_MS) {
            return None;
        }
        self.told_at = Some(now);
        Some(std::mem::take(&mut self.count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_is_told_once_an_hour() {
        let mut seen = Seen::default();
        let told: Vec<_> = (0..1_000).filter_map(|n| seen.count(Millis(n))).collect();
        assert_eq!(told, [1]);
        assert_eq!(seen.count(Millis(TOLD_EVERY_MS - 1)), None);
        assert_eq!(seen.count(Millis(TOLD_EVERY_MS)), Some(1_001));
        assert_eq!(seen.count(Millis(TOLD_EVERY_MS + 1)), None);
    }
}
