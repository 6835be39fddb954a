//! A model at a provider, whichever key asks: its circuit breaker, and the limits that the upstream
//! sets it.

use super::breaker::{Admission, Breaker, BreakerView, Source};
use super::cooldown::{Backoff, Cooldown};
use super::provider_pool::ProviderPool;
use super::reason::Reason;
use super::settle::moment;
use super::verdict::Until;
use crate::clock::Millis;

/// Models with a breaker at once. Their names come from clients, so there is an end to it.
const MODELS_MAX: usize = 1024;

/// A model that failed lately, or whose limit is spent. There is none for one that is well.
#[derive(Debug, Default)]
pub(super) struct ModelBreaker {
    pub breaker: Breaker,
    pub cooldown: Cooldown,
    backoff: Backoff,
}

/// A model as another replica knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldModel {
    /// Its name.
    pub model: String,
    /// When it was served last.
    pub served_at: Millis,
    /// Why its breaker is open for everybody, and since when.
    pub open: Option<(Reason, Millis)>,
    /// Its limit is spent until then.
    pub cooling: Option<(Reason, Millis)>,
    /// Exponential backoff of that limit.
    pub backoff: Backoff,
}

/// What operators see of a model that has a breaker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelView {
    /// Its name.
    pub model: String,
    /// Its breaker.
    pub breaker: BreakerView,
    /// Its limit is spent until then.
    pub cooling: Option<(Reason, Millis)>,
}

impl ProviderPool {
    /// Whether a request for this model may go ahead; `Ok(true)` as a probe.
    pub fn admit(
        &mut self,
        model: &str,
        source: Source,
        now: Millis,
    ) -> Result<bool, (Millis, Reason)> {
        self.askers.asked(source.token, now);
        let Some(known) = self.models.get_mut(model) else { return Ok(false) };
        match known.breaker.admit(source, now) {
            Admission::Pass => Ok(false),
            Admission::Probe => Ok(true),
            Admission::Refuse { until, reason } => Err((until, reason)),
        }
    }

    /// A request for this model failed with every key that it was given.
    pub fn model_failed(
        &mut self,
        model: &str,
        source: Source,
        agreed: bool,
        reason: Reason,
        now: Millis,
    ) {
        let alone = self.askers.is_alone(source.token, now);
        let Some(known) = self.model_breaker(model, now) else { return };
        if known.breaker.failed(source, agreed, alone, reason, now) {
            self.breaker_changes.push((model.to_owned(), Some(reason)));
            self.changed.tell_model(model);
        }
    }

    /// Something failed at this model: from now on its successes are worth telling of.
    pub fn watch_model(&mut self, model: &str, now: Millis) {
        self.model_breaker(model, now);
    }

    /// The upstream limits this model, whichever key asks.
    pub fn cool_model(
        &mut self,
        model: &str,
        asked_at: Millis,
        until: Until,
        reason: Reason,
        now: Millis,
    ) {
        let Some(known) = self.model_breaker(model, now) else { return };
        let until = moment(until, || known.backoff.next(now, asked_at));
        known.cooldown.extend(until, reason);
        self.changed.tell_model(model);
    }

    /// The upstream answers for this model. A limit that it named goes on, whoever got through
    /// before it.
    pub fn model_served(&mut self, model: &str, now: Millis) {
        if let Some(known) = self.models.get_mut(model) {
            let was_open = known.breaker.is_open();
            let closed = known.breaker.served(now) && was_open;
            self.after_service(model, closed, now);
        }
    }

    /// An answer for this model has begun.
    pub fn model_serving(&mut self, model: &str, now: Millis) {
        if let Some(known) = self.models.get_mut(model) {
            let was_open = known.breaker.is_open();
            let closed = known.breaker.serving(now) && was_open;
            self.after_service(model, closed, now);
        }
    }

    fn after_service(&mut self, model: &str, closed: bool, now: Millis) {
        let Some(known) = self.models.get_mut(model) else { return };
        let waited = known.backoff.reset(now);
        let idle = known.breaker.is_idle(now) && known.cooldown.active(now).is_none();
        if closed {
            self.breaker_changes.push((model.to_owned(), None));
        }
        if closed || waited {
            self.changed.tell_model(model);
        } else if idle && !self.changed.is_model_untold(model) {
            self.models.remove(model);
        }
    }

    /// Closes the breakers of one model or of all, and ends their limits: an administrator's word.
    /// Returns how many there were.
    pub fn close_breakers(&mut self, model: Option<&str>, now: Millis) -> usize {
        let mut closed = Vec::new();
        for (name, known) in &mut self.models {
            if model.is_none_or(|model| model == name) {
                let open = known.breaker.close(now);
                let cooling = known.cooldown.active(now).is_some();
                known.cooldown.clear();
                known.backoff.reset(now);
                if open || cooling {
                    closed.push(name.clone());
                }
            }
        }
        closed.iter().for_each(|model| self.changed.tell_model(model));
        closed.len()
    }

    /// The models that operators should know of: open, limited, or with failures in the window.
    pub fn model_views(&self, now: Millis) -> Vec<ModelView> {
        let view = |(model, known): (&String, &ModelBreaker)| ModelView {
            model: model.clone(),
            breaker: known.breaker.view(now),
            cooling: known.cooldown.active(now).map(|(until, reason)| (reason, until)),
        };
        let idle = |known: &ModelBreaker| {
            known.breaker.is_idle(now) && known.cooldown.active(now).is_none()
        };
        self.models.iter().filter(|(_, known)| !idle(known)).map(view).collect()
    }

    /// What other replicas must be told of models since the last call.
    pub fn take_told_models(&mut self, now: Millis) -> Vec<ToldModel> {
        let models = self.changed.take_untold_models().into_iter();
        models.map(|model| self.told_model(model, now)).collect()
    }

    /// A model as others are told of it.
    pub fn told_model(&self, model: String, now: Millis) -> ToldModel {
        let Some(known) = self.models.get(&model) else {
            let backoff = Backoff::told(0, now);
            return ToldModel { model, served_at: Millis(0), open: None, cooling: None, backoff };
        };
        let (served_at, open) = known.breaker.told();
        let cooling = known.cooldown.active(now).map(|(until, reason)| (reason, until));
        ToldModel { model, served_at, open, cooling, backoff: known.backoff }
    }

    /// Takes over what another replica knows of a model: the longer limit, and whether its breaker
    /// opened or the model was served, whichever came later. Nothing of it is told on.
    pub fn adopt_model(&mut self, told: &ToldModel, now: Millis) {
        let cooling = told.cooling.filter(|(_, until)| *until > now);
        let Some(known) = self.model_breaker(&told.model, now) else { return };
        if let Some((reason, until)) = cooling {
            known.cooldown.extend(until, reason);
        }
        known.backoff.adopt(told.backoff, now);
        known.breaker.merge(told.served_at, told.open, now);
    }

    fn model_breaker(&mut self, model: &str, now: Millis) -> Option<&mut ModelBreaker> {
        if !self.models.contains_key(model) {
            if self.models.len() >= MODELS_MAX {
                self.models.retain(|_, known| {
                    !known.breaker.is_idle(now) || known.cooldown.active(now).is_some()
                });
            }
            if self.models.len() >= MODELS_MAX {
                return None;
            }
            self.models.insert(model.to_owned(), ModelBreaker::default());
        }
        self.models.get_mut(model)
    }
}
