//! Lending: the next healthy key, in constant time.

use super::Loan;
use super::key::{KeyId, Status};
use super::model_ring::ModelRing;
use super::provider_pool::ProviderPool;
use super::reason::Reason;
use super::refusal::Refusal;
use super::ring::{Fit, Slot};
use crate::clock::Millis;

/// Models with a rotation of their own. Beyond it a refusal costs a retry each time, no memory.
const MODEL_RINGS_MAX: usize = 256;

impl ProviderPool {
    pub fn lease(&mut self, model: &str, tried: &[KeyId], now: Millis) -> Result<Loan, Refusal> {
        self.wake(model, now);
        if tried.is_empty()
            && !self.models.is_empty()
            && let Some(known) = self.models.get(model)
            && let Some((until, _)) = known.cooldown.active(now)
        {
            return Err(Refusal::ModelCooling { until });
        }
        let (mut picked, mut others) = self.pick(model, tried);
        // Each turn takes keys out of those that wait, and adds none to them.
        while picked.is_none() && (others || (!self.roomy.is_empty() && self.unpark_all())) {
            (picked, others) = self.pick(model, tried);
        }
        match picked.and_then(|slot| self.lend(slot, model, now)) {
            Some(loan) => Ok(loan),
            None => Err(self.refusal(model, tried)),
        }
    }

    /// The next key that can serve, and whether keys that waited for a slot came back meanwhile.
    fn pick(&mut self, model: &str, tried: &[KeyId]) -> (Option<Slot>, bool) {
        let (keys, accounts, rules) = (&self.keys, &self.accounts, &self.rules);
        let (full_keys, full_accounts) = (&self.full_keys, &self.full_accounts);
        // Keys of accounts with a cap that the rotation drops: empty, and without memory, as a
        // rule.
        let mut fell = Vec::new();
        let fit = |slot: Slot| {
            let Some(key) = keys.get(slot as usize).and_then(Option::as_ref) else {
                return Fit::Drop;
            };
            let Some(account) = accounts.get(key.account) else { return Fit::Drop };
            // A key may have run out since it was last looked at, at this very millisecond.
            let full = full_accounts.is_full(key.account);
            let room = key.has_room(rules) && account.has_room(rules) && !full;
            if key.status != Status::Active || !room || full_keys.is_full(slot) {
                if account.cap() > 0 || full {
                    fell.push(slot);
                }
                return Fit::Drop;
            }
            if tried.contains(&key.id) { Fit::Pass } else { Fit::Serve { weight: key.weight } }
        };
        let picked = match self.model_rings.get_mut(model) {
            Some(own) => own.pick(fit),
            None => self.ring.pick(fit),
        };
        let mut others = false;
        for slot in fell {
            others |= self.fell_out(slot);
        }
        (picked, others)
    }

    pub fn lend(&mut self, slot: Slot, model: &str, now: Millis) -> Option<Loan> {
        let fine_model = self.models.is_empty() || !self.models.contains_key(model);
        let key = self.keys.get_mut(slot as usize)?.as_mut()?;
        let account = self.accounts.get_mut(key.account)?;
        let counted = account.cap() > 0;
        let fine_key = key.failures == 0 && key.backoff.is_fresh();
        let success_is_no_news = !counted && fine_key && account.backoff.is_fresh() && fine_model;
        let loan = Loan {
            key: key.id,
            asked_at: now,
            slot,
            counted,
            success_is_no_news,
            soft: key.status == Status::Cooling,
            probe: false,
        };
        if counted {
            key.in_flight += 1;
            account.in_flight += 1;
            if !self.roomy.is_empty() {
                let index = key.account;
                self.note_room(index);
            }
        }
        Some(loan)
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

    /// Looks at the keys whose wait is over.
    pub fn wake(&mut self, model: &str, now: Millis) {
        while let Some(slot) = self.timers.due(now) {
            self.refresh(slot, now);
        }
        self.wake_full(now);
        if !self.model_rings.is_empty()
            && let Some(own) = self.model_rings.get_mut(model)
        {
            for slot in own.wake(now) {
                own.ring.insert(slot);
            }
        }
    }
}
