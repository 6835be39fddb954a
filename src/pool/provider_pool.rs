//! The keys of one provider: a table, the accounts behind it, and the rings that say whose turn.

use std::collections::{HashMap, HashSet};

use super::account::Account;
use super::cooldown::{Backoff, Cooldown};
use super::key::{Key, KeyId, KeySpec, Status};
use super::model_ring::ModelRing;
use super::reason::Reason;
use super::refusal::Refusal;
use super::ring::{Fit, Ring, Slot};
use super::timers::Timers;
use super::{Loan, Rules};
use crate::clock::Millis;

/// Models with a rotation of their own. Beyond it a refusal costs a retry each time, no memory.
const MODEL_RINGS_MAX: usize = 256;

/// How many keys stand how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// In rotation.
    pub active: usize,
    /// Waiting for a limit to pass.
    pub cooling: usize,
    /// Out by hand, by failures or by refusal.
    pub disabled: usize,
    /// Past their end.
    pub expired: usize,
}

/// What must outlive the process of one key's state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyState {
    /// The row id.
    pub id: KeyId,
    /// How it stands.
    pub status: Status,
    /// Out of rotation, and until when.
    pub disabled: Option<(Reason, Option<Millis>)>,
    /// The later of the key's cooldown and its account's.
    pub cooling: Option<(Reason, Millis)>,
    /// That cooldown is the account's.
    pub cooling_account: bool,
    /// Failures of its own in a row.
    pub failures: u32,
    /// Models it can't use, and until when.
    pub model_blocks: Vec<(String, Reason, Millis)>,
}

/// Failures of a model at this provider, by whichever key.
#[derive(Debug, Default)]
pub(super) struct ModelHealth {
    pub failures: u32,
    pub cooldown: Cooldown,
    pub backoff: Backoff,
}

#[derive(Debug)]
pub(super) struct ProviderPool {
    pub rules: Rules,
    pub keys: Vec<Option<Key>>,
    free: Vec<Slot>,
    pub by_id: HashMap<KeyId, Slot>,
    pub accounts: Vec<Account>,
    pub account_names: HashMap<String, usize>,
    pub free_accounts: Vec<usize>,
    ring: Ring,
    pub model_rings: HashMap<String, ModelRing>,
    pub model_health: HashMap<String, ModelHealth>,
    pub timers: Timers,
    pub counts: Counts,
    pub changed: HashSet<KeyId>,
}

impl ProviderPool {
    pub fn new(rules: Rules) -> Self {
        Self {
            rules,
            keys: Vec::new(),
            free: Vec::new(),
            by_id: HashMap::new(),
            accounts: Vec::new(),
            account_names: HashMap::new(),
            free_accounts: Vec::new(),
            ring: Ring::default(),
            model_rings: HashMap::new(),
            model_health: HashMap::new(),
            timers: Timers::default(),
            counts: Counts::default(),
            changed: HashSet::new(),
        }
    }

    pub fn put(&mut self, spec: &KeySpec, now: Millis) {
        self.remove(spec.id);
        let account = self.account_for(&spec.account);
        let slot = self.place(Key::new(spec, account));
        self.by_id.insert(spec.id, slot);
        self.counts.active += 1;
        let mut others_too = false;
        if let Some(account) = self.accounts.get_mut(account) {
            account.keys.insert(slot);
            if let Some((reason, until)) = spec.cooling
                && spec.cooling_account
            {
                account.cooldown.extend(until, reason);
                others_too = true;
            }
        }
        for (model, reason, until) in &spec.model_blocks {
            self.block_model(slot, model, *until, *reason, now);
        }
        if let Some(key) = self.key_mut(slot)
            && key.disabled.is_some_and(|(_, until)| until.is_some_and(|until| until <= now))
        {
            // Its bench ended while nobody looked.
            key.disabled = None;
            key.failures = 0;
            self.changed.insert(spec.id);
        }
        // A key that only came changes nothing for its account's others, which may be thousands, and
        // what was just read from the database need not be written there again.
        match others_too {
            true => self.refresh_account(account, now),
            false => self.refresh(slot, now),
        }
        self.bring_in(slot);
    }

    pub fn remove(&mut self, key: KeyId) {
        let Some(slot) = self.by_id.remove(&key) else { return };
        let Some(key) = self.keys.get_mut(slot as usize).and_then(Option::take) else { return };
        *self.count(key.status) -= 1;
        self.leave_account(key.account, slot);
        for ring in self.model_rings.values_mut() {
            ring.unblock(slot);
        }
        self.changed.remove(&key.id);
        self.free.push(slot);
    }

    pub fn lease(&mut self, model: &str, tried: &[KeyId], now: Millis) -> Result<Loan, Refusal> {
        self.wake(model, now);
        if tried.is_empty()
            && !self.model_health.is_empty()
            && let Some(health) = self.model_health.get(model)
            && let Some((until, _)) = health.cooldown.active(now)
        {
            return Err(Refusal::ModelCooling { until });
        }
        let keys = &self.keys;
        let at = |slot: Slot| keys.get(slot as usize).and_then(Option::as_ref);
        let fit = |slot: Slot| match at(slot) {
            // A key may have run out since it was last looked at, at this very millisecond.
            Some(key) if key.status == Status::Active && key.has_room() => {
                if tried.contains(&key.id) { Fit::Pass } else { Fit::Serve { weight: key.weight } }
            }
            _ => Fit::Drop,
        };
        let picked = match self.model_rings.get_mut(model) {
            Some(own) => {
                let ModelRing { ring, .. } = own;
                let mut ring = std::mem::take(ring);
                let picked = ring.pick(|slot| if own.blocks(slot) { Fit::Drop } else { fit(slot) });
                own.ring = ring;
                picked
            }
            None => self.ring.pick(fit),
        };
        match picked.and_then(|slot| self.lend(slot, model, now)) {
            Some(loan) => Ok(loan),
            None => Err(self.refusal(model, tried)),
        }
    }

    fn lend(&mut self, slot: Slot, model: &str, now: Millis) -> Option<Loan> {
        let fine_model = self.model_health.is_empty() || !self.model_health.contains_key(model);
        let key = self.keys.get_mut(slot as usize)?.as_mut()?;
        let fine_account = self.accounts.get(key.account)?.backoff.is_fresh();
        let fine_key = key.failures == 0 && key.backoff.is_fresh() && key.max_concurrency == 0;
        key.in_flight += u32::from(key.max_concurrency > 0);
        let success_is_no_news = fine_key && fine_account && fine_model;
        Some(Loan { key: key.id, asked_at: now, slot, success_is_no_news })
    }

    pub fn counts(&mut self, now: Millis) -> Counts {
        self.wake("", now);
        self.counts
    }

    pub fn take_changes(&mut self, now: Millis) -> Vec<KeyState> {
        let changed = std::mem::take(&mut self.changed);
        changed.into_iter().filter_map(|id| self.state(id, now)).collect()
    }

    pub fn mark_changed(&mut self, keys: &[KeyId]) {
        let known = keys.iter().filter(|id| self.by_id.contains_key(id));
        self.changed.extend(known);
    }

    pub fn state(&self, id: KeyId, now: Millis) -> Option<KeyState> {
        let slot = *self.by_id.get(&id)?;
        let key = self.keys.get(slot as usize)?.as_ref()?;
        let shared = &self.accounts.get(key.account)?.cooldown;
        let (own, account) = (key.cooldown.active(now), shared.active(now));
        let blocks = self.model_rings.iter().filter_map(|(model, ring)| {
            let (until, reason) = ring.block_of(slot)?;
            Some((model.clone(), reason, until))
        });
        Some(KeyState {
            id,
            status: key.judge(shared, now).0,
            disabled: key.disabled,
            cooling: own.max_by_end(account).map(|(until, reason)| (reason, until)),
            cooling_account: account.is_some() && own.max_by_end(account) == account,
            failures: key.failures,
            model_blocks: blocks.collect(),
        })
    }

    pub fn slot_of(&self, key: KeyId) -> Option<Slot> {
        self.by_id.get(&key).copied()
    }

    pub fn key_mut(&mut self, slot: Slot) -> Option<&mut Key> {
        self.keys.get_mut(slot as usize)?.as_mut()
    }

    /// Looks at a key anew: counts it under its status and brings it into the rings when usable.
    pub fn refresh(&mut self, slot: Slot, now: Millis) {
        let Some(key) = self.keys.get_mut(slot as usize).and_then(Option::as_mut) else { return };
        let Some(account) = self.accounts.get(key.account) else { return };
        let (status, look_again) = key.judge(&account.cooldown, now);
        let before = std::mem::replace(&mut key.status, status);
        let back = status == Status::Active && before != Status::Active;
        if back && key.disabled.take().is_some() {
            // The bench is over: the key starts with a clean sheet.
            key.failures = 0;
            self.changed.insert(key.id);
        }
        if key.wake_at != look_again {
            key.wake_at = look_again;
            look_again.into_iter().for_each(|at| self.timers.set(at, slot));
        }
        *self.count(before) -= 1;
        *self.count(status) += 1;
        if back {
            self.bring_in(slot);
        }
    }

    /// Puts a key into every ring that it is missing from.
    pub fn bring_in(&mut self, slot: Slot) {
        self.ring.insert(slot);
        for own in self.model_rings.values_mut() {
            if !own.blocks(slot) {
                own.ring.insert(slot);
            }
        }
    }

    /// Keeps a key from one model.
    pub fn block_model(
        &mut self,
        slot: Slot,
        model: &str,
        until: Millis,
        reason: Reason,
        now: Millis,
    ) {
        if until <= now {
            return;
        }
        if !self.model_rings.contains_key(model) {
            if self.model_rings.len() >= MODEL_RINGS_MAX {
                return;
            }
            let slots = (0..).zip(&self.keys).filter(|(_, key)| key.is_some());
            let ring = ModelRing::of(slots.map(|(slot, _)| slot));
            self.model_rings.insert(model.to_owned(), ring);
        }
        if let Some(own) = self.model_rings.get_mut(model) {
            own.block(slot, until, reason);
        }
    }

    fn wake(&mut self, model: &str, now: Millis) {
        while let Some(slot) = self.timers.due(now) {
            self.refresh(slot, now);
        }
        if !self.model_rings.is_empty()
            && let Some(own) = self.model_rings.get_mut(model)
        {
            for slot in own.wake(now) {
                own.ring.insert(slot);
            }
        }
    }

    fn place(&mut self, key: Key) -> Slot {
        if let Some(slot) = self.free.pop()
            && let Some(place) = self.keys.get_mut(slot as usize)
        {
            *place = Some(key);
            return slot;
        }
        self.keys.push(Some(key));
        u32::try_from(self.keys.len() - 1).unwrap_or(Slot::MAX)
    }

    fn count(&mut self, status: Status) -> &mut usize {
        match status {
            Status::Active => &mut self.counts.active,
            Status::Cooling => &mut self.counts.cooling,
            Status::Disabled => &mut self.counts.disabled,
            Status::Expired => &mut self.counts.expired,
        }
    }
}

trait LaterEnd: Sized {
    fn max_by_end(self, other: Self) -> Self;
}

impl LaterEnd for Option<(Millis, Reason)> {
    fn max_by_end(self, other: Self) -> Self {
        match (self, other) {
            (Some(a), Some(b)) => Some(if b.0 > a.0 { b } else { a }),
            (a, b) => a.or(b),
        }
    }
}
