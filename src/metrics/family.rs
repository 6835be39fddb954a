//! Handles by label.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;

use arc_swap::ArcSwap;

/// Handles by label, each made when it is first wanted. Finding one takes no lock and no memory.
pub struct Family<K, V>(ArcSwap<HashMap<K, V>>);

impl<K, V> Default for Family<K, V> {
    fn default() -> Self {
        Self(ArcSwap::from_pointee(HashMap::new()))
    }
}

impl<K: Clone + Eq + Hash, V: Clone> Family<K, V> {
    /// Whether this label is known, or there is room for one more.
    pub fn admits<Q>(&self, key: &Q, at_most: usize) -> bool
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let known = self.0.load();
        known.contains_key(key) || known.len() < at_most
    }

    /// Does something with the handle of this label. Two threads may both make it: handles of one
    /// name and label share their number.
    pub fn with<Q>(&self, key: &Q, make: impl FnOnce() -> V, act: impl FnOnce(&V))
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ToOwned<Owned = K> + ?Sized,
    {
        if let Some(known) = self.0.load().get(key) {
            return act(known);
        }
        let made = make();
        self.0.rcu(|known| {
            let mut more = HashMap::clone(known);
            more.entry(key.to_owned()).or_insert_with(|| made.clone());
            more
        });
        act(&made);
    }
}
