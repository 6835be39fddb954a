//! `/admin/providers`: upstreams, added, changed and switched while running.

pub mod add;
pub mod change;
pub mod confirm;
pub mod delete;
pub mod list;
mod moved;
pub mod test;

use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::error::{ApiError, ErrorCode, invalid, not_found};
use crate::models::provider::ProviderRow;
use crate::pool::Counts;
use crate::provider::{MovedFrom, Provider};

/// The longest name in characters.
const NAME_MAX: usize = 100;

/// A provider, and how its keys stand.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProviderView {
    /// Its name in paths, bodies and columns.
    #[schema(example = "groq")]
    pub id: String,
    /// Its name for people.
    #[schema(example = "Groq")]
    pub name: String,
    /// Which rules read its errors: `ollama`, `openrouter` or `openai`.
    #[schema(example = "openai")]
    pub kind: &'static str,
    /// Where its API is.
    #[schema(example = "https://api.groq.com/openai/v1")]
    pub base_url: String,
    /// The environment tells of it: only its name and its switch can be changed here.
    pub built_in: bool,
    /// Switched on.
    pub enabled: bool,
    /// Where and what it was, while nobody has confirmed that its keys may be sent to where it is
    /// now; null when they may.
    pub moved_from: Option<MovedFrom>,
    /// How its keys stand.
    pub keys: KeyCounts,
}

/// Keys by state.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeyCounts {
    /// In rotation.
    pub active: usize,
    /// Waiting for a limit to pass.
    pub cooling: usize,
    /// Taken out.
    pub disabled: usize,
    /// Whose time is over.
    pub expired: usize,
}

impl KeyCounts {
    /// As the pool counts them; while the provider has moved, none is in rotation.
    fn of(provider: &Provider, counts: Counts) -> Self {
        let Counts { active, cooling, disabled, expired, .. } = counts;
        match provider.takes_keys() {
            true => Self { active, cooling, disabled, expired },
            false => Self { active: 0, cooling: 0, disabled: active + cooling + disabled, expired },
        }
    }
}

/// The provider of this id as administrators see it.
async fn view(app: &App, provider: &Provider) -> Result<ProviderView, ApiError> {
    let counts = app.actors.key_pool.observe(&provider.id).await?.counts;
    Ok(ProviderView {
        id: provider.id.clone(),
        name: provider.name.clone(),
        kind: provider.kind.as_str(),
        base_url: provider.base_url.clone(),
        built_in: provider.is_built_in(),
        enabled: provider.enabled,
        moved_from: provider.moved_from.clone(),
        keys: KeyCounts::of(provider, counts),
    })
}

/// The provider of this id as administrators see it, just added or changed.
async fn view_of(app: &App, id: &str) -> Result<ProviderView, ApiError> {
    let provider = app.providers.get(id).ok_or_else(|| not_found("provider"))?;
    view(app, &provider).await
}

/// What the audit log notes of a row.
#[derive(Debug, Serialize)]
struct Noted<'a> {
    name: &'a str,
    base_url: &'a str,
    kind: &'a str,
    enabled: bool,
}

impl<'a> From<&'a ProviderRow> for Noted<'a> {
    fn from(row: &'a ProviderRow) -> Self {
        let ProviderRow { name, base_url, kind, enabled, .. } = row;
        Self { name, base_url, kind, enabled: *enabled }
    }
}

fn checked_name(name: &str) -> Result<String, ApiError> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > NAME_MAX || name.chars().any(char::is_control) {
        return Err(invalid("name", "a name has 1 to 100 characters, none a control character"));
    }
    Ok(name.to_owned())
}

fn checked_kind(kind: &str) -> Result<String, ApiError> {
    match kind {
        "openai" | "ollama" | "openrouter" => Ok(kind.to_owned()),
        _ => Err(invalid("kind", "kinds are openai, ollama and openrouter")),
    }
}

/// A built-in provider is what the environment says.
fn built_in(what: &'static str) -> ApiError {
    ApiError::new(ErrorCode::InvalidValue, what)
}
