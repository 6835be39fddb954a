//! Settings that change while running. What nobody changed has the default that the environment or
//! the program gives; each has a range and a meaning, and administrators see all three.

mod kinds;
mod refresh;

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwap;

use self::kinds::Kind;
use crate::config::Config;

pub use self::kinds::{Domains, Range, Registration};
pub use self::refresh::{refresh, take_over};

/// One line of the table of settings.
pub struct Setting {
    /// Its name in answers and in the table `settings`.
    pub name: &'static str,
    /// What it does, and its unit.
    pub meaning: &'static str,
    /// What values it takes.
    pub range: Range,
    default: fn(&Config) -> String,
    set: fn(&mut Values, &str),
    get: fn(&Values) -> String,
}

/// Settings that neither grant power nor hide what was done: how often is tried again, what is
/// answered from memory, and whether a list is shown. Any other one takes sudo, so that a new one does unless it is named here.
const HARMLESS: &[&str] = &[
    "max_attempts",
    "key_failure_threshold",
    "key_disable_secs",
    "key_max_ejected_percent",
    "response_cache",
    "response_cache_any_temperature",
    "response_cache_ttl_secs",
    "checklist_hidden",
];

impl Setting {
    /// Whether changing it may grant power: who may sign up, what users may use, how often may be
    /// guessed, what is kept of who did what.
    pub fn grants_power(&self) -> bool {
        !HARMLESS.contains(&self.name)
    }

    /// Its value when nobody changed it, as the table would keep it.
    pub fn default(&self, config: &Config) -> String {
        (self.default)(config)
    }

    /// Its value among these, as the table would keep it.
    pub fn value(&self, values: &Values) -> String {
        (self.get)(values)
    }
}

macro_rules! settings {
    ($($(#[doc = $meaning:literal])+ $name:ident: $type:ty $([$min:literal..=$max:literal])? = $default:expr,)+) => {
        /// The settings as they are now.
        #[derive(Debug, Clone, PartialEq, Eq, Default)]
        pub struct Values {
            $($(#[doc = $meaning])+ pub $name: $type,)+
        }

        /// All settings.
        pub static SETTINGS: &[Setting] = &[$(Setting {
            name: stringify!($name),
            meaning: concat!($($meaning),+).trim_ascii(),
            range: <$type as Kind>::RANGE $(.between($min, $max))?,
            default: |config| {
                let default: fn(&Config) -> $type = $default;
                default(config).write()
            },
            set: |values, text| {
                if let Some(value) = Kind::read(text) {
                    values.$name = value;
                }
            },
            get: |values| values.$name.write(),
        }),+];
    };
}

settings! {
    /// Keys tried for one request before it fails.
    max_attempts: i64[1..=10] = |config| config.pool.max_attempts.into(),
    /// Failures of its own in a row that disable a key.
    key_failure_threshold: i64[1..=1000] = |config| config.pool.key_failure_threshold.into(),
    /// Seconds that they disable it.
    key_disable_secs: i64[1..=31_536_000] = |config| config.pool.key_disable_secs,
    /// Share of a provider's keys that failures may disable at a time, in percent; one may always be.
    key_max_ejected_percent: i64[1..=100] = |config| config.pool.key_max_ejected_percent.into(),
    /// Limit, by address, whoever shows no accepted token and is not signed in.
    enable_rate_limit: bool = |config| config.auth.enable_rate_limit,
    /// Requests that one address (an IPv6 /64) may make at once, of pages, of open lists and of each
    /// API; as many come back evenly over a window.
    rate_limit_requests: i64[1..=1_000_000] = |config| config.auth.rate_limit_requests.into(),
    /// The window, in seconds.
    rate_limit_window: i64[1..=86_400] = |config| config.auth.rate_limit_window.into(),
    /// Answer repeated requests from memory: plain ones with `temperature` 0 or a `seed`.
    response_cache: bool = |_| false,
    /// With the response cache: answer any plain request from memory, whatever its temperature.
    response_cache_any_temperature: bool = |_| false,
    /// Seconds that an answer is kept.
    response_cache_ttl_secs: i64[1..=604_800] = |config| config.pool.response_cache_ttl_secs,
    /// Keep a line for each request, with its attempts; never prompts or answers.
    request_log: bool = |_| true,
    /// Days that those lines are kept.
    request_log_retention_days: i64[1..=365] = |config| config.pool.request_log_retention_days,
    /// Days that hourly statistics are kept.
    usage_retention_days: i64[7..=3650] = |_| 400,
    /// Who may sign up: anyone (`open`), anyone whom an administrator lets in afterwards
    /// (`approval`), whoever has an invitation (`invitation`), nobody (`closed`).
    registration: Registration = |_| Registration::Open,
    /// The only domains whose addresses may sign up; none is every one. Subdomains count.
    email_domains_allowed: Domains = |_| Domains::default(),
    /// Domains whose addresses may not sign up. Subdomains count.
    email_domains_denied: Domains = |_| Domains::default(),
    /// Whether addresses with a tag (`name+tag@example.org`) may sign up: each is the same mailbox
    /// under another name.
    email_tags_allowed: bool = |_| true,
    /// Requests to sign up, sign in or send a code that one address of the network (an IPv6 /64)
    /// may make in ten minutes. An IPv6 /56 may make twice as many, an IPv6 /48 and an IPv4 /24 four
    /// times as many.
    account_requests_per_ip: i64[1..=1_000_000] = |_| 60,
    /// Passwords that are compared in ten minutes for everyone together who is on no known device.
    /// Then those pass who have solved Turnstile's challenge, and the first three of each network.
    account_requests_overall: i64[1..=100_000_000] = |_| 6_000,
    /// Codes that one address of the network may have mailed in an hour, to any e-mail addresses;
    /// wider networks as above.
    account_mails_per_ip: i64[1..=1_000_000] = |_| 20,
    /// The same for everyone together who is on no known device and has solved no challenge.
    account_mails_overall: i64[1..=100_000_000] = |_| 1_000,
    /// Wrong passwords for one e-mail address in fifteen minutes from one address of the network, or
    /// from one known device, before it has no more looked at; wider networks as above.
    sign_in_attempts: i64[1..=1_000] = |_| 10,
    /// Administrators who are signed in need a second factor: without one they can only set one up.
    /// The admin token needs none.
    require_admin_totp: bool = |_| false,
    /// Minutes without a request of theirs after which an administrator's session ends, and that of a
    /// browser that has shown the admin token. What a page asks for by itself doesn't count.
    admin_idle_minutes: i64[5..=1_440] = |_| 60,
    /// Hide the overview's list of what is still to be set up, for all administrators.
    checklist_hidden: bool = |_| false,
    /// Hours that a new user's key lives.
    user_key_hours: i64[1..=87_600] = |_| 72,
    /// Whether a new user's key is for the default provider only, or for all of them.
    user_default_provider_only: bool = |_| true,
    /// Requests a minute of a new user's key; 0 for no limit, as in those after it.
    user_rpm: i64[0..=1_000_000] = |_| 60,
    /// Tokens a minute of a new user's key.
    user_tpm: i64[0..=1_000_000_000] = |_| 0,
    /// Requests a day of a new user's key.
    user_daily_requests: i64[0..=1_000_000_000] = |_| 1_000,
    /// Tokens a day of a new user's key.
    user_daily_tokens: i64[0..=1_000_000_000_000] = |_| 0,
    /// Requests at once of a new user's key.
    user_max_concurrency: i64[0..=100_000] = |_| 4,
    /// Hours by which a daily check-in extends the user's key.
    check_in_hours: i64[0..=8_760] = |_| 24,
    /// The most hours ahead that check-ins may bring a key's end to; 0 for no such end.
    check_in_cap_hours: i64[0..=87_600] = |_| 0,
    /// Every so many days in a row bring the bonus; 0 for no bonus.
    check_in_streak_days: i64[0..=365] = |_| 7,
    /// Hours of that bonus, beside those of the check-in.
    check_in_streak_hours: i64[0..=8_760] = |_| 0,
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
    /// Whether anybody may sign up and use keys without any limit.
    pub fn is_open_and_unlimited(&self) -> bool {
        let limits = [
            self.user_rpm,
            self.user_tpm,
            self.user_daily_requests,
            self.user_daily_tokens,
            self.user_max_concurrency,
        ];
        self.registration == Registration::Open && limits.iter().all(|limit| *limit == 0)
    }

    /// The defaults, and over them what was changed. What is unknown or out of range, as another
    /// version may have left it, doesn't count.
    fn of(config: &Config, changed: &BTreeMap<String, String>) -> Self {
        let mut values = Self::default();
        for setting in SETTINGS {
            let changed = changed.get(setting.name).and_then(|text| setting.range.parse(text));
            (setting.set)(&mut values, &changed.unwrap_or_else(|| setting.default(config)));
        }
        values
    }
}
