//! What a verdict does to the pool.

use super::Loan;
use super::account::Account;
use super::firewall::is_doubtful;
use super::key::{KeyId, Status};
use super::provider_pool::ProviderPool;
use super::reason::Reason;
use super::ring::Slot;
use super::told::Word;
use super::verdict::{Effect, Scope, Until, Verdict};
use crate::clock::Millis;

impl ProviderPool {
    pub fn settle(&mut self, model: &str, loan: Loan, verdict: Verdict, now: Millis) {
        let slot = loan.slot;
        if self.key_mut(slot).is_none_or(|key| key.id != loan.key) {
            // Deleted since; another key may have its place.
            return;
        }
        if loan.counted {
            self.end_full(slot);
            self.take_back(slot);
        }
        if loan.soft && !self.is_news_of_soft(slot, verdict, now) {
            return;
        }
        self.apply(slot, model, loan.asked_at, verdict, now);
    }

    /// A key that was lent while it cooled: that it still has to wait is no news, and a success
    /// ends its wait.
    fn is_news_of_soft(&mut self, slot: Slot, verdict: Verdict, now: Millis) -> bool {
        match verdict.effect {
            Effect::Success => {
                self.absolve(slot, now);
                if let Some(id) = self.key_mut(slot).map(|key| key.id) {
                    self.changed.insert_with(id, |word| word.absolved = true);
                }
                true
            }
            Effect::Cool { until: Until::Backoff, .. } | Effect::Reject => false,
            _ => true,
        }
    }

    /// What was learned without a request: of no model, and with no loan to take back.
    pub fn learn(&mut self, id: KeyId, verdict: Verdict, now: Millis) {
        if let Some(slot) = self.slot_of(id) {
            self.apply(slot, "", now, verdict, now);
        }
    }

    fn apply(&mut self, slot: Slot, model: &str, asked_at: Millis, verdict: Verdict, now: Millis) {
        let reason = verdict.reason;
        match verdict.effect {
            Effect::Success => self.succeed(slot, model, now),
            // The upstream is there, and says what is wrong with the request.
            Effect::Neutral if reason != Reason::ClientLeft => self.model_served(model, now),
            Effect::Neutral => {}
            Effect::Overloaded => self.watch_model(model, now),
            Effect::Strike | Effect::Reject | Effect::Cool { .. } => {
                if is_doubtful(&verdict) {
                    self.mark(slot, reason, now, |this| {
                        this.blame(slot, model, asked_at, verdict, now);
                    });
                } else {
                    self.blame(slot, model, asked_at, verdict, now);
                }
            }
        }
    }

    /// Takes something from the key, its account or the model.
    fn blame(&mut self, slot: Slot, model: &str, asked_at: Millis, verdict: Verdict, now: Millis) {
        match verdict.effect {
            Effect::Strike => self.strike(slot, asked_at, verdict.reason, now),
            // Until a probe has refused it, too.
            Effect::Reject => {
                let (scope, until) = (Scope::Key, Until::Backoff);
                self.cool(slot, model, asked_at, scope, until, verdict.reason, now);
            }
            Effect::Cool { scope, until } => {
                self.cool(slot, model, asked_at, scope, until, verdict.reason, now);
            }
            Effect::Success | Effect::Neutral | Effect::Overloaded => {}
        }
    }

    /// An answer has begun: the upstream serves this model.
    pub fn serving(&mut self, model: &str, now: Millis) {
        self.firewall.served(now);
        self.model_serving(model, now);
    }

    /// Whether something failed lately, so that a success is worth telling of.
    pub fn is_watching(&self) -> bool {
        !self.models.is_empty() || !self.firewall.is_idle()
    }

    /// A probe refused the key. Returns whether that was believed.
    pub fn refused(&mut self, id: KeyId, reason: Reason, strict: bool, now: Millis) -> bool {
        let Some(slot) = self.slot_of(id) else { return false };
        // A mark that was taken back is no longer there to be confirmed.
        let marked = self
            .key_mut(slot)
            .is_some_and(|key| key.disabled.is_some() || key.cooldown.is_for(reason));
        if strict && !(marked && self.firewall.served_since_mark(id, now)) {
            return false;
        }
        self.mark(slot, reason, now, |this| this.disable_slot(slot, reason, None, now));
        !self.is_upstreams_fault(reason, now)
    }

    /// Out of rotation until `until`, or until enabled. Never shortens a longer ban.
    pub fn disable(
        &mut self,
        id: KeyId,
        reason: Reason,
        until: Option<Millis>,
        now: Millis,
    ) -> bool {
        let slot = self.slot_of(id);
        slot.into_iter().for_each(|slot| self.disable_slot(slot, reason, until, now));
        slot.is_some()
    }

    fn disable_slot(&mut self, slot: Slot, reason: Reason, until: Option<Millis>, now: Millis) {
        let Some(key) = self.key_mut(slot) else { return };
        let by_hand = reason == Reason::Manual;
        let longer = match key.disabled {
            None => true,
            // Anything else is forgotten by a good probe, and an administrator's word with it.
            Some((Reason::Manual, until)) if until.is_none_or(|until| until > now) => false,
            Some((_, None)) => false,
            Some((_, Some(known))) => until.is_none_or(|until| until > known),
        };
        if longer || by_hand {
            key.disabled = Some((reason, until));
        }
        let id = key.id;
        self.changed.insert_with(id, |word| word.by_hand |= by_hand);
        self.refresh(slot, now);
    }

    /// Back with a clean sheet, and its account too.
    pub fn enable(&mut self, id: KeyId, now: Millis) -> bool {
        let Some(slot) = self.slot_of(id) else { return false };
        let Some(key) = self.key_mut(slot) else { return false };
        key.disabled = None;
        key.failures = 0;
        key.cooldown.clear();
        key.backoff.reset(now);
        let account = key.account;
        for ring in self.model_rings.values_mut() {
            ring.unblock(slot);
        }
        // Whatever was said before is over.
        self.changed.insert_with(id, |word| *word = Word { enabled: true, ..Word::default() });
        if let Some(account) = self.accounts.get_mut(account) {
            account.cooldown.clear();
            account.backoff.reset(now);
        }
        self.refresh_account(account, now);
        self.bring_in(slot);
        true
    }

    /// A probe found the key good: what a probe can see is cleared. A wait for credit or for a free
    /// slot it can't see, nor whether the plan has a model; those stay. Nor does it lift what an
    /// administrator said.
    pub fn recover(&mut self, id: KeyId, now: Millis) {
        let Some(slot) = self.slot_of(id) else { return };
        let Some(key) = self.key_mut(slot) else { return };
        if matches!(key.disabled, Some((Reason::Manual, until)) if until.is_none_or(|at| at > now))
        {
            return;
        }
        key.disabled = None;
        key.failures = 0;
        key.cooldown.clear_if(Reason::shows_in_probes);
        let account = key.account;
        self.firewall.served(now);
        if let Some(account) = self.accounts.get_mut(account) {
            account.cooldown.clear_if(Reason::shows_in_probes);
        }
        self.changed.insert_with(id, |word| word.recovered = true);
        self.refresh_account(account, now);
    }

    /// Counts one less of what is out.
    pub fn take_back(&mut self, slot: Slot) {
        let Some(key) = self.keys.get_mut(slot as usize).and_then(Option::as_mut) else { return };
        let (index, counted) = (key.account, key.in_flight > 0);
        key.in_flight -= u32::from(counted);
        let back = key.max_concurrency > 0 && key.status == Status::Active;
        if let Some(account) = self.accounts.get_mut(index) {
            account.in_flight -= u32::from(counted).min(account.in_flight);
        }
        if back {
            self.bring_in(slot);
        }
        self.unpark(index);
    }

    fn succeed(&mut self, slot: Slot, model: &str, now: Millis) {
        self.firewall.served(now);
        self.model_served(model, now);
        let Some(key) = self.key_mut(slot) else { return };
        let (id, account) = (key.id, key.account);
        let failed = std::mem::take(&mut key.failures) > 0;
        let mut waited = key.backoff.reset(now);
        if let Some(account) = self.accounts.get_mut(account) {
            waited |= account.backoff.reset(now);
        }
        if failed {
            self.changed.insert(id);
        }
        if waited {
            self.changed.tell(id);
        }
    }

    fn strike(&mut self, slot: Slot, asked_at: Millis, reason: Reason, now: Millis) {
        let rules = self.rules;
        let Some(key) = self.key_mut(slot) else { return };
        key.failures += 1;
        let (id, failures) = (key.id, key.failures);
        self.changed.insert(id);
        if failures < rules.failure_threshold {
            return;
        }
        if self.may_eject() {
            let until = now.plus_secs(rules.disable_secs);
            self.disable_slot(slot, Reason::AutoDisabled, Some(until), now);
        } else {
            self.cool(slot, "", asked_at, Scope::Key, Until::Backoff, reason, now);
        }
    }

    /// Whether failures may take out one more key.
    fn may_eject(&self) -> bool {
        let out = self.reasons.of(Reason::AutoDisabled);
        out == 0 || (out + 1) * 100 <= self.by_id.len() * self.rules.max_ejected_percent as usize
    }

    #[expect(clippy::too_many_arguments, reason = "one place where a verdict is spread out")]
    fn cool(
        &mut self,
        slot: Slot,
        model: &str,
        asked_at: Millis,
        scope: Scope,
        until: Until,
        reason: Reason,
        now: Millis,
    ) {
        let Some(key) = self.key_mut(slot) else { return };
        let (id, account) = (key.id, key.account);
        match scope {
            Scope::Key => {
                match until {
                    Until::At(at) => {
                        key.cooldown.extend(at, reason);
                    }
                    Until::Backoff => {
                        let until = key.backoff.next(now, asked_at);
                        key.cooldown.extend_softly(until, reason);
                    }
                }
                self.changed.insert(id);
                self.refresh(slot, now);
            }
            Scope::Account => {
                let Some(shared) = self.accounts.get_mut(account) else { return };
                let Account { cooldown, backoff, .. } = shared;
                match until {
                    Until::At(at) => {
                        cooldown.extend(at, reason);
                    }
                    Until::Backoff => {
                        cooldown.extend_softly(backoff.next(now, asked_at), reason);
                    }
                }
                self.refresh_account(account, now);
            }
            Scope::KeyModel => {
                let until = moment(until, || key.backoff.next(now, asked_at));
                self.block_model(slot, model, until, reason, now);
                self.changed.insert(id);
            }
            Scope::AccountModel => {
                let until = moment(until, || key.backoff.next(now, asked_at));
                self.block_model_for_account(account, model, until, reason, now);
            }
            Scope::ProviderModel => self.cool_model(model, asked_at, until, reason, now),
        }
    }

    fn block_model_for_account(
        &mut self,
        account: usize,
        model: &str,
        until: Millis,
        reason: Reason,
        now: Millis,
    ) {
        let Some(account) = self.accounts.get(account) else { return };
        for slot in account.keys.to_vec() {
            if let Some(id) = self.key_mut(slot).map(|key| key.id) {
                self.block_model(slot, model, until, reason, now);
                self.changed.insert(id);
            }
        }
    }

    pub fn refresh_account(&mut self, account: usize, now: Millis) {
        let Some(account) = self.accounts.get(account) else { return };
        for slot in account.keys.to_vec() {
            if let Some(id) = self.key_mut(slot).map(|key| key.id) {
                self.changed.insert(id);
            }
            self.refresh(slot, now);
        }
    }
}

pub(super) fn moment(until: Until, backoff: impl FnOnce() -> Millis) -> Millis {
    match until {
        Until::At(at) => at,
        Until::Backoff => backoff(),
    }
}
