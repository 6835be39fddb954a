//! Settings that change while running. What nobody changed has the default that the environment or
//! the program gives; each has a range and a meaning, and administrators see all three.

mod refresh;

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::config::Config;

pub use self::refresh::{refresh, take_over};

/// What values a setting takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase", tag = "type")]
pub enum Range {
    /// A whole number between these, inclusive.
    Integer {
        /// The least.
        min: i64,
        /// The most.
        max: i64,
    },
    /// Yes or no.
    Boolean,
}

impl Range {
    /// The value in these words; `None` for what is out of range.
    pub fn parse(self, text: &str) -> Option<i64> {
        match self {
            Self::Integer { min, max } => {
                text.parse().ok().filter(|number| (min..=max).contains(number))
            }
            Self::Boolean => text.parse::<bool>().ok().map(i64::from),
        }
    }

    /// As the table keeps it; `None` for what is of another type or out of range.
    pub fn text_of(self, value: &Value) -> Option<String> {
        let text = match (self, value) {
            (Self::Integer { .. }, Value::Number(number)) => number.as_i64()?.to_string(),
            (Self::Boolean, Value::Bool(yes)) => yes.to_string(),
            _ => return None,
        };
        self.parse(&text).map(|_| text)
    }

    /// As answers show it.
    pub fn show(self, value: i64) -> Value {
        match self {
            Self::Integer { .. } => value.into(),
            Self::Boolean => (value != 0).into(),
        }
    }

    /// In words, for whoever was out of it.
    pub fn words(self) -> String {
        match self {
            Self::Integer { min, max } => format!("a whole number from {min} to {max}"),
            Self::Boolean => "true or false".to_owned(),
        }
    }
}

/// One line of the table of settings.
pub struct Setting {
    /// Its name in answers and in the table `settings`.
    pub name: &'static str,
    /// What it does, and its unit.
    pub meaning: &'static str,
    /// What values it takes.
    pub range: Range,
    default: fn(&Config) -> i64,
    set: fn(&mut Values, i64),
    get: fn(&Values) -> i64,
}

impl Setting {
    /// Its value when nobody changed it.
    pub fn default(&self, config: &Config) -> i64 {
        (self.default)(config)
    }

    /// Its value among these.
    pub fn value(&self, values: &Values) -> i64 {
        (self.get)(values)
    }
}

macro_rules! range {
    (i64 $min:literal $max:literal) => {
        Range::Integer { min: $min, max: $max }
    };
    (bool) => {
        Range::Boolean
    };
}

macro_rules! read {
    (i64 $value:expr) => {
        $value
    };
    (bool $value:expr) => {
        $value != 0
    };
}

macro_rules! settings {
    ($($(#[doc = $meaning:literal])+ $name:ident: $type:ident $(($min:literal..=$max:literal))? = $default:expr,)+) => {
        /// The settings as they are now.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        pub struct Values {
            $($(#[doc = $meaning])+ pub $name: $type,)+
        }

        /// All settings.
        pub static SETTINGS: &[Setting] = &[$(Setting {
            name: stringify!($name),
            meaning: concat!($($meaning),+).trim_ascii(),
            range: range!($type $($min $max)?),
            default: |config| { let default: fn(&Config) -> i64 = $default; default(config) },
            set: |values, value| values.$name = read!($type value),
            get: |values| i64::from(values.$name),
        }),+];
    };
}

settings! {
    /// Keys tried for one request before it fails.
    max_attempts: i64(1..=10) = |config| config.pool.max_attempts.into(),
    /// Failures of its own in a row that disable a key.
    key_failure_threshold: i64(1..=1000) = |config| config.pool.key_failure_threshold.into(),
    /// Seconds that they disable it.
    key_disable_secs: i64(1..=31_536_000) = |config| config.pool.key_disable_secs,
    /// Limit routes that need no token, by address.
    enable_rate_limit: bool = |config| config.auth.enable_rate_limit.into(),
    /// Requests that one address may make to them in a window.
    rate_limit_requests: i64(1..=1_000_000) = |config| config.auth.rate_limit_requests.into(),
    /// The window, in seconds.
    rate_limit_window: i64(1..=86_400) = |config| config.auth.rate_limit_window.into(),
    /// Answer repeated requests from memory: plain ones with `temperature` 0 or a `seed`.
    response_cache: bool = |_| 0,
    /// With the response cache: answer any plain request from memory, whatever its temperature.
    response_cache_any_temperature: bool = |_| 0,
    /// Seconds that an answer is kept.
    response_cache_ttl_secs: i64(1..=604_800) = |config| config.pool.response_cache_ttl_secs,
    /// Keep a line for each request, with its attempts; never prompts or answers.
    request_log: bool = |_| 1,
    /// Days that those lines are kept.
    request_log_retention_days: i64(1..=365) = |config| config.pool.request_log_retention_days,
    /// Days that hourly statistics are kept.
    usage_retention_days: i64(7..=3650) = |_| 400,
}

/// The settings in force; clones share them.
#[derive(Debug, Clone)]
pub struct Settings {
    config: Arc<Config>,
    values: Arc<ArcSwap<Values>>,
    turn: Arc<tokio::sync::Mutex<()>>,
}

impl Settings {
    /// All at their defaults.
    pub fn new(config: Arc<Config>) -> Self {
        let values = Values::of(&config, &BTreeMap::new());
        Self { config, values: Arc::new(ArcSwap::from_pointee(values)), turn: Arc::default() }
    }

    /// As they are now.
    pub fn now(&self) -> Arc<Values> {
        self.values.load_full()
    }

    /// Whoever changes them, or reads the table to take it over, takes a turn: what was read
    /// before a change must not be taken over after it.
    pub fn turn(&self) -> Arc<tokio::sync::Mutex<()>> {
        self.turn.clone()
    }

    /// Takes over what the table `settings` holds: name and text.
    pub fn change(&self, changed: &BTreeMap<String, String>) {
        self.values.store(Arc::new(Values::of(&self.config, changed)));
    }
}

impl Values {
    /// The defaults, and over them what was changed. What is unknown or out of range, as another
    /// version may have left it, doesn't count.
    fn of(config: &Config, changed: &BTreeMap<String, String>) -> Self {
        let mut values = Self::default();
        for setting in SETTINGS {
            let changed = changed.get(setting.name).and_then(|text| setting.range.parse(text));
            (setting.set)(&mut values, changed.unwrap_or_else(|| setting.default(config)));
        }
        values
    }
}
