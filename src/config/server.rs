//! `HOST`, `PORT`, `WORKERS`, `MAX_BODY_BYTES`, `TRUSTED_PROXIES`, `PUBLIC_URL`, `ASSETS_DIR`,
//! `SHUTDOWN_TIMEOUT_SECS`, `DRAIN_MS`.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::Args;

use super::{PublicUrl, TrustedProxies};

/// Where and how to listen.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Server")]
pub struct Server {
    /// Address to listen on; 0.0.0.0 for every interface
    #[arg(long, env, default_value = "127.0.0.1")]
    pub host: IpAddr,
    /// Port to listen on; 0 picks a free one
    #[arg(long, env, default_value_t = 8080)]
    pub port: u16,
    /// Worker threads; 0 for one a processor
    #[arg(long, env, default_value_t = 0)]
    pub workers: usize,
    /// Largest request body in bytes: too low refuses long prompts, too high lets few clients
    /// fill the memory
    #[arg(long, env, default_value_t = 32 << 20, value_parser = clap::value_parser!(u64).range(1024..=1 << 30))]
    pub max_body_bytes: u64,
    /// Seconds that a client may pause while it sends a body
    #[arg(long, env, default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub body_idle_timeout_secs: u64,
    /// Addresses and networks of proxies whose X-Forwarded-For is believed, comma-separated
    #[arg(long, env, default_value = "")]
    pub trusted_proxies: TrustedProxies,
    /// Where people reach this service, as https://pool.example.org: what links in mails begin with,
    /// and whose pages may act for whoever is signed in. Empty for wherever it is asked
    #[arg(long, env, default_value = "")]
    pub public_url: PublicUrl,
    /// Directory of what pages need in browsers, as `make assets` completes it. Without it the API
    /// works, and the pages say what is missing
    #[arg(long, env, default_value = "assets")]
    pub assets_dir: PathBuf,
    /// Seconds that requests under way may take to finish after SIGTERM
    #[arg(long, env, default_value_t = 30, value_parser = clap::value_parser!(u64).range(0..=3600))]
    pub shutdown_timeout_secs: u64,
    /// Milliseconds after SIGTERM during which new requests are still answered, each with
    /// `Connection: close`, so that load balancers and clients can go elsewhere
    #[arg(long, env, default_value_t = 1000, value_parser = clap::value_parser!(u64).range(0..=60_000))]
    pub drain_ms: u64,
}
