//! What a list of keys can be asked for.

use serde::Deserialize;

use crate::app::App;
use crate::error::{ApiError, invalid};
use crate::http::extract::provider;
use crate::models::key_list::{KeyFilter, KeySort, KeyStatus};
use crate::models::page::Page;

/// The word for "of every provider".
const ALL: &str = "all";

/// Page, filters and order.
#[derive(Debug, Clone, Deserialize)]
pub struct KeyQuery {
    page: Option<i64>,
    #[serde(rename = "pageSize")]
    page_size: Option<i64>,
    #[serde(default)]
    status: KeyStatus,
    category: Option<String>,
    search: Option<String>,
    sort: Option<String>,
    provider: Option<String>,
}

impl KeyQuery {
    /// Which page.
    pub fn page(&self) -> Page {
        Page::new(self.page, self.page_size)
    }

    /// Which keys, in which order.
    pub fn filter(&self, app: &App) -> Result<KeyFilter, ApiError> {
        let (sort, descending) = self.sort()?;
        let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        Ok(KeyFilter {
            provider: scope(app, self.provider.as_deref())?,
            status: self.status,
            category: given(&self.category),
            search: given(&self.search),
            sort,
            descending,
        })
    }

    fn sort(&self) -> Result<(KeySort, bool), ApiError> {
        let text = self.sort.as_deref().unwrap_or("id");
        let (name, descending) = match text.strip_prefix('-') {
            Some(name) => (name, true),
            None => (text, false),
        };
        let sort = match name {
            "id" => KeySort::Id,
            "username" => KeySort::Username,
            "created_at" => KeySort::CreatedAt,
            "last_used" => KeySort::LastUsed,
            "total_requests" => KeySort::TotalRequests,
            _ => {
                let known = "id, username, created_at, last_used or total_requests";
                return Err(invalid("sort", format!("sort by {known}; `-` turns it round")));
            }
        };
        Ok((sort, descending))
    }
}

/// One provider, `ollama` unless another is named; `None` for `all`.
pub fn scope(app: &App, named: Option<&str>) -> Result<Option<String>, ApiError> {
    match named {
        Some(ALL) => Ok(None),
        named => Ok(Some(provider(app, named)?.id.clone())),
    }
}
