//! Which providers there are: the built-in ones and those of the table.

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwap;

use super::{Kind, Provider};
use crate::config::Upstream;
use crate::models::provider::ProviderRow;

/// Names that mean something else in paths and queries.
const RESERVED: [&str; 4] = ["admin", "all", "api", "v1"];

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
pub struct Providers(Arc<ArcSwap<Map>>);

impl Providers {
    /// The built-in providers as configured, and the rows of the table.
    ///
    /// A row with a built-in's name is ignored: the environment decides about those.
    pub fn load(config: &Upstream, rows: &[ProviderRow]) -> Result<Self, ProvidersError> {
        let mut map = Map::new();
        for row in rows {
            if RESERVED.contains(&row.id.as_str()) {
                log::error!("provider left out: `{}` is the name of a path or of a choice", row.id);
                continue;
            }
            let kind = Kind::from_column(&row.kind);
            match Provider::new(&row.id, &row.name, kind, &row.base_url) {
                Ok(mut provider) => {
                    provider.enabled = row.enabled;
                    map.insert(row.id.clone(), Arc::new(provider));
                }
                // One bad row must not stop the others from serving.
                Err(error) => log::error!("provider left out: {error}"),
            }
        }
        for provider in built_in(config)? {
            map.insert(provider.id.clone(), Arc::new(provider));
        }
        Ok(Self(Arc::new(ArcSwap::from_pointee(map))))
    }

    /// The provider of this name.
    pub fn get(&self, id: &str) -> Option<Arc<Provider>> {
        self.0.load().get(id).cloned()
    }

    /// All of them, by name.
    pub fn all(&self) -> Vec<Arc<Provider>> {
        self.0.load().values().cloned().collect()
    }
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
