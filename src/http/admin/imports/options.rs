//! What all keys of an import have in common, from the query, the body or a form.

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::Deserialize;
use serde::de::IgnoredAny;
use utoipa::{IntoParams, ToSchema};

use super::json::json;
use crate::app::App;
use crate::error::{ApiError, invalid};
use crate::http::extract::{enabled_provider, provider};
use crate::import::parse::{NAME_MAX, TTL_SECS_MAX};
use crate::import::{Options, Validation};

/// The heaviest weight: beyond it one key serves a turn almost alone.
const WEIGHT_MAX: i32 = 1000;

/// The names of what all keys have in common.
const NAMES: [&str; 7] =
    ["provider", "dry_run", "dryRun", "account", "ttl", "weight", "max_concurrency"];

/// The query of an import: names and values, as a form has them.
pub type Pairs = Vec<(String, String)>;

/// What all keys of an import have in common; a key's own account and time to live come first.
#[derive(Debug, Clone, Default, Deserialize, IntoParams, ToSchema)]
#[into_params(parameter_in = Query)]
pub struct ImportOptions {
    /// Whose keys; `ollama` unless named.
    #[schema(example = "ollama")]
    #[param(example = "ollama")]
    provider: Option<String>,
    /// Only report what would happen. Also `dryRun`.
    #[serde(alias = "dryRun")]
    #[schema(example = false)]
    dry_run: Option<bool>,
    /// The account that they share limits with.
    #[schema(example = "team-a")]
    account: Option<String>,
    /// Seconds until the pool stops using them; 0 for no end.
    #[schema(example = 86400)]
    ttl: Option<i64>,
    /// Picks a turn, 1 to 1000.
    #[schema(example = 1)]
    weight: Option<i32>,
    /// Requests at once, each; 0 for no cap.
    #[schema(example = 0)]
    max_concurrency: Option<i32>,
}

impl ImportOptions {
    /// These, and of the others what is not given here.
    pub fn or(self, others: Self) -> Self {
        Self {
            provider: self.provider.or(others.provider),
            dry_run: self.dry_run.or(others.dry_run),
            account: self.account.or(others.account),
            ttl: self.ttl.or(others.ttl),
            weight: self.weight.or(others.weight),
            max_concurrency: self.max_concurrency.or(others.max_concurrency),
        }
    }

    fn set(&mut self, name: &str, text: &str) -> Result<bool, ApiError> {
        match name {
            "provider" => self.provider = Some(text.trim().to_owned()),
            "dry_run" | "dryRun" => self.dry_run = field(text)?,
            "account" => self.account = Some(text.trim().to_owned()),
            "ttl" => self.ttl = field(text)?,
            "weight" => self.weight = field(text)?,
            "max_concurrency" => self.max_concurrency = field(text)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Checked. 404 for an unknown provider, 422 for a value out of range.
    pub fn check(self, app: &App, source: &'static str) -> Result<Options, ApiError> {
        let account = self.account.unwrap_or_default();
        if account.chars().count() > NAME_MAX || account.chars().any(char::is_control) {
            let words = "names have at most 256 characters, none a control character";
            return Err(invalid("account", words));
        }
        let weight = self.weight.unwrap_or(1);
        if !(1..=WEIGHT_MAX).contains(&weight) {
            return Err(invalid("weight", "weights are 1 to 1000"));
        }
        let max_concurrency = self.max_concurrency.unwrap_or(0);
        if max_concurrency < 0 {
            return Err(invalid("max_concurrency", "a cap is 1 or more; 0 is none"));
        }
        if !(0..=TTL_SECS_MAX).contains(&self.ttl.unwrap_or(0)) {
            return Err(invalid("ttl", "seconds from now, at most a century; 0 for no end"));
        }
        let named = Options::new(provider(app, self.provider.as_deref())?.id.clone(), source);
        let dry_run = self.dry_run.unwrap_or(false);
        Ok(Options { account, ttl_secs: self.ttl, weight, max_concurrency, dry_run, ..named })
    }
}

/// How the keys of an import with validation are judged.
#[derive(Debug, Clone, Default, Deserialize, IntoParams, ToSchema)]
#[into_params(parameter_in = Query)]
pub struct ValidationOptions {
    /// Take keys in, too, about which nothing could be found out. Also `keepUnclear`.
    #[serde(alias = "keepUnclear")]
    #[schema(example = false)]
    keep_unclear: Option<bool>,
}

/// The list of imports calls imports with validation so.
const VALIDATED: &str = "import-with-validation";

/// How an upload shall be taken in: what the query says, then the body or the form.
#[derive(Debug, Clone)]
pub struct Wanted {
    common: ImportOptions,
    validation: Option<ValidationOptions>,
}

impl Wanted {
    /// At once.
    pub fn plain() -> Self {
        Self { common: ImportOptions::default(), validation: None }
    }

    /// What its upstream takes.
    pub fn validated() -> Self {
        Self { validation: Some(ValidationOptions::default()), ..Self::plain() }
    }

    /// As the query says. 422 for a name that is no option's: a misspelt `dry_run` would import.
    pub fn with_query(mut self, query: Pairs) -> Result<Self, ApiError> {
        for (name, text) in query {
            if !self.set(&name, &text)? {
                return Err(invalid("query", "the query has a name that is no option's"));
            }
        }
        Ok(self)
    }

    /// As this JSON body says, and for the rest as before. 422 for a field that is neither an
    /// option nor one of those `beside` them.
    pub fn with_body(mut self, bytes: &[u8], beside: &[&str]) -> Result<Self, ApiError> {
        let fields: BTreeMap<String, IgnoredAny> = json(bytes)?;
        let known = |name: &str| beside.contains(&name) || self.takes(name);
        if !fields.keys().all(|name| known(name)) {
            return Err(invalid("body", "there is a field that nothing is known of"));
        }
        if let Some(validation) = &mut self.validation {
            let ValidationOptions { keep_unclear } = json(bytes)?;
            validation.keep_unclear = keep_unclear.or(validation.keep_unclear);
        }
        self.common = json::<ImportOptions>(bytes)?.or(self.common);
        Ok(self)
    }

    /// Whether there is an option of this name.
    fn takes(&self, name: &str) -> bool {
        let judged = matches!(name, "keep_unclear" | "keepUnclear") && self.validation.is_some();
        judged || NAMES.contains(&name)
    }

    /// Sets the option of this name, as a form's field has it. False when there is none.
    pub fn set(&mut self, name: &str, text: &str) -> Result<bool, ApiError> {
        match (name, &mut self.validation) {
            ("keep_unclear" | "keepUnclear", Some(it)) => it.keep_unclear = field(text)?,
            _ => return self.common.set(name, text),
        }
        Ok(true)
    }

    /// Checked. 404 for an unknown provider, 422 for a value out of range, 503 for a provider that
    /// can't be asked since it is switched off.
    pub fn check(self, app: &App, source: &'static str) -> Result<Options, ApiError> {
        let options = self.common.check(app, source)?;
        let Some(ValidationOptions { keep_unclear }) = self.validation else { return Ok(options) };
        enabled_provider(app, Some(&options.provider))?;
        let validate = Some(Validation { keep_unclear: keep_unclear.unwrap_or(false) });
        Ok(Options { validate, source: VALIDATED, ..options })
    }
}

/// An option as a value.
fn field<T: FromStr>(text: &str) -> Result<Option<T>, ApiError> {
    let wrong = |_| invalid("options", "an option has a wrong type");
    text.trim().parse().map(Some).map_err(wrong)
}
