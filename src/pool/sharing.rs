//! The pool as one of several over one database.

use super::key::{KeyId, KeySpec};
use super::provider_pool::ProviderPool;
use super::told::Told;
use super::{Pool, ToldModel};
use crate::clock::Millis;

impl Pool {
    /// From now on there are other replicas to tell.
    pub fn share(&mut self) {
        self.shared = true;
        self.providers.values_mut().for_each(|pool| pool.changed.share());
    }

    /// Begins with this key of each provider, counted round and round. Replicas that all begin
    /// with the first would meet at one key after another, and use the first ones more when they
    /// are started often.
    pub fn begin_at(&mut self, place: usize) {
        for pool in self.providers.values_mut() {
            pool.ring.begin_at(place);
            pool.model_rings.values_mut().for_each(|own| own.ring.begin_at(place));
        }
    }

    /// What other replicas must be told of keys since the last call, by provider.
    pub fn take_told(&mut self, now: Millis) -> Vec<(String, Told)> {
        self.take_by_provider(|pool| pool.take_told(now))
    }

    /// What they must be told of models that fail, or are well again.
    pub fn take_told_models(&mut self, now: Millis) -> Vec<(String, ToldModel)> {
        self.take_by_provider(|pool| pool.take_told_models(now))
    }

    fn take_by_provider<T>(
        &mut self,
        mut take: impl FnMut(&mut ProviderPool) -> Vec<T>,
    ) -> Vec<(String, T)> {
        let mut all = Vec::new();
        for (provider, pool) in &mut self.providers {
            all.extend(take(pool).into_iter().map(|told| (provider.clone(), told)));
        }
        all
    }

    /// The keys whose values have changed since the last call.
    pub fn take_revalued(&mut self, now: Millis) -> Vec<KeyId> {
        self.providers.values_mut().flat_map(|pool| pool.changed.take_revalued(now)).collect()
    }

    /// Takes over what another replica knows of a key.
    ///
    /// Takes over each wait that is longer than what is known here, and none that is shorter; a
    /// [`Word`] ends waits first. Nothing of it is told on.
    pub fn adopt(&mut self, provider: &str, told: &Told, now: Millis) {
        if let Some(pool) = self.providers.get_mut(provider) {
            pool.adopt(told, now);
        }
    }

    /// Takes over what another replica knows of a model that fails, or is well again.
    pub fn adopt_model(&mut self, provider: &str, told: &ToldModel, now: Millis) {
        if let Some(pool) = self.providers.get_mut(provider) {
            pool.adopt_model(told, now);
        }
    }

    /// Takes over what the database has of a key. False when a later look must, since a change of
    /// it is on its way there.
    pub fn agree(&mut self, provider: &str, stored: &KeySpec, now: Millis) -> bool {
        self.providers.get_mut(provider).is_none_or(|pool| pool.agree(stored, now))
    }

    /// Takes over the values that the database has of a key.
    pub fn revalue(&mut self, provider: &str, stored: &KeySpec, now: Millis) {
        if let Some(pool) = self.providers.get_mut(provider) {
            pool.revalue(stored, now);
        }
    }
}
