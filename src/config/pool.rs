//! `KEY_FAILURE_THRESHOLD`, `KEY_DISABLE_SECS`, `KEY_MAX_EJECTED_PERCENT`, `MAX_ATTEMPTS`, `HEALTH_CHECK_INTERVAL_SECS`,
//! `HOUSEKEEPING_LEASE_SECS`, `HEALTH_CHECK_CONCURRENCY`, `PROBE_RETRY_MS`, `STATS_FLUSH_INTERVAL_MS`,
//! `RESPONSE_CACHE_TTL_SECS`, `REQUEST_LOG_RETENTION_DAYS`.

use clap::Args;

/// The rules of the pool, and its background work.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Pool")]
pub struct Pool {
    /// Failures of its own in a row that disable a key: too low benches keys for a hiccup
    #[arg(long, env, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub key_failure_threshold: u32,
    /// Seconds that they disable it
    #[arg(long, env, default_value_t = 3600, value_parser = clap::value_parser!(i64).range(1..=31_536_000))]
    pub key_disable_secs: i64,
    /// Share of a provider's keys, in percent, that failures may disable at a time; one may always
    /// be. Too low leaves bad keys in rotation, too high lets an upstream's fault empty it
    #[arg(long, env, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub key_max_ejected_percent: u32,
    /// Keys tried for one request before it fails
    #[arg(long, env, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=10))]
    pub max_attempts: u32,
    /// Seconds between checks of the keys that are out of rotation; 0 for never
    #[arg(long, env, default_value_t = 300, value_parser = clap::value_parser!(u64).range(0..=86_400))]
    pub health_check_interval_secs: u64,
    /// Seconds after which another process over the same database takes over checks and clearing up
    /// from one that died
    #[arg(long, env, default_value_t = 30, value_parser = clap::value_parser!(i64).range(1..=600))]
    pub housekeeping_lease_secs: i64,
    /// Keys checked at once, over all checks and imports: too many look like an attack to the
    /// upstream
    #[arg(long, env, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=256))]
    pub health_check_concurrency: u32,
    /// Milliseconds until a validated import asks again after an upstream's hiccup; it doubles, three
    /// times
    #[arg(long, env, default_value_t = 1000, value_parser = clap::value_parser!(u64).range(0..=60_000))]
    pub probe_retry_ms: u64,
    /// Milliseconds between writes of statistics, which wait in DATA_DIR until then. Each write adds
    /// up what came since the last, so seldom is cheap
    #[arg(long, env, default_value_t = 5000, value_parser = clap::value_parser!(u64).range(50..=60_000))]
    pub stats_flush_interval_ms: u64,
    /// Seconds that an answer is kept, once an administrator has switched the response cache on
    #[arg(long, env, default_value_t = 3600, value_parser = clap::value_parser!(i64).range(1..=604_800))]
    pub response_cache_ttl_secs: i64,
    /// Days that the lines about single requests are kept
    #[arg(long, env, default_value_t = 7, value_parser = clap::value_parser!(i64).range(1..=365))]
    pub request_log_retention_days: i64,
}
