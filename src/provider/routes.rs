//! Which model a name means, and who serves when its provider can't: tables, read once a request.

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};

use crate::models::route::{Alias, FallbackStep};

/// Stands for every model that has no line of its own, or for the model of the same name.
pub const ANY: &str = "*";

/// A place in a fallback's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The provider to try.
    pub provider: String,
    /// Its model; `None` for the one of the same name.
    pub model: Option<Arc<str>>,
}

/// By provider, then by model.
type ByModel<T> = HashMap<String, HashMap<String, T>>;

/// Aliases and fallbacks.
#[derive(Debug, Default)]
pub struct Tables {
    aliases: ByModel<Arc<str>>,
    fallbacks: ByModel<Vec<Step>>,
}

impl Tables {
    /// From the rows; steps must come in their order.
    pub fn new(aliases: Vec<Alias>, steps: Vec<FallbackStep>) -> Self {
        let mut this = Self::default();
        for row in aliases {
            this.aliases.entry(row.provider).or_default().insert(row.alias, row.model.into());
        }
        for row in steps {
            let model = (row.to_model != ANY).then(|| row.to_model.into());
            let of_provider = this.fallbacks.entry(row.provider).or_default();
            let step = Step { provider: row.to_provider, model };
            of_provider.entry(row.model).or_default().push(step);
        }
        this
    }

    /// The model that this name is an alias of.
    pub fn alias(&self, provider: &str, name: &str) -> Option<&Arc<str>> {
        self.aliases.get(provider)?.get(name)
    }

    /// The aliases of a provider, with their models.
    pub fn aliases(&self, provider: &str) -> impl Iterator<Item = (&str, &str)> {
        let of_provider = self.aliases.get(provider).into_iter().flatten();
        of_provider.map(|(alias, model)| (alias.as_str(), &**model))
    }

    /// Whether the provider has any fallback.
    pub fn has_fallbacks(&self, provider: &str) -> bool {
        self.fallbacks.contains_key(provider)
    }

    /// Who serves when this provider can't serve this model, in order; and whether the model is
    /// named there, and not just any.
    pub fn fallbacks(&self, provider: &str, model: &str) -> (&[Step], bool) {
        let Some(of_provider) = self.fallbacks.get(provider) else { return (&[], false) };
        match of_provider.get(model) {
            Some(steps) => (steps, true),
            None => (of_provider.get(ANY).map_or(&[], Vec::as_slice), false),
        }
    }
}

/// The tables in force; clones share them.
#[derive(Debug, Clone, Default)]
pub struct Routes {
    tables: Arc<ArcSwap<Tables>>,
    /// Whoever reads the database anew takes a turn, so that what was read last is kept last.
    pub(super) turn: Arc<tokio::sync::Mutex<()>>,
}

impl Routes {
    /// As they are now.
    pub fn now(&self) -> Guard<Arc<Tables>> {
        self.tables.load()
    }

    /// Takes these over.
    pub fn change(&self, tables: Tables) {
        self.tables.store(Arc::new(tables));
    }
}
