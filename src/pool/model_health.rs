//! A model's own failures at a provider, whichever key asks, and what replicas tell of them.

use super::cooldown::{Backoff, Cooldown};
use super::provider_pool::ProviderPool;
use super::reason::Reason;
use super::settle::moment;
use super::verdict::Until;
use crate::clock::Millis;

/// Failures of a model in a row, by any key, before the pool waits. One request's three attempts
/// are enough to see an outage, a single bad answer is not.
const MODEL_FAILURES: u32 = 3;

/// Models whose failures are remembered. Their names come from clients, so there is an end to it.
const MODEL_HEALTH_MAX: usize = 1024;

/// What a model that fails is known by. There is none for one that is well.
#[derive(Debug, Default)]
pub(super) struct ModelHealth {
    failures: u32,
    pub cooldown: Cooldown,
    backoff: Backoff,
}

/// A model as another replica knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldModel {
    /// Its name.
    pub model: String,
    /// A success ended what was before.
    pub well: bool,
    /// Failures in a row.
    pub failures: u32,
    /// Left alone until then.
    pub cooling: Option<(Reason, Millis)>,
    /// How far its waits have doubled.
    pub backoff: Backoff,
}

impl ProviderPool {
    pub fn model_failed(&mut self, model: &str, asked_at: Millis, reason: Reason, now: Millis) {
        let Some(health) = self.model_health_of(model, now) else { return };
        health.failures += 1;
        if health.failures >= MODEL_FAILURES {
            let until = health.backoff.next(now, asked_at);
            health.cooldown.extend(until, reason);
        }
        self.changed.tell_model(model, false);
    }

    pub fn cool_model(
        &mut self,
        model: &str,
        asked_at: Millis,
        until: Until,
        reason: Reason,
        now: Millis,
    ) {
        let Some(health) = self.model_health_of(model, now) else { return };
        let until = moment(until, || health.backoff.next(now, asked_at));
        health.cooldown.extend(until, reason);
        self.changed.tell_model(model, false);
    }

    /// Its failures are over. A wait that the upstream named goes on, whoever got through before
    /// it.
    pub fn model_succeeded(&mut self, model: &str, now: Millis) {
        if self.model_health.is_empty() {
            return;
        }
        let Some(health) = self.model_health.get_mut(model) else { return };
        let failed = std::mem::take(&mut health.failures) > 0;
        let waited = health.backoff.reset(now);
        if health.cooldown.active(now).is_none() {
            self.model_health.remove(model);
        }
        if failed || waited {
            self.changed.tell_model(model, true);
        }
    }

    /// What other replicas must be told of models since the last call.
    pub fn take_told_models(&mut self, now: Millis) -> Vec<ToldModel> {
        let models = self.changed.take_untold_models().into_iter();
        models.map(|(model, well)| self.told_model(model, well, now)).collect()
    }

    /// A model as others are told of it.
    pub fn told_model(&self, model: String, well: bool, now: Millis) -> ToldModel {
        let Some(health) = self.model_health.get(&model) else {
            let backoff = Backoff::told(0, now);
            return ToldModel { model, well, failures: 0, cooling: None, backoff };
        };
        let (failures, backoff) = (health.failures, health.backoff);
        let cooling = health.cooldown.active(now).map(|(until, reason)| (reason, until));
        ToldModel { model, well, failures, cooling, backoff }
    }

    /// Takes over what another replica knows of a model: the longer wait, and the more failures in
    /// a row unless a success came between them. Nothing of it is told on.
    pub fn adopt_model(&mut self, told: &ToldModel, now: Millis) {
        let cooling = told.cooling.filter(|(_, until)| *until > now);
        let Some(health) = self.model_health_of(&told.model, now) else { return };
        if let Some((reason, until)) = cooling {
            health.cooldown.extend(until, reason);
        }
        health.backoff.adopt(told.backoff, now);
        // Else it failed again since.
        if told.well && health.backoff.is_fresh() {
            health.failures = 0;
        }
        health.failures = health.failures.max(told.failures);
        let well = health.failures == 0 && health.backoff.is_fresh();
        if well && health.cooldown.active(now).is_none() {
            self.model_health.remove(&told.model);
        }
    }

    fn model_health_of(&mut self, model: &str, now: Millis) -> Option<&mut ModelHealth> {
        if !self.model_health.contains_key(model) {
            if self.model_health.len() >= MODEL_HEALTH_MAX {
                self.model_health.retain(|_, health| health.cooldown.active(now).is_some());
            }
            if self.model_health.len() >= MODEL_HEALTH_MAX {
                return None;
            }
            self.model_health.insert(model.to_owned(), ModelHealth::default());
        }
        self.model_health.get_mut(model)
    }
}
