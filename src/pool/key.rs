//! One upstream key as the pool knows it: no secret, only what decides whose turn it is.

use super::Rules;
use super::cooldown::{Backoff, Cooldown};
use super::reason::Reason;
use crate::clock::Millis;

/// The row id of an upstream key.
pub type KeyId = i64;

/// What the pool is told of a key when it is added or loaded.
#[derive(Debug, Clone, Default)]
pub struct KeySpec {
    /// The row id.
    pub id: KeyId,
    /// Keys of one account share its limits; empty for a key on its own.
    pub account: String,
    /// Picks a turn, at least one.
    pub weight: u16,
    /// Requests at once; 0 for no cap. The largest among the keys of an account is the account's.
    pub max_concurrency: u32,
    /// When the operator's lease of the key ends.
    pub expires_at: Option<Millis>,
    /// Out of rotation, and until when (`None`: until enabled).
    pub disabled: Option<(Reason, Option<Millis>)>,
    /// Cooling as it was stored.
    pub cooling: Option<(Reason, Millis)>,
    /// That cooling is the account's.
    pub cooling_account: bool,
    /// Failures of its own in a row.
    pub failures: u32,
    /// Models it can't use, and until when.
    pub model_blocks: Vec<(String, Reason, Millis)>,
}

/// Whether a key is in rotation, most final first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// Its time is over.
    Expired,
    /// Taken out by an administrator, by failures or by the upstream's refusal.
    Disabled,
    /// Left alone until a known moment.
    Cooling,
    /// In rotation.
    Active,
}

#[derive(Debug)]
pub(super) struct Key {
    pub id: KeyId,
    /// Index of the account, shared or the key's own.
    pub account: usize,
    pub weight: u16,
    pub max_concurrency: u32,
    pub expires_at: Option<Millis>,
    pub disabled: Option<(Reason, Option<Millis>)>,
    pub cooldown: Cooldown,
    pub backoff: Backoff,
    pub failures: u32,
    /// Loans that are out; only counted where its account has a cap.
    pub in_flight: u32,
    /// It waits for a slot of its account.
    pub parked: bool,
    pub status: Status,
    /// Why it is not in rotation.
    pub why: Option<Reason>,
    /// The moment at which the status may change by itself, as it is in the timers.
    pub wake_at: Option<Millis>,
}

impl Key {
    pub fn new(spec: &KeySpec, account: usize) -> Self {
        let mut cooldown = Cooldown::default();
        if let Some((reason, until)) = spec.cooling
            && !spec.cooling_account
        {
            cooldown = Cooldown::restored(until, reason);
        }
        Self {
            id: spec.id,
            account,
            weight: spec.weight.max(1),
            max_concurrency: spec.max_concurrency,
            expires_at: spec.expires_at,
            disabled: spec.disabled,
            cooldown,
            backoff: Backoff::default(),
            failures: spec.failures,
            in_flight: 0,
            parked: false,
            status: Status::Active,
            why: None,
            wake_at: None,
        }
    }

    /// The status now, the reason for it, and the moment at which it may change by itself.
    pub fn judge(
        &self,
        account: &Cooldown,
        now: Millis,
    ) -> (Status, Option<Reason>, Option<Millis>) {
        if self.expires_at.is_some_and(|at| at <= now) {
            return (Status::Expired, Some(Reason::Expired), None);
        }
        // Whatever it waits for, its own end may come first.
        let first = |until: Option<Millis>| until.into_iter().chain(self.expires_at).min();
        if let Some((reason, until)) = self.disabled
            && until.is_none_or(|until| until > now)
        {
            return (Status::Disabled, Some(reason), first(until));
        }
        let cooling = [self.cooldown.active(now), account.active(now)];
        match cooling.into_iter().flatten().max_by_key(|(until, _)| *until) {
            Some((until, reason)) => (Status::Cooling, Some(reason), first(Some(until))),
            None => (Status::Active, None, self.expires_at),
        }
    }

    pub fn has_room(&self, rules: &Rules) -> bool {
        let cap = rules.allowed(self.max_concurrency);
        cap == 0 || self.in_flight < cap
    }
}
