//! How keys stand, for those who ask and for what must outlive the process.

use super::key::{KeyId, Status};
use super::provider_pool::ProviderPool;
use super::reason::Reason;
use crate::clock::Millis;

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

impl ProviderPool {
    pub fn counts(&mut self, now: Millis) -> Counts {
        self.wake("", now);
        self.counts
    }

    pub fn take_changes(&mut self, now: Millis) -> Vec<KeyState> {
        let changed = self.changed.take_unsaved();
        changed.into_iter().filter_map(|id| self.state(id, now)).collect()
    }

    pub fn mark_changed(&mut self, keys: &[KeyId]) {
        for id in keys.iter().filter(|id| self.by_id.contains_key(id)) {
            self.changed.write(*id);
        }
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

    /// Requests under way with the keys of an account; counted only where there is a cap.
    pub fn in_use(&self, account: &str) -> u32 {
        let index = self.account_names.get(account);
        index.and_then(|index| self.accounts.get(*index)).map_or(0, |account| account.in_flight)
    }

    /// The counter of a status.
    pub fn count(&mut self, status: Status) -> &mut usize {
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
