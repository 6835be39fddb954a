//! The rules of the pool: whose turn it is, and what each answer means for the next turn.
//!
//! Pure: no I/O, and the time of day is passed in, so that properties can be tested over any
//! history. The [`KeyPoolActor`](crate) owns one [`Pool`] and speaks for it.

mod account;
mod askers;
mod borrow;
pub mod breaker;
pub mod change;
mod changes;
pub mod cooldown;
pub mod elsewhere;
mod firewall;
pub mod key;
mod lend;
mod model_breaker;
mod model_ring;
mod provider_pool;
pub mod reason;
pub mod refusal;
mod refuse;
mod retry_budget;
pub mod ring;
mod rules;
mod seconds;
mod settle;
mod sharing;
mod standing;
mod state;
mod timers;
pub mod told;
pub mod verdict;

#[cfg(test)]
mod borrow_tests;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use self::change::Change;
use self::elsewhere::{Place, Whose};
use self::key::{KeyId, KeySpec};
use self::provider_pool::ProviderPool;
use self::reason::Reason;
use self::refusal::Refusal;
use self::ring::Slot;
use self::verdict::Verdict;
use crate::clock::Millis;

pub use self::borrow::{Ask, Failure};
pub use self::changes::ON_ITS_WAY_MS;
pub use self::firewall::{FirewallState, FirewallView};
pub use self::model_breaker::{ModelView, ToldModel};
pub use self::rules::Rules;
pub use self::standing::Standing;
pub use self::state::{Counts, KeyState};

/// A key out on loan for one attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loan {
    /// Which key.
    pub key: KeyId,
    /// When it was taken.
    pub asked_at: Millis,
    /// Where it is in its provider's table, which spares a search when it comes back.
    slot: Slot,
    /// It is counted against its account's cap. One taken while there was none is not.
    counted: bool,
    /// A success of this loan changes nothing: there is no failure, wait or cap to take back.
    pub success_is_no_news: bool,
    /// Its key is cooling, for no moment that an upstream named: lent for want of another.
    pub soft: bool,
    /// The request that tests an upstream whose breaker is open: it makes one attempt.
    pub probe: bool,
}

/// All keys of all providers.
#[derive(Debug)]
pub struct Pool {
    rules: Rules,
    providers: HashMap<String, ProviderPool>,
    /// There are other replicas to tell.
    shared: bool,
}

impl Pool {
    /// An empty pool.
    pub fn new(rules: Rules) -> Self {
        Self { rules, providers: HashMap::new(), shared: false }
    }

    /// Adds a key, or replaces what is known of it.
    pub fn put(&mut self, provider: &str, spec: &KeySpec, now: Millis) {
        self.provider(provider).put(spec, now);
    }

    /// Makes room for so many more keys: tables that grow leave a smaller one behind each time,
    /// whose memory stays with the process.
    pub fn reserve(&mut self, provider: &str, keys: usize) {
        self.provider(provider).reserve(keys);
    }

    fn provider(&mut self, id: &str) -> &mut ProviderPool {
        let (rules, shared) = (self.rules, self.shared);
        self.providers.entry(id.to_owned()).or_insert_with(|| ProviderPool::new(rules, shared))
    }

    /// Forgets a key. A loan of it that comes back later changes nothing.
    pub fn remove(&mut self, provider: &str, key: KeyId) {
        if let Some(pool) = self.providers.get_mut(provider) {
            pool.remove(key);
        }
    }

    /// Forgets a key, whoever its provider is.
    pub fn forget(&mut self, key: KeyId) {
        for pool in self.providers.values_mut() {
            pool.remove(key);
        }
    }

    /// Lends the next healthy key for `model`, none of those in `tried`.
    ///
    /// Constant time in the number of keys.
    pub fn lease(
        &mut self,
        provider: &str,
        model: &str,
        tried: &[KeyId],
        now: Millis,
    ) -> Result<Loan, Refusal> {
        match self.providers.get_mut(provider) {
            Some(pool) => pool.lease(model, tried, now),
            None => Err(Refusal::Empty),
        }
    }

    /// Lends the next healthy key for `model` to a request, past the model's breaker and within the
    /// retry budget.
    pub fn borrow(
        &mut self,
        provider: &str,
        model: &str,
        ask: &Ask,
        now: Millis,
    ) -> Result<Loan, Refusal> {
        match self.providers.get_mut(provider) {
            Some(pool) => pool.borrow(model, ask, now),
            None => Err(Refusal::Empty),
        }
    }

    /// Takes in that a request failed with every key it was given. Returns when a key can be had
    /// again, if that is known.
    pub fn failed(
        &mut self,
        provider: &str,
        model: &str,
        failure: &Failure,
        now: Millis,
    ) -> Option<Millis> {
        self.providers.get_mut(provider)?.failed(model, failure, now)
    }

    /// Takes in that an answer has begun: the upstream serves this model.
    pub fn serving(&mut self, provider: &str, model: &str, now: Millis) {
        if let Some(pool) = self.providers.get_mut(provider) {
            pool.serving(model, now);
        }
    }

    /// Whether something failed lately, so that a success is worth telling of.
    pub fn is_watching(&self) -> bool {
        self.providers.values().any(ProviderPool::is_watching)
    }

    /// How the firewall of each provider stands.
    pub fn firewalls(&self, now: Millis) -> Vec<(String, FirewallView)> {
        let view = |(provider, pool): (&String, &ProviderPool)| {
            (provider.clone(), pool.firewall.view(now))
        };
        self.providers.iter().map(view).collect()
    }

    /// Refusals that upstreams are newly blamed for since the last call, by provider.
    pub fn take_blames(&mut self) -> Vec<(String, Reason)> {
        let news = |(provider, pool): (&String, &mut ProviderPool)| {
            Some((provider.clone(), pool.firewall.take_news()?))
        };
        self.providers.iter_mut().filter_map(news).collect()
    }

    /// Breakers that opened for everybody or closed since the last call: provider, model and why
    /// it opened.
    pub fn take_breaker_changes(&mut self) -> Vec<(String, String, Option<Reason>)> {
        let mut all = Vec::new();
        for (provider, pool) in &mut self.providers {
            let changes = std::mem::take(&mut pool.breaker_changes).into_iter();
            all.extend(changes.map(|(model, why)| (provider.clone(), model, why)));
        }
        all
    }

    /// Models that operators should know of, by provider: their breakers and limits.
    pub fn models(&self, now: Millis) -> Vec<(String, ModelView)> {
        let of = |(provider, pool): (&String, &ProviderPool)| {
            let views = pool.model_views(now).into_iter();
            views.map(|view| (provider.clone(), view)).collect::<Vec<_>>()
        };
        self.providers.iter().flat_map(of).collect()
    }

    /// Closes breakers and ends limits of a provider's models, or of one of them. Returns how many
    /// there were.
    pub fn close_breakers(&mut self, provider: &str, model: Option<&str>, now: Millis) -> usize {
        self.providers.get_mut(provider).map_or(0, |pool| pool.close_breakers(model, now))
    }

    /// How many keys stand how, and why.
    pub fn standing(&mut self, provider: &str, now: Millis) -> Standing {
        self.providers.get_mut(provider).map(|pool| pool.standing_of_all(now)).unwrap_or_default()
    }

    /// Takes a key back, with what its attempt showed.
    pub fn settle(
        &mut self,
        provider: &str,
        model: &str,
        loan: Loan,
        verdict: Verdict,
        now: Millis,
    ) {
        if let Some(pool) = self.providers.get_mut(provider) {
            pool.settle(model, loan, verdict, now);
        }
    }

    /// What a loan takes a place of, over all replicas; nothing where there is no cap.
    pub fn places(&self, provider: &str, loan: Loan) -> Vec<Place> {
        self.providers.get(provider).map(|pool| pool.places(loan)).unwrap_or_default()
    }

    /// Takes a key back that could not be used: all places of its account, or its own, are taken
    /// elsewhere. For a moment nobody gets one of those.
    pub fn full(&mut self, provider: &str, loan: Loan, whose: &Whose, now: Millis) {
        if let Some(pool) = self.providers.get_mut(provider) {
            pool.full(loan, whose, now);
        }
    }

    /// Applies what was learned of a key outside a request, by a probe.
    pub fn learn(&mut self, provider: &str, key: KeyId, verdict: Verdict, now: Millis) {
        if let Some(pool) = self.providers.get_mut(provider) {
            pool.learn(key, verdict, now);
        }
    }

    /// A probe refused the key. Returns whether that was believed: not while the upstream refuses
    /// the keys of many accounts alike, and, where `strict`, only when another account was served
    /// since the key was refused.
    pub fn refused(
        &mut self,
        provider: &str,
        key: KeyId,
        reason: Reason,
        strict: bool,
        now: Millis,
    ) -> bool {
        let pool = self.providers.get_mut(provider);
        pool.is_some_and(|pool| pool.refused(key, reason, strict, now))
    }

    /// A probe found the key good.
    pub fn recover(&mut self, provider: &str, key: KeyId, now: Millis) {
        if let Some(pool) = self.providers.get_mut(provider) {
            pool.recover(key, now);
        }
    }

    /// Takes a key out of rotation until `until`, or until [`Self::enable`]. False when unknown.
    pub fn disable(
        &mut self,
        provider: &str,
        key: KeyId,
        reason: Reason,
        until: Option<Millis>,
        now: Millis,
    ) -> bool {
        self.providers.get_mut(provider).is_some_and(|pool| pool.disable(key, reason, until, now))
    }

    /// Puts a key back: clears its failures and cooldowns and its account's. False when unknown.
    pub fn enable(&mut self, provider: &str, key: KeyId, now: Millis) -> bool {
        self.providers.get_mut(provider).is_some_and(|pool| pool.enable(key, now))
    }

    /// Changes a key where it stands, without losing failures, waits or loans. False when unknown.
    pub fn change(&mut self, provider: &str, key: KeyId, change: &Change, now: Millis) -> bool {
        self.providers.get_mut(provider).is_some_and(|pool| pool.change(key, change, now))
    }

    /// Requests under way with the keys of an account; counted only where there is a cap.
    pub fn in_use(&self, provider: &str, account: &str) -> u32 {
        self.providers.get(provider).map_or(0, |pool| pool.in_use(account))
    }

    /// How the keys of a provider stand.
    pub fn counts(&mut self, provider: &str, now: Millis) -> Counts {
        self.providers.get_mut(provider).map(|pool| pool.counts(now)).unwrap_or_default()
    }

    /// What has changed since the last call and must outlive the process.
    pub fn take_changes(&mut self, now: Millis) -> Vec<KeyState> {
        self.providers.values_mut().flat_map(|pool| pool.take_changes(now)).collect()
    }

    /// Marks keys as changed: their states could not be written.
    pub fn mark_changed(&mut self, keys: &[KeyId]) {
        for pool in self.providers.values_mut() {
            pool.mark_changed(keys);
        }
    }

    /// One key as it stands now.
    pub fn state(&self, provider: &str, key: KeyId, now: Millis) -> Option<KeyState> {
        self.providers.get(provider)?.state(key, now)
    }
}
