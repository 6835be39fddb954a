//! Which keys have changed: for the database, and for other replicas. And which models, for those.

use std::collections::{HashMap, HashSet};

use super::key::KeyId;
use super::told::Word;
use crate::clock::Millis;

/// How long a change may be on its way to the database: meanwhile what the database says of a key
/// may be older than what is known here.
pub const ON_ITS_WAY_MS: i64 = 5_000;

/// Keys beyond which those whose time is over are forgotten.
const RECENT_MAX: usize = 10_000;

/// Changes that are not written, and those that are not told yet.
#[derive(Debug, Default)]
pub(super) struct Changes {
    unsaved: HashSet<KeyId>,
    /// Only kept where there are other replicas, as what follows.
    untold: HashMap<KeyId, Word>,
    /// Models whose breaker or limit has changed.
    untold_models: HashSet<String>,
    /// Keys whose values an administrator changed.
    revalued: HashSet<KeyId>,
    /// When keys were last told of, here or by another replica.
    recent: HashMap<KeyId, Millis>,
    shared: bool,
    adopting: bool,
}

impl Changes {
    pub fn new(shared: bool) -> Self {
        Self { shared, ..Self::default() }
    }

    /// From now on there are others to tell.
    pub fn share(&mut self) {
        self.shared = true;
    }

    /// Between these two nothing counts as a change: it is another replica's.
    pub fn adopt(&mut self, adopting: bool) {
        self.adopting = adopting;
    }

    pub fn insert(&mut self, key: KeyId) {
        self.insert_with(key, |_| {});
    }

    /// As [`Self::insert`], by a word that may end waits.
    pub fn insert_with(&mut self, key: KeyId, say: impl FnOnce(&mut Word)) {
        if self.adopting {
            return;
        }
        self.unsaved.insert(key);
        if self.shared {
            say(self.untold.entry(key).or_default());
        }
    }

    /// To be told, and not written: it lasts no longer than the process.
    pub fn tell(&mut self, key: KeyId) {
        if self.shared && !self.adopting {
            self.untold.entry(key).or_default();
        }
    }

    /// The breaker or the limit of a model has changed.
    pub fn tell_model(&mut self, model: &str) {
        if self.shared && !self.adopting && !self.untold_models.contains(model) {
            self.untold_models.insert(model.to_owned());
        }
    }

    /// Whether a model is still to be told of.
    pub fn is_model_untold(&self, model: &str) -> bool {
        self.untold_models.contains(model)
    }

    /// Others must read this key's values from the database.
    pub fn revalue(&mut self, key: KeyId) {
        if self.shared && !self.adopting {
            self.revalued.insert(key);
        }
    }

    /// To be written, and told to nobody.
    pub fn write(&mut self, key: KeyId) {
        self.unsaved.insert(key);
    }

    pub fn remove(&mut self, key: KeyId) {
        self.unsaved.remove(&key);
        self.untold.remove(&key);
        self.revalued.remove(&key);
        self.recent.remove(&key);
    }

    pub fn take_unsaved(&mut self) -> HashSet<KeyId> {
        std::mem::take(&mut self.unsaved)
    }

    pub fn is_unsaved(&self, key: KeyId) -> bool {
        self.unsaved.contains(&key)
    }

    pub fn take_untold(&mut self, now: Millis) -> HashMap<KeyId, Word> {
        let untold = std::mem::take(&mut self.untold);
        untold.keys().for_each(|key| self.met(*key, now));
        untold
    }

    pub fn take_untold_models(&mut self) -> HashSet<String> {
        std::mem::take(&mut self.untold_models)
    }

    pub fn take_revalued(&mut self, now: Millis) -> HashSet<KeyId> {
        let revalued = std::mem::take(&mut self.revalued);
        revalued.iter().for_each(|key| self.met(*key, now));
        revalued
    }

    /// A change of this key is on its way to the database, from here or from another replica.
    pub fn met(&mut self, key: KeyId, now: Millis) {
        if self.recent.len() >= RECENT_MAX {
            self.recent.retain(|_, at| now < at.plus_ms(ON_ITS_WAY_MS));
        }
        self.recent.insert(key, now);
    }

    /// Whether the database may say of this key what is over.
    pub fn is_on_its_way(&self, key: KeyId, now: Millis) -> bool {
        self.unsaved.contains(&key)
            || self.untold.contains_key(&key)
            || self.revalued.contains(&key)
            || self.recent.get(&key).is_some_and(|at| now < at.plus_ms(ON_ITS_WAY_MS))
    }
}
