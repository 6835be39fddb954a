//! Why there is no key now, and when there may be one.

use super::key::{KeyId, Status};
use super::provider_pool::ProviderPool;
use super::refusal::Refusal;
use super::ring::Slot;
use crate::clock::Millis;

impl ProviderPool {
    /// The reason for having no key for this model.
    pub fn refusal(&mut self, model: &str, tried: &[KeyId]) -> Refusal {
        if !tried.is_empty() {
            return Refusal::AllTried;
        }
        if self.by_id.is_empty() {
            return Refusal::Empty;
        }
        if self.counts.active > 0 {
            return self.refusal_for_model(model);
        }
        // With no key active, every entry that still holds is the end of a wait.
        match self.soonest() {
            Some(until) if self.counts.cooling > 0 => Refusal::AllCooling { until },
            until => Refusal::AllDisabled { until },
        }
    }

    /// Keys are in rotation, but this model has none of them.
    fn refusal_for_model(&mut self, model: &str) -> Refusal {
        let Some(own) = self.model_rings.get_mut(model) else { return Refusal::AllBusy };
        let Some(blocked_until) = own.soonest() else { return Refusal::AllBusy };
        let active = |slot: &Slot| {
            let key = self.keys.get(*slot as usize).and_then(Option::as_ref);
            key.is_some_and(|key| key.status == Status::Active)
        };
        let blocked = own.blocked();
        if self.counts.active > blocked.len() || self.counts.active > blocked.filter(active).count()
        {
            return Refusal::AllBusy;
        }
        // A key that could serve the model may be back before any plan is looked at again.
        match self.soonest() {
            Some(until) if self.counts.cooling > 0 && until < blocked_until => {
                Refusal::AllCooling { until }
            }
            _ => Refusal::ModelBlocked { until: blocked_until },
        }
    }

    /// When the first key may change by itself.
    pub fn soonest(&mut self) -> Option<Millis> {
        self.soonest_entry().map(|(at, _)| at)
    }

    /// The key that may change by itself first.
    pub fn soonest_slot(&mut self) -> Option<Slot> {
        self.soonest_entry().map(|(_, slot)| slot)
    }

    fn soonest_entry(&mut self) -> Option<(Millis, Slot)> {
        let keys = &self.keys;
        self.timers.soonest(|at, slot| {
            let key = keys.get(slot as usize).and_then(Option::as_ref);
            key.is_some_and(|key| key.wake_at == Some(at))
        })
    }
}
