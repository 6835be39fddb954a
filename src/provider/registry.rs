//! Which providers there are: the built-in ones and those of the table.

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwap;

use super::{Kind, MovedFrom, Provider};
use crate::config::Upstream;
use crate::models::provider::ProviderRow;

/// Names that mean something else in paths and queries, or may come to.
const RESERVED: [&str; 12] = [
    "admin",
    "all",
    "api",
    "api-docs",
    "assets",
    "dashboard",
    "health",
    "metrics",
    "project",
    "stats",
    "user",
    "v1",
];

/// The providers that the environment tells of.
pub const BUILT_IN: [&str; 2] = ["ollama", "openrouter"];

/// The longest id: it stands in paths and in the key of a row of statistics.
const ID_MAX: usize = 40;

/// A provider that can't be used as configured.
#[derive(Debug, thiserror::Error)]
pub enum ProvidersError {
    /// Its base URL is not an HTTP address.
    #[error("{provider}: the base URL must be an http:// or https:// address")]
    BaseUrl {
        /// Which.
        provider: String,
    },
}

type Map = BTreeMap<String, Arc<Provider>>;

/// All providers by id; clones share the list.
#[derive(Debug, Clone)]
pub struct Providers {
    config: Arc<Upstream>,
    map: Arc<ArcSwap<Map>>,
}

impl Providers {
    /// The built-in providers as configured, and the rows of the table.
    ///
    /// A row with a built-in's name gives it another name for people, or switches it off; where it
    /// is and what it speaks, the environment decides.
    pub fn load(config: &Upstream, rows: &[ProviderRow]) -> Result<Self, ProvidersError> {
        let map = map(config, rows)?;
        Ok(Self { config: Arc::new(config.clone()), map: Arc::new(ArcSwap::from_pointee(map)) })
    }

    /// Takes over what the table holds now; returns the ids of those that are gone or elsewhere
    /// than before, about which nothing may be remembered.
    pub fn change(&self, rows: &[ProviderRow]) -> Vec<String> {
        let Ok(new) = map(&self.config, rows) else { return Vec::new() };
        let new = Arc::new(new);
        let old = self.map.swap(new.clone());
        let moved = |(id, old): &(&String, &Arc<Provider>)| {
            new.get(*id).is_none_or(|new| {
                let elsewhere = new.models != old.models || new.kind != old.kind;
                elsewhere || new.moved_from != old.moved_from
            })
        };
        old.iter().filter(moved).map(|(id, _)| id.clone()).collect()
    }

    /// The provider of this name.
    pub fn get(&self, id: &str) -> Option<Arc<Provider>> {
        self.map.load().get(id).cloned()
    }

    /// All of them, by name.
    pub fn all(&self) -> Vec<Arc<Provider>> {
        self.map.load().values().cloned().collect()
    }

    /// Whether the environment itself switches this one off: then nobody can switch it on.
    pub fn is_forced_off(&self, id: &str) -> bool {
        id == "ollama" && self.config.disable_ollama
            || id == "openrouter" && self.config.disable_openrouter
    }
}

/// Whether a new provider may have this id: a path begins with it.
pub fn is_free_name(id: &str) -> bool {
    let well_formed = id.len() <= ID_MAX
        && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && id.starts_with(|first: char| first.is_ascii_lowercase());
    well_formed && !RESERVED.contains(&id)
}

fn map(config: &Upstream, rows: &[ProviderRow]) -> Result<Map, ProvidersError> {
    let mut map = Map::new();
    for mut provider in built_in(config)? {
        if let Some(row) = rows.iter().find(|row| row.id == provider.id) {
            provider.name.clone_from(&row.name);
            provider.enabled &= row.enabled;
        }
        map.insert(provider.id.clone(), Arc::new(provider));
    }
    for row in rows.iter().filter(|row| !BUILT_IN.contains(&row.id.as_str())) {
        if RESERVED.contains(&row.id.as_str()) {
            log::error!("provider left out: `{}` is the name of a path or of a choice", row.id);
            continue;
        }
        let kind = Kind::from_column(&row.kind);
        match Provider::new(&row.id, &row.name, kind, &row.base_url) {
            Ok(mut provider) => {
                provider.enabled = row.enabled;
                provider.moved_from = moved_from(row);
                map.insert(row.id.clone(), Arc::new(provider));
            }
            // One bad row must not stop the others from serving.
            Err(error) => log::error!("provider left out: {error}"),
        }
    }
    Ok(map)
}

fn moved_from(row: &ProviderRow) -> Option<MovedFrom> {
    let origin = row.confirmed_origin.clone()?;
    let kind = row.confirmed_kind.clone().unwrap_or_else(|| row.kind.clone());
    Some(MovedFrom { origin, kind })
}

fn built_in(config: &Upstream) -> Result<[Provider; 2], ProvidersError> {
    let mut ollama = Provider::new("ollama", "Ollama Cloud", Kind::Ollama, &config.ollama_base_url)
        .map_err(|_| variable("OLLAMA_BASE_URL"))?;
    ollama.enabled = !config.disable_ollama;
    let base = &config.openrouter_base_url;
    let mut openrouter = Provider::new("openrouter", "OpenRouter", Kind::OpenRouter, base)
        .map_err(|_| variable("OPENROUTER_BASE_URL"))?;
    openrouter.enabled = !config.disable_openrouter;
    if let Some(url) = &config.openrouter_app_url.0 {
        openrouter.app_headers.push(("HTTP-Referer", url.clone()));
    }
    if let Some(title) = &config.openrouter_app_title.0 {
        openrouter.app_headers.push(("X-Title", title.clone()));
    }
    Ok([ollama, openrouter])
}

fn variable(name: &str) -> ProvidersError {
    ProvidersError::BaseUrl { provider: name.to_owned() }
}
