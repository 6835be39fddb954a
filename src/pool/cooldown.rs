//! How long to leave something alone.

use super::reason::Reason;
use crate::clock::Millis;

/// The first wait, in ms, of whatever gives no time of its own.
const BACKOFF_FIRST_MS: i64 = 1_000;

/// The longest such wait, in ms. A slot or a server that is still busy is asked once a minute.
const BACKOFF_MAX_MS: i64 = 60_000;

/// Until when, and why. Only ever moves ahead: a short wait never replaces a longer one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cooldown {
    until: Option<(Millis, Reason)>,
    /// Nobody named the moment: it is this pool's own backoff.
    soft: bool,
}

impl Cooldown {
    /// A cooldown as it was stored.
    pub fn restored(until: Millis, reason: Reason) -> Self {
        Self { until: Some((until, reason)), soft: false }
    }

    /// Extends the cooldown to `until`; returns whether that changed anything.
    pub fn extend(&mut self, until: Millis, reason: Reason) -> bool {
        let longer = self.until.is_none_or(|(now_until, _)| until > now_until);
        if longer {
            *self = Self::restored(until, reason);
        }
        longer
    }

    /// Extends it by a backoff.
    pub fn extend_softly(&mut self, until: Millis, reason: Reason) {
        if self.extend(until, reason) {
            self.soft = true;
        }
    }

    /// Learns that it is no longer than this backoff's wait, as another replica told.
    pub fn is_of(&mut self, backoff: &Backoff) {
        if self.until.is_some_and(|(until, _)| Some(until) <= backoff.end()) {
            self.soft = true;
        }
    }

    /// Whether it is over, or a backoff of this pool's own.
    pub fn is_soft(&self, now: Millis) -> bool {
        self.soft || self.active(now).is_none()
    }

    /// The end and the reason, while it lasts.
    pub fn active(&self, now: Millis) -> Option<(Millis, Reason)> {
        self.until.filter(|(until, _)| *until > now)
    }

    /// Whether its last wait was for this, over or not.
    pub fn is_for(&self, reason: Reason) -> bool {
        self.until.is_some_and(|(_, last)| last == reason)
    }

    /// Ends it when its reason is one of these.
    pub fn clear_if(&mut self, reasons: impl Fn(Reason) -> bool) {
        if self.until.is_some_and(|(_, reason)| reasons(reason)) {
            self.clear();
        }
    }

    /// Ends it at once: only a probe or an administrator may.
    pub fn clear(&mut self) {
        self.until = None;
    }
}

/// At this level waits are as long as they get.
const BACKOFF_LEVEL_MAX: u32 = 7;

/// Waits that double: 1 s, 2 s, 4 s … 60 s, and start anew after a success.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Backoff {
    level: u32,
    /// When it was raised last or, at level 0, when a success took it back.
    at: Millis,
}

impl Backoff {
    /// As another replica tells it.
    pub fn told(level: u32, at: Millis) -> Self {
        Self { level: level.min(BACKOFF_LEVEL_MAX), at }
    }

    /// How often it was raised, and when that changed last.
    pub fn level(&self) -> (u32, Millis) {
        (self.level, self.at)
    }

    /// The end of the next wait.
    ///
    /// `asked_at` is when the failed request took its key. Requests that were under way together
    /// fail together and tell one thing, so only one asked after the last raise raises again.
    pub fn next(&mut self, now: Millis, asked_at: Millis) -> Millis {
        if self.level == 0 || asked_at >= self.at {
            self.level = (self.level + 1).min(BACKOFF_LEVEL_MAX);
            // After what it follows, also when that was told by a clock ahead of this one.
            self.at = now.max(self.at.plus_ms(1));
        }
        now.plus_ms(self.wait_ms())
    }

    /// Whether the next wait is the first.
    pub fn is_fresh(&self) -> bool {
        self.level == 0
    }

    /// The next wait is the first again. Returns whether it was not.
    pub fn reset(&mut self, now: Millis) -> bool {
        self.at = now.max(self.at);
        std::mem::take(&mut self.level) > 0
    }

    /// Takes over what another replica knows: the higher level while its wait lasts, or that a
    /// success took back all that is known here.
    pub fn adopt(&mut self, told: Self, now: Millis) {
        if told.level == 0 {
            if told.at >= self.at {
                *self = told;
            }
            return;
        }
        let since_reset = self.level > 0 || told.at > self.at;
        if since_reset && told.at.plus_ms(told.wait_ms()) > now {
            *self = Self { level: self.level.max(told.level), at: self.at.max(told.at) };
        }
    }

    /// The end of the last wait.
    pub fn end(&self) -> Option<Millis> {
        (self.level > 0).then(|| self.at.plus_ms(self.wait_ms()))
    }

    fn wait_ms(&self) -> i64 {
        (BACKOFF_FIRST_MS << self.level.saturating_sub(1)).min(BACKOFF_MAX_MS)
    }
}
