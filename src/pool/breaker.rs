//! A circuit breaker: closed, open, or half-open. Pure.
//!
//! Counts requests, not attempts, so that one request with three attempts is one failure. It opens
//! in three ways:
//!
//! - by share: at least [`SHARE_PERCENT`] of the requests of the last [`WINDOW_SECS`] failed, and
//!   there were at least [`REQUESTS_MIN`];
//! - in a row: as many failed within that time, and nobody was served between them;
//! - by agreement: one request failed alike with keys of two accounts, and nobody was served since
//!   it began.
//!
//! For everybody it opens only when requests of two client tokens fail; with one request for that
//! request, with one token for that token, since what they ask may be what is wrong. An open breaker
//! lets a single request through each [`PROBE_EVERY_MS`]. The first success closes it.

#[cfg(test)]
mod tests;

use super::reason::Reason;
use super::seconds::Seconds;
use crate::clock::Millis;

/// A client token and a request body: requests that may fail for one reason of their own.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Source {
    /// The client token's row.
    pub token: i64,
    /// Hash of the body; `None` as long as nothing fails, when nobody needs to know.
    pub body: Option<u64>,
}

/// Whose requests are refused by an open breaker that is not open for everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Only {
    /// This request.
    Request(Source),
    /// This client token, which failed with several bodies.
    Token {
        /// The token's row.
        token: i64,
        /// Nobody else asked lately, so that it is as good as everybody.
        alone: bool,
    },
}

impl Only {
    fn is(self, source: Source) -> bool {
        match self {
            Self::Request(only) => only == source,
            Self::Token { token, .. } => token == source.token,
        }
    }

    /// Whether nobody else asked lately.
    fn is_everybody(self) -> bool {
        matches!(self, Self::Token { alone: true, .. })
    }
}

/// Length of the window, in seconds.
const WINDOW_SECS: usize = 30;

/// Share of failed requests that opens the breaker, in percent.
const SHARE_PERCENT: u32 = 50;

/// Requests in the window below which their share says nothing.
const REQUESTS_MIN: u32 = 10;

/// Time between two requests that an open breaker lets through, in ms.
pub const PROBE_EVERY_MS: i64 = 1_500;

/// Where a breaker stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Everybody is let through.
    Closed,
    /// Nobody is, until the next probe.
    Open,
    /// A probe is on its way, or the next request is one.
    HalfOpen,
}

impl State {
    /// The name in answers and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half_open",
        }
    }
}

/// An answer to a request that wants through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// Goes ahead.
    Pass,
    /// Goes ahead, as the one that tests the upstream.
    Probe,
    /// Comes back at this moment.
    Refuse {
        /// When the next probe may go.
        until: Millis,
        /// The failure that opened the breaker.
        reason: Reason,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Opened {
    since: Millis,
    reason: Reason,
    /// The only one whose requests failed, when there was one only.
    only: Option<Only>,
    probe_at: Millis,
    probing: bool,
}

/// What operators see of a breaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BreakerView {
    /// Where it stands.
    pub state: State,
    /// The failure that opened it.
    pub reason: Option<Reason>,
    /// When it opened.
    pub since: Option<Millis>,
    /// When the next probe may go.
    pub probe_at: Option<Millis>,
    /// It is open for one client, or one client's request, among others.
    pub one_client: bool,
    /// Requests in the window.
    pub requests: u32,
    /// Those of them that failed.
    pub failures: u32,
}

/// The breaker of one model at one provider.
#[derive(Debug, Default)]
pub struct Breaker {
    /// Requests, and those that failed.
    window: Seconds<WINDOW_SECS>,
    /// Sources of the failures since the last success: two, of two tokens if there are.
    sources: Vec<Source>,
    opened: Option<Opened>,
    /// Failures since the last success, and when the first of them was.
    row: (u32, Millis),
    /// When it closed last, or was served last.
    served_at: Millis,
}

impl Breaker {
    /// Whether a request of this source may go ahead.
    pub fn admit(&mut self, source: Source, now: Millis) -> Admission {
        let Some(opened) = &mut self.opened else { return Admission::Pass };
        if opened.only.is_some_and(|only| !only.is(source)) {
            return Admission::Pass;
        }
        if now < opened.probe_at {
            return Admission::Refuse { until: opened.probe_at, reason: opened.reason };
        }
        opened.probe_at = now.plus_ms(PROBE_EVERY_MS);
        opened.probing = true;
        Admission::Probe
    }

    /// A request failed: counts it, and opens when that is enough. `agreed` says that keys of two
    /// accounts failed alike in it and that nobody was served meanwhile, `alone` that no other client
    /// token asked lately. Returns whether it opened for everybody who asks.
    pub fn failed(
        &mut self,
        source: Source,
        agreed: bool,
        alone: bool,
        reason: Reason,
        now: Millis,
    ) -> bool {
        self.window.add(now, 1, 1);
        let only = self.only(source, alone);
        let was_open = self.is_open();
        if let Some(opened) = &mut self.opened {
            opened.probing = false;
            // Somebody else fails, too.
            opened.only = opened.only.and(only);
            return !was_open && self.is_open();
        }
        if self.row.0 == 0 || now >= self.row.1.plus_secs(WINDOW_SECS as i64) {
            self.row = (0, now);
        }
        self.row.0 += 1;
        let (requests, failures) = self.window.sum(now);
        let many = requests >= REQUESTS_MIN && failures * 100 >= requests * SHARE_PERCENT;
        if !agreed && !many && self.row.0 < REQUESTS_MIN {
            return false;
        }
        let probe_at = now.plus_ms(PROBE_EVERY_MS);
        self.opened = Some(Opened { since: now, reason, only, probe_at, probing: false });
        self.is_open()
    }

    /// Notes that this source failed; returns whom the failures since the last success tell of,
    /// `None` for everybody.
    fn only(&mut self, source: Source, alone: bool) -> Option<Only> {
        let known = self.sources.contains(&source);
        let other_token = self.sources.iter().all(|known| known.token != source.token);
        if self.sources.len() < 2 && !known {
            self.sources.push(source);
        } else if other_token && let Some(last) = self.sources.last_mut() {
            *last = source;
        }
        if self.sources.iter().any(|known| known.token != source.token) {
            return None;
        }
        Some(match self.sources.len() < 2 {
            true => Only::Request(source),
            false => Only::Token { token: source.token, alone },
        })
    }

    /// A request was served, or answered with a fault of its own: the upstream is there. Returns
    /// whether the breaker was open.
    pub fn served(&mut self, now: Millis) -> bool {
        let closed = self.serving(now);
        self.window.add(now, 1, 0);
        closed
    }

    /// An answer has begun: as [`Self::served`], and the request is counted when it is over.
    pub fn serving(&mut self, now: Millis) -> bool {
        self.served_at = self.served_at.max(now);
        self.sources.clear();
        self.row.0 = 0;
        let was_open = self.opened.take().is_some();
        if was_open {
            self.window = Seconds::default();
        }
        was_open
    }

    /// Closes it, by an administrator's word.
    pub fn close(&mut self, now: Millis) -> bool {
        self.serving(now)
    }

    /// Whether it is open for everybody who asks.
    pub fn is_open(&self) -> bool {
        self.opened.is_some_and(|opened| opened.only.is_none_or(Only::is_everybody))
    }

    /// When the next request may go ahead; `None` while it is closed for this source.
    pub fn opens_at(&self, source: Source) -> Option<Millis> {
        let opened = self.opened.as_ref()?;
        let for_it = opened.only.is_none_or(|only| only.is(source));
        for_it.then_some(opened.probe_at)
    }

    /// Whether anything is left to know.
    pub fn is_idle(&self, now: Millis) -> bool {
        self.opened.is_none() && self.window.sum(now).1 == 0
    }

    /// What others are told: when it was served last, and why and since when it is open for
    /// everybody.
    pub fn told(&self) -> (Millis, Option<(Reason, Millis)>) {
        let opened = self.opened.filter(|opened| opened.only.is_none());
        (self.served_at, opened.map(|opened| (opened.reason, opened.since)))
    }

    /// Takes over what another replica knows: a success that is later than what opened this one
    /// closes it, and an opening that is later than the last success opens it.
    pub fn merge(&mut self, served_at: Millis, opened: Option<(Reason, Millis)>, now: Millis) {
        self.served_at = self.served_at.max(served_at);
        let later = |known: &Opened| (known.since, known.reason.as_str());
        if let Some((reason, since)) = opened {
            let known = self.opened.filter(|known| known.only.is_none());
            if known.is_none_or(|known| (since, reason.as_str()) > later(&known)) {
                let probe_at = known.map_or(now.plus_ms(PROBE_EVERY_MS), |known| known.probe_at);
                self.opened = Some(Opened { since, reason, only: None, probe_at, probing: false });
            }
        }
        if self.opened.is_some_and(|opened| opened.since <= self.served_at) {
            self.opened = None;
            self.sources.clear();
            self.row.0 = 0;
            self.window = Seconds::default();
        }
    }

    /// What operators see.
    pub fn view(&self, now: Millis) -> BreakerView {
        let (requests, failures) = self.window.sum(now);
        let state = match &self.opened {
            None => State::Closed,
            Some(opened) if opened.probing || opened.probe_at <= now => State::HalfOpen,
            Some(_) => State::Open,
        };
        BreakerView {
            state,
            reason: self.opened.map(|opened| opened.reason),
            since: self.opened.map(|opened| opened.since),
            probe_at: self.opened.map(|opened| opened.probe_at),
            one_client: self.opened.is_some() && !self.is_open(),
            requests,
            failures,
        }
    }
}
