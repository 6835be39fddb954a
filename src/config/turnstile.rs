//! `ENABLE_TURNSTILE`, `TURNSTILE_SITE_KEY`, `TURNSTILE_SECRET_KEY`, `TURNSTILE_VERIFY_URL`,
//! `TURNSTILE_HOSTNAMES`.

use clap::Args;
use clap::builder::BoolishValueParser;

use super::{Hostnames, Optional, WebAddress};

/// Cloudflare's challenge before accounts are made and used.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Turnstile")]
pub struct Turnstile {
    /// Have Cloudflare Turnstile tell people from programs before mails are sent, and before anyone
    /// signs up, signs in or sets a new password
    #[arg(long, env, default_value_t = false, action = clap::ArgAction::Set, value_parser = BoolishValueParser::new())]
    pub enable_turnstile: bool,
    /// The widget's site key, which pages show
    #[arg(long, env, default_value = "")]
    pub turnstile_site_key: Optional,
    /// The widget's secret key. Cloudflare's test keys let programs in, too
    #[arg(long, env, default_value = "", hide_env_values = true)]
    pub turnstile_secret_key: Optional,
    /// Where answers to challenges are verified; it may be anywhere
    #[arg(long, env, default_value = "https://challenges.cloudflare.com/turnstile/v0/siteverify")]
    pub turnstile_verify_url: WebAddress,
    /// Hosts whose pages challenges may be solved on, comma-separated; empty for the one of
    /// PUBLIC_URL. A host too many lets in what was solved there
    #[arg(long, env, default_value = "")]
    pub turnstile_hostnames: Hostnames,
}
