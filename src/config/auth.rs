//! `ADMIN_TOKEN`, `METRICS_TOKEN`, `AUTH_SECRET`, `ENCRYPTION_KEY`, `ENABLE_RATE_LIMIT`,
//! `RATE_LIMIT_REQUESTS`, `RATE_LIMIT_WINDOW`, `ENABLE_BOT_DETECTION`, `ADMIN_ATTEMPTS`,
//! `CLIENT_ATTEMPTS`, `BCRYPT_COST`.

use clap::Args;
use clap::builder::BoolishValueParser;

use super::Optional;

/// Secrets and limits.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Security")]
pub struct Auth {
    /// Password of the admin API, 32 random characters or more; made on first start with the
    /// embedded database
    #[arg(long, env, default_value = "", hide_env_values = true)]
    pub admin_token: Optional,
    /// Password of /metrics for whoever asks from another machine, 32 random characters or more; empty
    /// for the admin token only
    #[arg(long, env, default_value = "", hide_env_values = true)]
    pub metrics_token: Optional,
    /// Secret of user sessions, 32 random characters or more; several with commas: the first signs,
    /// all verify; made on first start with the embedded database
    #[arg(long, env, default_value = "", hide_env_values = true)]
    pub auth_secret: Optional,
    /// 32 bytes as 64 hexadecimal digits; several with commas: the first encrypts, all decrypt
    #[arg(long, env, default_value = "", hide_env_values = true)]
    pub encryption_key: Optional,
    /// Limit, by address, whoever shows no accepted token and is not signed in
    #[arg(long, env, default_value_t = true, action = clap::ArgAction::Set, value_parser = BoolishValueParser::new())]
    pub enable_rate_limit: bool,
    /// Requests that one address (an IPv6 /64) may make at once, of pages, of open lists and of each
    /// API; as many come back evenly over a window. Too low shuts out people who share an address
    #[arg(long, env, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..))]
    pub rate_limit_requests: u32,
    /// The window, in seconds
    #[arg(long, env, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=86_400))]
    pub rate_limit_window: u32,
    /// Note in the log who looks for holes: scanners, by what they call themselves and ask for
    #[arg(long, env, default_value_t = true, action = clap::ArgAction::Set, value_parser = BoolishValueParser::new())]
    pub enable_bot_detection: bool,
    /// Wrong admin tokens that one address may try in a minute before it is refused
    #[arg(long, env, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    pub admin_attempts: u32,
    /// Wrong client tokens that one address may try in a minute before it is told 429 for each
    /// further one and has its tokens looked up one after the other. A right token is never refused
    /// for them. Too high lets guessing cost the database more, too low makes right tokens wait
    /// where they share an address
    #[arg(long, env, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..))]
    pub client_attempts: u32,
    /// Cost of hashing a password: one more doubles the time. Too low makes stolen hashes cheap to
    /// guess, too high makes signing in slow
    #[arg(long, env, default_value_t = 12, value_parser = clap::value_parser!(u32).range(4..=16))]
    pub bcrypt_cost: u32,
}
