//! What a list of keys can be asked for.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::app::App;
use crate::error::{ApiError, invalid};
use crate::http::admin::search::exact;
use crate::http::extract::provider;
use crate::models::key_list::{KeyFilter, KeyStatus};
use crate::models::key_sort::KeySort;
use crate::models::page::Page;

/// The word for "of every provider".
const ALL: &str = "all";

/// Page, filters and order.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct KeyQuery {
    /// From 1.
    page: Option<i64>,
    /// Rows of a page: 1 to 200, 50 unless given.
    #[serde(rename = "pageSize")]
    page_size: Option<i64>,
    #[serde(default)]
    #[param(inline)]
    status: KeyStatus,
    /// A model family that the key has, maybe among others.
    #[param(example = "kimi")]
    category: Option<String>,
    /// Text in the name, the account or the masked key, in any case.
    search: Option<String>,
    account: Option<String>,
    /// The import that brought the key.
    import_id: Option<i64>,
    /// `id`, `username`, `account`, `provider`, `status`, `weight`, `created_at`, `expires_at`,
    /// `last_used`, `total_requests` or `success_rate`; a leading `-` turns it round.
    #[param(example = "-last_used")]
    sort: Option<String>,
    /// `ollama` unless given; `all` for every one.
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
        Ok(KeyFilter {
            provider: scope(app, self.provider.as_deref())?,
            status: self.status,
            category: exact("category", self.category.as_deref())?,
            account: exact("account", self.account.as_deref())?,
            import_id: self.import_id,
            search: exact("search", self.search.as_deref())?,
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
        let known = KeySort::NAMES.into_iter().find(|(known, _)| *known == name);
        let Some((_, sort)) = known else {
            let names = KeySort::NAMES.map(|(name, _)| name).join(", ");
            return Err(invalid("sort", format!("sort by one of {names}; `-` turns it round")));
        };
        Ok((sort, descending))
    }
}

/// All keys for which this holds, however many.
#[derive(Debug, Clone, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PickFilter {
    /// `ollama` unless given; `all` for every one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "ollama")]
    provider: Option<String>,
    #[serde(default)]
    status: KeyStatus,
    /// A model family that the key has, maybe among others.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "kimi")]
    category: Option<String>,
    /// Text in the name, the account or the masked key, in any case.
    #[serde(skip_serializing_if = "Option::is_none")]
    search: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    /// The import that brought the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    import_id: Option<i64>,
}

impl PickFilter {
    /// Of this provider, where it names none itself.
    pub fn of(self, whose: &Whose) -> Self {
        Self { provider: self.provider.or_else(|| whose.provider.clone()), ..self }
    }

    /// Whether it leaves keys of the provider out.
    pub fn is_narrow(&self) -> bool {
        self.status != KeyStatus::All
            || self.import_id.is_some()
            || [&self.category, &self.search, &self.account]
                .into_iter()
                .any(|it| given(it).is_some())
    }

    /// Which keys.
    pub fn filter(&self, app: &App) -> Result<KeyFilter, ApiError> {
        Ok(KeyFilter {
            provider: scope(app, self.provider.as_deref())?,
            status: self.status,
            category: exact("category", self.category.as_deref())?,
            account: exact("account", self.account.as_deref())?,
            import_id: self.import_id,
            search: exact("search", self.search.as_deref())?,
            ..KeyFilter::default()
        })
    }
}

fn given(text: &Option<String>) -> Option<String> {
    text.clone().filter(|text| !text.is_empty())
}

/// Whose keys a request is about, where its body doesn't say.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Whose {
    /// As the body's; that comes first.
    #[param(example = "ollama")]
    pub provider: Option<String>,
}

/// One provider, `ollama` unless another is named; `None` for `all`.
pub fn scope(app: &App, named: Option<&str>) -> Result<Option<String>, ApiError> {
    match named {
        Some(ALL) => Ok(None),
        named => Ok(Some(provider(app, named)?.id.clone())),
    }
}
