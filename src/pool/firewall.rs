//! The firewall against mass failures: an outage benches no key.
//!
//! An answer such as 401, 402, 403 or a 429 without a word speaks against the key that got it, but
//! when keys of several accounts get it while nobody is served, it speaks against the upstream. So
//! each such mark on a key is remembered with what was there before it, until somebody is served.
//! Marks are taken back
//!
//! - when the keys of two accounts fail alike in one request that ends without an answer: either
//!   the upstream or the request is at fault;
//! - when at least three accounts, and a fifth of the requests since the first of them, fail alike
//!   and nobody was served meanwhile.
//!
//! A refusal that names the account's own limit in words, or the moment of its end, is no such mark.

use std::collections::HashSet;

use super::cooldown::{Backoff, Cooldown};
use super::key::KeyId;
use super::provider_pool::ProviderPool;
use super::reason::Reason;
use super::ring::Slot;
use super::verdict::{Effect, Scope, Until, Verdict};
use crate::clock::Millis;

/// How long a mark counts, in ms.
const WINDOW_MS: i64 = 30_000;

/// Accounts that fail alike before the upstream is to blame.
const ACCOUNTS_MIN: usize = 3;

/// Share of the requests since the first mark that these must be, in percent.
const SHARE_PERCENT: u64 = 20;

/// Marks that are remembered. They end with the next success, so there are seldom many.
const MARKS_MAX: usize = 256;

/// Where a key and its account stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Snapshot {
    failures: u32,
    disabled: Option<(Reason, Option<Millis>)>,
    cooldown: Cooldown,
    backoff: Backoff,
    account_cooldown: Cooldown,
    account_backoff: Backoff,
}

/// One refusal that took something from a key.
#[derive(Debug)]
struct Mark {
    key: KeyId,
    slot: Slot,
    account: usize,
    reason: Reason,
    at: Millis,
    before: Snapshot,
    after: Snapshot,
}

/// Where the firewall of a provider stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirewallState {
    /// Nothing speaks against any key.
    Quiet,
    /// Refusals speak against keys, as long as others are served.
    Watching,
    /// The upstream is to blame: its refusals take nothing from keys.
    UpstreamBlamed,
}

impl FirewallState {
    /// The name in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Quiet => "quiet",
            Self::Watching => "watching",
            Self::UpstreamBlamed => "upstream_blamed",
        }
    }
}

/// What operators see of the firewall of a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FirewallView {
    /// Where it stands.
    pub state: FirewallState,
    /// The refusal that the upstream is to blame for.
    pub reason: Option<Reason>,
    /// Until when it is, unless somebody is served before.
    pub until: Option<Millis>,
    /// Refusals that speak against keys since somebody was served last.
    pub marks: usize,
    /// Refusals that were taken back since the start.
    pub taken_back: u64,
}

/// The marks since the last success.
#[derive(Debug, Default)]
pub(super) struct Firewall {
    marks: Vec<Mark>,
    /// Leases since the first of them.
    leases: u64,
    /// Until then the upstream is to blame for every refusal of this kind.
    blamed: Option<(Reason, Millis)>,
    /// When somebody was served last, as far as that was told.
    served_at: Millis,
    taken_back: u64,
    /// A refusal that the upstream is newly blamed for, until the log has it.
    news: Option<Reason>,
}

impl Firewall {
    pub fn is_idle(&self) -> bool {
        self.marks.is_empty() && self.blamed.is_none()
    }

    pub fn leased(&mut self) {
        self.leases += u64::from(!self.marks.is_empty());
    }

    /// Somebody was served: what was marked stands.
    pub fn served(&mut self, now: Millis) {
        self.served_at = self.served_at.max(now);
        self.marks.clear();
        self.leases = 0;
        self.blamed = None;
    }

    /// Whether somebody was served at this moment or later.
    pub fn served_since(&self, at: Millis) -> bool {
        self.served_at >= at
    }

    /// Whether somebody was served since this key was marked; where no mark of it is left, lately.
    pub fn served_since_mark(&self, key: KeyId, now: Millis) -> bool {
        let mark = self.marks.iter().rev().find(|mark| mark.key == key);
        match mark {
            Some(mark) => self.served_since(mark.at),
            None => self.served_since(now.plus_ms(-WINDOW_MS)),
        }
    }

    /// The upstream is to blame for refusals of this kind, for a while or until somebody is served.
    pub fn blame(&mut self, reason: Reason, now: Millis) {
        if self.blamed(now) != Some(reason) {
            self.news = Some(reason);
        }
        self.blamed = Some((reason, now.plus_ms(WINDOW_MS)));
    }

    /// A refusal that the upstream is newly blamed for since the last call.
    pub fn take_news(&mut self) -> Option<Reason> {
        self.news.take()
    }

    /// What operators see.
    pub fn view(&self, now: Millis) -> FirewallView {
        let blamed = self.blamed.filter(|(_, until)| now < *until);
        let young = self.marks.iter().filter(|mark| now < mark.at.plus_ms(WINDOW_MS));
        let marks = young.count();
        let state = match (blamed, marks) {
            (Some(_), _) => FirewallState::UpstreamBlamed,
            (None, 0) => FirewallState::Quiet,
            (None, _) => FirewallState::Watching,
        };
        let (reason, until) = (blamed.map(|(reason, _)| reason), blamed.map(|(_, until)| until));
        FirewallView { state, reason, until, marks, taken_back: self.taken_back }
    }

    /// What the upstream is to blame for now.
    pub fn blamed(&self, now: Millis) -> Option<Reason> {
        self.blamed.filter(|(_, until)| now < *until).map(|(reason, _)| reason)
    }

    /// Whether enough accounts fail alike.
    fn is_mass(&self, reason: Reason) -> bool {
        let alike = self.marks.iter().filter(|mark| mark.reason == reason);
        let accounts = alike.map(|mark| mark.account).collect::<HashSet<_>>().len();
        accounts >= ACCOUNTS_MIN && accounts as u64 * 100 >= self.leases * SHARE_PERCENT
    }
}

/// Whether a verdict speaks against a key only as long as others are served.
pub fn is_doubtful(verdict: &Verdict) -> bool {
    match verdict.effect {
        Effect::Strike | Effect::Reject => true,
        Effect::Cool { scope: Scope::Key | Scope::Account, until } => match verdict.reason {
            Reason::OutOfCredit => true,
            Reason::ConcurrencyLimit => false,
            _ => until == Until::Backoff,
        },
        _ => false,
    }
}

impl ProviderPool {
    /// Does something to a key, and remembers what was there before.
    pub fn mark(
        &mut self,
        slot: Slot,
        reason: Reason,
        now: Millis,
        change: impl FnOnce(&mut Self),
    ) {
        let before = self.snapshot(slot);
        change(self);
        let (Some(before), Some(after)) = (before, self.snapshot(slot)) else { return };
        if before == after {
            return;
        }
        let Some(key) = self.keys.get(slot as usize).and_then(Option::as_ref) else { return };
        let mark = Mark { key: key.id, slot, account: key.account, reason, at: now, before, after };
        let firewall = &mut self.firewall;
        firewall.marks.retain(|mark| now < mark.at.plus_ms(WINDOW_MS));
        if firewall.marks.is_empty() {
            firewall.leases = 1;
        }
        if firewall.marks.len() >= MARKS_MAX {
            firewall.marks.remove(0);
        }
        firewall.marks.push(mark);
    }

    /// Takes back what failures alike did to these keys; all keys where none is named.
    pub fn take_back_marks(&mut self, reason: Reason, keys: Option<&[KeyId]>, now: Millis) {
        let of =
            |mark: &Mark| mark.reason == reason && keys.is_none_or(|keys| keys.contains(&mark.key));
        let marks = std::mem::take(&mut self.firewall.marks);
        let (back, stay): (Vec<_>, Vec<_>) = marks.into_iter().partition(of);
        self.firewall.marks = stay;
        self.firewall.taken_back += back.len() as u64;
        // The last first: each was put on what the one before left.
        for mark in back.iter().rev() {
            self.restore(mark, now);
        }
    }

    /// Looks at what was marked for this reason. Where the upstream is to blame, takes it back and
    /// keeps the blame for a while; returns whether that is so.
    pub fn is_upstreams_fault(&mut self, reason: Reason, now: Millis) -> bool {
        let mass = self.firewall.is_mass(reason);
        if mass || self.firewall.blamed(now) == Some(reason) {
            self.take_back_marks(reason, None, now);
            self.firewall.blame(reason, now);
            return true;
        }
        false
    }

    fn snapshot(&self, slot: Slot) -> Option<Snapshot> {
        let key = self.keys.get(slot as usize)?.as_ref()?;
        let account = self.accounts.get(key.account)?;
        Some(Snapshot {
            failures: key.failures,
            disabled: key.disabled,
            cooldown: key.cooldown,
            backoff: key.backoff,
            account_cooldown: account.cooldown,
            account_backoff: account.backoff,
        })
    }

    /// Puts back what a mark changed, where nothing has changed it since.
    fn restore(&mut self, mark: &Mark, now: Millis) {
        let Mark { before, after, .. } = mark;
        let Some(key) = self.keys.get_mut(mark.slot as usize).and_then(Option::as_mut) else {
            return;
        };
        if key.id != mark.key || key.account != mark.account {
            return;
        }
        back(&mut key.failures, before.failures, after.failures);
        back(&mut key.disabled, before.disabled, after.disabled);
        back(&mut key.cooldown, before.cooldown, after.cooldown);
        back(&mut key.backoff, before.backoff, after.backoff);
        if let Some(account) = self.accounts.get_mut(mark.account) {
            back(&mut account.cooldown, before.account_cooldown, after.account_cooldown);
            back(&mut account.backoff, before.account_backoff, after.account_backoff);
        }
        self.changed.insert_with(mark.key, |word| word.absolved = true);
        self.refresh_account(mark.account, now);
    }

    /// Another replica took marks back: what was doubtful about this key is over.
    pub fn absolve(&mut self, slot: Slot, now: Millis) {
        let Some(key) = self.key_mut(slot) else { return };
        let doubtful = |reason: Reason| reason.is_doubtful();
        key.failures = 0;
        key.cooldown.clear_if(doubtful);
        if key.disabled.is_some_and(|(reason, _)| doubtful(reason)) {
            key.disabled = None;
        }
        let account = key.account;
        if let Some(account) = self.accounts.get_mut(account) {
            account.cooldown.clear_if(doubtful);
        }
        self.refresh_account(account, now);
    }
}

fn back<T: PartialEq + Copy>(value: &mut T, before: T, after: T) {
    if *value == after && before != after {
        *value = before;
    }
}
