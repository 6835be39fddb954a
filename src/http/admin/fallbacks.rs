//! `/admin/fallbacks`: who serves when a provider can't.

pub mod delete;
pub mod list;
pub mod set;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::models::route::FallbackStep;

/// Who serves in place of one model of a provider, or of any of its models.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Fallback {
    /// The provider that was asked for.
    #[schema(example = "ollama")]
    pub provider: String,
    /// Its model; `*` for those that have no order of their own.
    #[schema(example = "gpt-oss:120b")]
    pub model: String,
    /// Who serves, in order.
    pub to: Vec<Place>,
}

/// A place in the order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// The provider.
    #[schema(example = "openrouter")]
    pub provider: String,
    /// Its model, or an alias of one; `*` for the one of the same name.
    #[schema(example = "openai/gpt-oss-120b")]
    pub model: String,
}

fn grouped(rows: Vec<FallbackStep>) -> Vec<Fallback> {
    let mut list: Vec<Fallback> = Vec::new();
    for row in rows {
        let place = Place { provider: row.to_provider, model: row.to_model };
        match list.last_mut() {
            Some(last) if last.provider == row.provider && last.model == row.model => {
                last.to.push(place);
            }
            _ => list.push(Fallback { provider: row.provider, model: row.model, to: vec![place] }),
        }
    }
    list
}

fn of(rows: Vec<FallbackStep>, provider: &str, model: &str) -> Option<Fallback> {
    grouped(rows).into_iter().find(|one| one.provider == provider && one.model == model)
}

fn target(fallback: &Fallback) -> String {
    format!("fallback:{}/{}", fallback.provider, fallback.model)
}
