//! A request's way to a key: past the model's breaker, within the retry budget, to whose turn it is.

use super::Loan;
use super::breaker::Source;
use super::firewall::is_doubtful;
use super::key::{KeyId, Status};
use super::provider_pool::ProviderPool;
use super::reason::Reason;
use super::refusal::Refusal;
use super::ring::Slot;
use super::verdict::{Effect, Scope, Verdict};
use crate::clock::Millis;

/// Time between two tries with a key whose cooldown nobody named, while there is no other, in ms.
const SOFT_TRY_EVERY_MS: i64 = 250;

/// What a request asks for a key with.
#[derive(Debug, Clone, Default)]
pub struct Ask {
    /// Keys that it tried.
    pub tried: Vec<KeyId>,
    /// Token and body.
    pub source: Source,
    /// What the attempt before came to; `None` for the first one.
    pub again: Option<Verdict>,
    /// It was let through before, and got a key that is full elsewhere: whether as a probe.
    pub admitted: Option<bool>,
}

/// A request that got no answer from any key it was given.
#[derive(Debug, Clone)]
pub struct Failure {
    /// Token and body.
    pub source: Source,
    /// When it asked for its first key.
    pub asked_at: Millis,
    /// Its attempts, in order.
    pub attempts: Vec<(KeyId, Verdict)>,
}

impl ProviderPool {
    /// Lends the next healthy key to a request, if it may have one.
    pub fn borrow(&mut self, model: &str, ask: &Ask, now: Millis) -> Result<Loan, Refusal> {
        let probe = match ask.admitted {
            Some(probe) => probe,
            None => self.let_through(model, ask, now)?,
        };
        self.firewall.leased();
        let loan = match self.lease(model, &ask.tried, now) {
            Err(Refusal::AllCooling { .. }) if ask.again.is_none() => self.lease_soft(model, now),
            leased => leased,
        };
        // Where there is no key there is no call either.
        if loan.is_ok() && ask.admitted.is_none() && ask.again.as_ref().is_some_and(is_budgeted) {
            self.retries.retry(now);
        }
        loan.map(|loan| Loan { probe, ..loan })
    }

    /// Asks the model's breaker for a first attempt, the retry budget for another; returns whether
    /// it is a probe.
    fn let_through(&mut self, model: &str, ask: &Ask, now: Millis) -> Result<bool, Refusal> {
        let Some(verdict) = &ask.again else {
            let probe = self.admit(model, ask.source, now);
            let probe = probe.map_err(|(until, reason)| Refusal::BreakerOpen { until, reason })?;
            self.retries.request(now);
            return Ok(probe);
        };
        match is_budgeted(verdict) && !self.retries.has_retry(now) {
            true => Err(Refusal::RetryBudget),
            false => Ok(false),
        }
    }

    /// Every key is cooling: the one that returns first is tried rather than nobody, when no
    /// upstream named its wait.
    fn lease_soft(&mut self, model: &str, now: Millis) -> Result<Loan, Refusal> {
        if now >= self.soft_try_at
            && let Some(slot) = self.soonest_slot()
            && self.is_soft(slot, model, now)
            && let Some(loan) = self.lend(slot, model, now)
        {
            self.soft_try_at = now.plus_ms(SOFT_TRY_EVERY_MS);
            return Ok(loan);
        }
        Err(self.refusal(model, &[]))
    }

    fn is_soft(&self, slot: Slot, model: &str, now: Millis) -> bool {
        let Some(key) = self.keys.get(slot as usize).and_then(Option::as_ref) else { return false };
        let Some(account) = self.accounts.get(key.account) else { return false };
        let blocked = self.model_rings.get(model).is_some_and(|own| own.blocks(slot));
        key.status == Status::Cooling
            && [&key.cooldown, &account.cooldown].into_iter().all(|wait| wait.is_soft(now))
            && !blocked
            && key.has_room(&self.rules)
            && self.has_room(key.account)
    }

    /// Takes in how a request failed: takes back what it did to keys when they failed alike, and
    /// counts it at the model's breaker. Returns when a key can be had again, if that is known.
    pub fn failed(&mut self, model: &str, failure: &Failure, now: Millis) -> Option<Millis> {
        let alike = self.alike(failure);
        let unanswered = !self.firewall.served_since(failure.asked_at);
        let (mut fault, mut mass) = (None, false);
        for (_, verdict) in failure.attempts.iter().filter(|(_, verdict)| is_doubtful(verdict)) {
            let reason = verdict.reason;
            if alike == Some(reason) {
                let keys: Vec<KeyId> = failure.attempts.iter().map(|(key, _)| *key).collect();
                self.take_back_marks(reason, Some(&keys), now);
                fault = Some(reason);
            }
            let open = self.models.get(model).is_some_and(|known| known.breaker.is_open());
            if self.is_upstreams_fault(reason, now) {
                mass = true;
                fault = Some(reason);
            } else if open {
                // A probe that fails says nothing about its key.
                let keys: Vec<KeyId> = failure.attempts.iter().map(|(key, _)| *key).collect();
                self.take_back_marks(reason, Some(&keys), now);
                fault = Some(reason);
            }
        }
        let overloaded = failure.attempts.iter().rev().map(|(_, verdict)| verdict);
        let overloaded = overloaded.filter(|verdict| verdict.effect == Effect::Overloaded);
        let fault = fault.or_else(|| overloaded.map(|verdict| verdict.reason).next());
        if let Some(reason) = fault {
            let agreed = mass || alike.is_some() && unanswered;
            if agreed && reason.is_doubtful() {
                self.firewall.blame(reason, now);
                // Requests with one attempt left marks, too.
                self.take_back_marks(reason, None, now);
            }
            self.model_failed(model, failure.source, agreed, reason, now);
        }
        self.next_return(model, failure.source, now)
    }

    /// The reason for which keys of two accounts failed in one request.
    fn alike(&self, failure: &Failure) -> Option<Reason> {
        let account = |key: KeyId| {
            let slot = self.slot_of(key)?;
            Some(self.keys.get(slot as usize)?.as_ref()?.account)
        };
        failure.attempts.iter().enumerate().find_map(|(n, (key, verdict))| {
            let own = account(*key)?;
            let blames = verdict.effect == Effect::Overloaded || is_doubtful(verdict);
            let same = failure.attempts.iter().take(n).any(|(other, earlier)| {
                earlier.reason == verdict.reason && account(*other).is_some_and(|it| it != own)
            });
            (blames && same).then_some(verdict.reason)
        })
    }

    /// When a request for this model can have a key: now, at a known moment, or nobody knows.
    fn next_return(&mut self, model: &str, source: Source, now: Millis) -> Option<Millis> {
        self.wake(model, now);
        if let Some(known) = self.models.get(model) {
            let limit = known.cooldown.active(now).map(|(until, _)| until);
            if let Some(until) = known.breaker.opens_at(source).max(limit) {
                return Some(until);
            }
        }
        match self.refusal(model, &[]) {
            Refusal::AllCooling { until }
            | Refusal::ModelBlocked { until }
            | Refusal::ModelCooling { until } => Some(until),
            Refusal::AllDisabled { until } => until,
            Refusal::AllBusy => Some(now),
            _ => None,
        }
    }
}

/// Whether another attempt after this one counts against the retry budget. A limit that the
/// upstream named spends one call for each account, and brings the request to a key that can serve.
fn is_budgeted(verdict: &Verdict) -> bool {
    match verdict.effect {
        Effect::Overloaded => true,
        Effect::Cool { scope: Scope::ProviderModel, .. } => true,
        _ => is_doubtful(verdict),
    }
}
