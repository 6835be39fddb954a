//! What replicas tell each other of keys, and taking it over.
//!
//! Two replicas that were told the same, in whatever order, know the same waits: each is the longest
//! that anybody knows of. Only a [`Word`] ends one.

use super::change::Change;
use super::cooldown::Backoff;
use super::key::{KeyId, KeySpec, Status};
use super::provider_pool::ProviderPool;
use super::reason::Reason;
use super::ring::Slot;
use super::state::KeyState;
use crate::clock::Millis;

/// What was said of a key beside how it stands; what it says happened in this order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Word {
    /// An administrator enabled it: whatever is known of it is over.
    pub enabled: bool,
    /// A probe found it good.
    pub recovered: bool,
    /// An outage took it out, or its request did: what was doubtful about it is over.
    pub absolved: bool,
    /// An administrator took it out until a moment, which may be sooner than what was known.
    pub by_hand: bool,
}

/// How far waits of nobody's naming have doubled. A success takes that back in all replicas.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Backoffs {
    /// The key's own.
    pub key: Backoff,
    /// Its account's.
    pub account: Backoff,
}

/// A key as another replica knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// What was said of it since it was told of last.
    pub word: Word,
    /// How it stands.
    pub state: KeyState,
    /// What isn't written to the database.
    pub backoffs: Backoffs,
}

impl From<&KeySpec> for KeyState {
    /// How a stored key stands; its status is for whoever takes it over to judge.
    fn from(spec: &KeySpec) -> Self {
        Self {
            id: spec.id,
            status: Status::Active,
            disabled: spec.disabled,
            cooling: spec.cooling,
            cooling_account: spec.cooling_account,
            failures: spec.failures,
            model_blocks: spec.model_blocks.clone(),
        }
    }
}

impl ProviderPool {
    /// Takes over what another replica knows of a key. It is neither told on nor written, unless
    /// more is known here: then it is written again, since the other one has written less.
    pub fn adopt(&mut self, told: &Told, now: Millis) {
        let id = told.state.id;
        let Some(slot) = self.slot_of(id) else { return };
        self.changed.adopt(true);
        self.heed(slot, told, now);
        self.changed.adopt(false);
        self.changed.met(id, now);
        if self.state(id, now).is_some_and(|here| knows_more(&here, &told.state, now)) {
            self.changed.write(id);
        }
    }

    /// Takes over what the database has of a key: its values, its waits, and that waits are over,
    /// unless a change is on its way there. False when something is left for a later look.
    pub fn agree(&mut self, stored: &KeySpec, now: Millis) -> bool {
        let Some(slot) = self.slot_of(stored.id) else { return true };
        let Some(here) = self.state(stored.id, now) else { return true };
        let there = KeyState::from(stored);
        let less = ends_less(&here, &there, now);
        let moved = self.values_differ(slot, stored);
        if less.is_none() && !moved && !knows_more(&there, &here, now) {
            return true;
        }
        let on_its_way = self.changed.is_on_its_way(stored.id, now);
        let word = less.filter(|_| !on_its_way).unwrap_or_default();
        self.changed.adopt(true);
        self.heed(slot, &Told { word, state: there, backoffs: Backoffs::default() }, now);
        self.changed.adopt(false);
        if moved && !on_its_way {
            self.revalue(stored, now);
        }
        !(on_its_way && (less.is_some() || moved))
    }

    /// Takes over the values that the database has of a key.
    pub fn revalue(&mut self, stored: &KeySpec, now: Millis) {
        let change = Change {
            account: Some(stored.account.clone()),
            weight: Some(stored.weight),
            max_concurrency: Some(stored.max_concurrency),
            expires_at: Some(stored.expires_at),
        };
        self.changed.adopt(true);
        self.change(stored.id, &change, now);
        self.changed.adopt(false);
    }

    fn heed(&mut self, slot: Slot, Told { word, state, backoffs }: &Told, now: Millis) {
        let unsaved = self.changed.is_unsaved(state.id);
        if word.enabled {
            self.enable(state.id, now);
        }
        if word.recovered {
            self.recover(state.id, now);
        }
        if word.absolved {
            self.absolve(slot, now);
        }
        self.wait_longer(slot, state, now);
        let Some(key) = self.key_mut(slot) else { return };
        if word.by_hand || bench(state.disabled, now) > bench(key.disabled, now) {
            key.disabled = state.disabled;
        }
        // In a row over all replicas. What is not written here yet, the other one didn't know of.
        let at_least = if unsaved { key.failures } else { 0 };
        key.failures = state.failures.max(at_least);
        key.backoff.adopt(backoffs.key, now);
        key.cooldown.is_of(&key.backoff);
        let account = key.account;
        if let Some(account) = self.accounts.get_mut(account) {
            account.backoff.adopt(backoffs.account, now);
            account.cooldown.is_of(&account.backoff);
        }
        self.refresh(slot, now);
    }

    /// What other replicas must be told of keys since the last call.
    pub fn take_told(&mut self, now: Millis) -> Vec<Told> {
        let untold = self.changed.take_untold(now).into_iter();
        untold.filter_map(|(id, word)| self.told(id, word, now)).collect()
    }

    /// A key as others are told of it.
    pub fn told(&self, id: KeyId, word: Word, now: Millis) -> Option<Told> {
        let state = self.state(id, now)?;
        let key = self.keys.get(self.slot_of(id)? as usize)?.as_ref()?;
        let account = self.accounts.get(key.account)?.backoff;
        Some(Told { word, state, backoffs: Backoffs { key: key.backoff, account } })
    }

    /// The longer of each wait; what is over is none.
    fn wait_longer(&mut self, slot: Slot, state: &KeyState, now: Millis) {
        if let Some((reason, until)) = state.cooling.filter(|(_, until)| *until > now) {
            let Some(key) = self.key_mut(slot) else { return };
            let account = key.account;
            if !state.cooling_account {
                key.cooldown.extend(until, reason);
            } else if let Some(shared) = self.accounts.get_mut(account)
                && shared.cooldown.extend(until, reason)
            {
                self.refresh_account(account, now);
            }
        }
        for (model, reason, until) in &state.model_blocks {
            self.block_model(slot, model, *until, *reason, now);
        }
    }

    fn values_differ(&self, slot: Slot, stored: &KeySpec) -> bool {
        let Some(key) = self.keys.get(slot as usize).and_then(Option::as_ref) else { return false };
        let account = self.accounts.get(key.account);
        key.weight != stored.weight.max(1)
            || key.max_concurrency != stored.max_concurrency
            || key.expires_at != stored.expires_at
            || account.is_some_and(|account| *account.name != *stored.account)
    }
}

/// How much a bench weighs: an administrator's more than any other, one without an end more than
/// one with, a later end more than a sooner one. What is over weighs nothing.
fn bench(disabled: Option<(Reason, Option<Millis>)>, now: Millis) -> (bool, Millis) {
    match disabled {
        Some((reason, until)) if until.is_none_or(|until| until > now) => {
            (reason == Reason::Manual, until.unwrap_or(Millis(i64::MAX)))
        }
        _ => (false, Millis(i64::MIN)),
    }
}

/// The end of a wait that is not over.
fn end(state: &KeyState, now: Millis) -> Option<Millis> {
    state.cooling.map(|(_, until)| until).filter(|until| *until > now)
}

fn block_of(state: &KeyState, model: &str) -> Option<Millis> {
    let block = state.model_blocks.iter().find(|(name, ..)| name == model);
    block.map(|(_, _, until)| *until)
}

/// Whether one knows of a longer wait than the other, of any kind.
fn knows_more(one: &KeyState, other: &KeyState, now: Millis) -> bool {
    let blocked = |(model, _, until): &(String, Reason, Millis)| {
        *until > now && block_of(other, model).is_none_or(|known| known < *until)
    };
    bench(one.disabled, now) > bench(other.disabled, now)
        || end(one, now) > end(other, now)
        || one.model_blocks.iter().any(blocked)
}

/// The word that must have been said for the database to have no wait where one is known here. A
/// shorter one is no word: another replica may not have known of the longer one.
fn ends_less(here: &KeyState, there: &KeyState, now: Millis) -> Option<Word> {
    let over = |here: bool, there: bool| here && !there;
    let out = |state: &KeyState| bench(state.disabled, now).1 > Millis(i64::MIN);
    let blocked = |state: &KeyState| state.model_blocks.iter().any(|(.., until)| *until > now);
    let by_hand = bench(there.disabled, now).0 && there.disabled != here.disabled;
    let enabled = over(out(here), out(there))
        || over(end(here, now).is_some(), end(there, now).is_some())
        || over(blocked(here), blocked(there));
    (enabled || by_hand).then_some(Word { enabled, by_hand, ..Word::default() })
}
