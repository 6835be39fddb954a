//! Which stored keys a request is about.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;
use utoipa::ToSchema;

use super::query::{PickFilter, Whose};
use crate::app::App;
use crate::db::Conn;
use crate::error::{ApiError, invalid};
use crate::http::extract::provider;
use crate::models::upstream_key::UpstreamKey;
use crate::pool::key::KeyId;

/// The most keys that one request may name.
const NAMED_MAX: usize = 10_000;

/// Keys by themselves or by id, one or several; or all that a filter names.
#[derive(Deserialize, ToSchema)]
pub struct Pick {
    /// One key.
    #[serde(alias = "api_key", rename = "apiKey")]
    #[schema(example = "sk-0123456789abcdef")]
    api_key: Option<String>,
    /// Several keys.
    #[serde(alias = "api_keys", rename = "apiKeys", default)]
    api_keys: Vec<String>,
    /// One key's id.
    #[schema(example = 12)]
    id: Option<KeyId>,
    /// The ids of several.
    #[serde(default)]
    ids: Vec<KeyId>,
    /// Whose keys `apiKey` and `apiKeys` are; `ollama` unless given.
    provider: Option<String>,
    /// All keys that this names, instead of names.
    filter: Option<PickFilter>,
    /// Needed with a filter that leaves out no key of its provider.
    #[serde(default)]
    all: bool,
    /// Fields that nothing is known of. Where others stand beside these, serde can't refuse them.
    #[serde(flatten)]
    #[schema(ignore)]
    unknown: BTreeMap<String, IgnoredAny>,
}

impl Pick {
    /// Of this provider, where it names none itself. 422 when it has fields that nothing is known
    /// of: a misspelt one must not pass for one that was left out.
    pub fn of(self, whose: &Whose) -> Result<Self, ApiError> {
        if !self.unknown.is_empty() {
            return Err(invalid("body", "there is a field that nothing is known of"));
        }
        Ok(Self {
            provider: self.provider.or_else(|| whose.provider.clone()),
            filter: self.filter.map(|filter| filter.of(whose)),
            ..self
        })
    }

    /// How many keys are named.
    pub fn len(&self) -> usize {
        self.secrets().count() + self.ids().count()
    }

    /// The one key that is named by itself, if it is.
    pub fn secret(&self) -> Option<&str> {
        self.api_key.as_deref().map(str::trim)
    }

    /// The provider that is named.
    pub fn provider(&self) -> Option<&str> {
        self.provider.as_deref()
    }

    /// The filter, where there is one. 422 when it stands beside names, or would take every key
    /// without `all` saying so.
    pub fn filter(&self) -> Result<Option<&PickFilter>, ApiError> {
        let Some(filter) = &self.filter else { return Ok(None) };
        if self.len() > 0 {
            return Err(invalid("filter", "name keys or give a filter, not both"));
        }
        if !filter.is_narrow() && !self.all {
            let words = "this filter takes every key of its provider: narrow it by `status`, \
                `category`, `search`, `account` or `import_id`, or add `\"all\": true`";
            return Err(invalid("filter", words));
        }
        Ok(Some(filter))
    }

    /// The stored keys among those named. 422 when none or too many are named.
    pub async fn find(&self, app: &App, conn: &mut Conn<'_>) -> Result<Vec<UpstreamKey>, ApiError> {
        if !(1..=NAMED_MAX).contains(&self.len()) {
            return Err(invalid(
                "ids",
                "name 1 to 10000 keys, by `apiKey`, `apiKeys`, `id` or `ids`, or give a `filter`",
            ));
        }
        let ids: Vec<KeyId> = self.ids().collect();
        let mut found = UpstreamKey::by_ids(conn, &ids).await?;
        let prints: Vec<String> =
            self.secrets().flat_map(|secret| app.vault.fingerprints(secret)).collect();
        if !prints.is_empty() {
            let provider = provider(app, self.provider())?;
            found.extend(UpstreamKey::by_fingerprints(conn, &provider.id, &prints).await?);
        }
        found.sort_by_key(|row| row.id);
        found.dedup_by_key(|row| row.id);
        Ok(found)
    }

    fn secrets(&self) -> impl Iterator<Item = &str> {
        self.api_key.iter().chain(&self.api_keys).map(|secret| secret.trim())
    }

    fn ids(&self) -> impl Iterator<Item = KeyId> {
        self.id.iter().chain(&self.ids).copied()
    }
}

/// The names by which the pool knows these rows.
pub fn names(rows: &[UpstreamKey]) -> Vec<(String, KeyId)> {
    rows.iter().map(|row| (row.provider.clone(), row.id)).collect()
}
