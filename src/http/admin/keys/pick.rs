//! Which stored keys a request is about.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::db::Conn;
use crate::error::{ApiError, invalid};
use crate::http::extract::provider;
use crate::models::upstream_key::UpstreamKey;
use crate::pool::key::KeyId;

/// The most keys that one request may name.
const NAMED_MAX: usize = 10_000;

/// Keys by themselves or by id, one or several.
#[derive(Deserialize, ToSchema)]
pub struct Pick {
    #[serde(alias = "api_key", rename = "apiKey")]
    api_key: Option<String>,
    #[serde(alias = "api_keys", rename = "apiKeys", default)]
    api_keys: Vec<String>,
    id: Option<KeyId>,
    #[serde(default)]
    ids: Vec<KeyId>,
    provider: Option<String>,
}

impl Pick {
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

    /// The stored keys among those named. 422 when none or too many are named.
    pub async fn find(&self, app: &App, conn: &mut Conn<'_>) -> Result<Vec<UpstreamKey>, ApiError> {
        if !(1..=NAMED_MAX).contains(&self.len()) {
            return Err(invalid(
                "ids",
                "name 1 to 10000 keys, by `apiKey`, `apiKeys`, `id` or `ids`",
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
