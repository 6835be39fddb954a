//! What an administrator can say of a token, checked.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use crate::app::App;
use crate::auth::network;
use crate::clock::Millis;
use crate::error::{ApiError, invalid};
use crate::http::admin::keys::query::Whose;
use crate::http::extract::provider;
use crate::models::client_token::{TokenChange, TokenRules};

const NAME_MAX: usize = 256;

/// Ten years, in seconds.
const LIFE_MAX: i64 = 315_360_000;

/// The most entries of a list, and characters of one.
const LIST_MAX: usize = 100;
const PATTERN_MAX: usize = 256;

/// The largest limit: beyond it, it is none.
const LIMIT_MAX: i64 = 1_000_000_000_000;

/// A token to make or to change. What is not given stays as it is; of a new token it is not
/// restricted. Unknown fields are refused rather than ignored.
#[derive(Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenFields {
    /// Which, where a change's path doesn't say.
    pub id: Option<i64>,
    /// What people call it; needed for a new one.
    #[schema(example = "Ann's laptop")]
    name: Option<String>,
    /// Seconds from now until its end; 0 for no end. Also as `ttl`.
    #[serde(alias = "ttl", rename = "expiresIn")]
    #[schema(example = 2_592_000)]
    expires_in: Option<i64>,
    /// Its end, instead of `expiresIn`; null for none.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<DateTime<Utc>>)]
    expires_at: Option<Option<DateTime<Utc>>>,
    /// The only provider it may use; null for every one.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, example = "ollama")]
    provider: Option<Option<String>>,
    /// The only providers it may use; empty for every one. Instead of `provider`.
    providers: Option<Vec<String>>,
    /// The only models it may use, by name or by pattern: `*` is any text, `?` any character.
    /// Empty for every one.
    #[schema(example = json!(["llama3*", "gpt-oss:?0b"]))]
    models: Option<Vec<String>>,
    /// The only addresses and networks it may be used from; empty for everywhere.
    #[schema(example = json!(["10.0.0.0/8", "2001:db8::1"]))]
    ip_allow: Option<Vec<String>>,
    /// Requests in any 60 seconds; 0 for no limit, as in those after it.
    #[schema(example = 60)]
    rpm: Option<i32>,
    /// Tokens in any 60 seconds.
    #[schema(example = 100_000)]
    tpm: Option<i32>,
    /// Requests of a day, in UTC.
    #[schema(example = 1000)]
    daily_requests: Option<i64>,
    /// Tokens of a day, in UTC.
    #[schema(example = 1_000_000)]
    daily_tokens: Option<i64>,
    /// Requests under way at once.
    #[schema(example = 4)]
    max_concurrency: Option<i32>,
    /// Whether it opens anything.
    enabled: Option<bool>,
}

/// A field that is there, be it null.
fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

impl TokenFields {
    /// For this provider, where they name none themselves.
    pub fn of(mut self, whose: &Whose) -> Self {
        if self.provider.is_none() && self.providers.is_none() {
            self.provider = whose.provider.clone().map(Some);
        }
        self
    }

    /// The name, of a token that needs one.
    pub fn name(&self) -> Result<&str, ApiError> {
        let name = self.name.as_deref().ok_or_else(|| invalid("name", "the name is missing"))?;
        let name = name.trim();
        let printable = !name.chars().any(char::is_control);
        if !(1..=NAME_MAX).contains(&name.chars().count()) || !printable {
            let words = "a name has 1 to 256 characters, none a control character";
            return Err(invalid("name", words));
        }
        Ok(name)
    }

    /// Whether it may let a token do more than before: all but another name, and switching off.
    pub fn opens_more(&self) -> bool {
        let harmless = Self {
            id: self.id,
            name: self.name.clone(),
            enabled: self.enabled.filter(|enabled| !enabled),
            ..Self::default()
        };
        *self != harmless
    }

    /// As columns. 422 for what can't be, 404 for a provider that is not there.
    pub fn checked(&self, app: &App) -> Result<(TokenChange, TokenRules), ApiError> {
        let providers = self.named_providers(app)?;
        let change = TokenChange {
            name: self.name.is_some().then(|| self.name().map(str::to_owned)).transpose()?,
            provider: providers.as_ref().map(|named| match named.as_slice() {
                [only] => Some(only.clone()),
                _ => None,
            }),
            expires_at: self.end(app.clock.now())?.map(|end| end.map(Millis::naive)),
        };
        let rules = TokenRules {
            enabled: self.enabled,
            providers: providers.as_deref().map(json),
            models: checked_list("models", self.models.as_deref(), pattern)?,
            ip_allow: checked_list("ip_allow", self.ip_allow.as_deref(), |text| {
                network(text.trim()).map(|network| network.to_string())
            })?,
            rpm: limit("rpm", self.rpm)?,
            tpm: limit("tpm", self.tpm)?,
            daily_requests: limit("daily_requests", self.daily_requests)?,
            daily_tokens: limit("daily_tokens", self.daily_tokens)?,
            max_concurrency: limit("max_concurrency", self.max_concurrency)?,
        };
        Ok((change, rules))
    }

    fn end(&self, now: Millis) -> Result<Option<Option<Millis>>, ApiError> {
        match (self.expires_in, self.expires_at) {
            (Some(_), Some(_)) => {
                Err(invalid("expires_at", "name its end by `expiresIn` or by `expires_at`"))
            }
            (Some(0), None) => Ok(Some(None)),
            (Some(life), None) if (1..=LIFE_MAX).contains(&life) => {
                Ok(Some(Some(now.plus_secs(life))))
            }
            (Some(_), None) => {
                Err(invalid("expiresIn", "seconds from now, at most ten years; 0 for no end"))
            }
            (None, end) => Ok(end.map(|end| end.map(|end| Millis::from(end.naive_utc())))),
        }
    }

    fn named_providers(&self, app: &App) -> Result<Option<Vec<String>>, ApiError> {
        let named = match (&self.providers, &self.provider) {
            (Some(_), Some(Some(_))) => {
                return Err(invalid("providers", "name `provider` or `providers`"));
            }
            (Some(several), _) => several.clone(),
            (None, Some(one)) => one.iter().cloned().collect(),
            (None, None) => return Ok(None),
        };
        if named.len() > LIST_MAX {
            return Err(too_many("providers"));
        }
        let mut ids = Vec::with_capacity(named.len());
        for name in named {
            let id = provider(app, Some(&name))?.id.clone();
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        Ok(Some(ids))
    }
}

fn pattern(text: &str) -> Option<String> {
    let text = text.trim();
    let printable = !text.chars().any(char::is_control);
    let sized = (1..=PATTERN_MAX).contains(&text.chars().count());
    (sized && printable).then(|| text.to_owned())
}

fn checked_list(
    field: &'static str,
    texts: Option<&[String]>,
    check: impl Fn(&str) -> Option<String>,
) -> Result<Option<String>, ApiError> {
    let Some(texts) = texts else { return Ok(None) };
    if texts.len() > LIST_MAX {
        return Err(too_many(field));
    }
    let mut checked = Vec::with_capacity(texts.len());
    for (n, text) in texts.iter().enumerate() {
        let entry = check(text);
        let entry = entry
            .ok_or_else(|| invalid(field, format!("entry {} of `{field}` is wrong", n + 1)))?;
        if !checked.contains(&entry) {
            checked.push(entry);
        }
    }
    Ok(Some(json(&checked)))
}

fn too_many(field: &'static str) -> ApiError {
    invalid(field, format!("`{field}` has at most {LIST_MAX} entries"))
}

/// A limit that can be; 422 for another.
pub fn limit<T: Copy + Into<i64>>(
    field: &'static str,
    limit: Option<T>,
) -> Result<Option<T>, ApiError> {
    if limit.is_some_and(|limit| !(0..=LIMIT_MAX).contains(&limit.into())) {
        let words = format!("`{field}` is a whole number up to a million millions; 0 is no limit");
        return Err(invalid(field, words));
    }
    Ok(limit)
}

fn json(texts: &[String]) -> String {
    serde_json::json!(texts).to_string()
}
