//! `HOST`, `PORT`, `TLS_CERT`, `TLS_KEY`, `ADMIN_LISTEN`, `WORKERS`, `MAX_CONNECTIONS_PER_ADDRESS`, `MAX_BODY_BYTES`,
//! `MAX_BODIES_BYTES`, `BODY_IDLE_TIMEOUT_SECS`, `BODY_TIMEOUT_SECS`,
//! `CLIENT_WRITE_TIMEOUT_SECS`, `TRUSTED_PROXIES`, `PUBLIC_URL`, `ASSETS_DIR`,
//! `SHUTDOWN_TIMEOUT_SECS`, `DRAIN_MS`.

use std::net::IpAddr;
use std::path::PathBuf;

use anyhow::{bail, ensure};
use clap::Args;

use super::{ListenAddress, Optional, PublicUrl, TrustedProxies};
use crate::bodies::{BODIES_MIN, BODIES_USUAL};

/// The least that `MAX_BODIES_BYTES` is unless it is set.
const BODIES_FLOOR: u64 = 64 << 20;

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
    /// PEM file with the certificate of the first listener and those that lead to its authority, in
    /// this order: it then speaks HTTPS only. Read again when it changes. Empty for HTTP
    #[arg(long, env, default_value = "")]
    pub tls_cert: Optional,
    /// PEM file with the private key of TLS_CERT, without a password
    #[arg(long, env, default_value = "")]
    pub tls_key: Optional,
    /// Second address and port, as 127.0.0.1:9090, that answers /livez, /readyz and /metrics only, by
    /// HTTP, on a thread of its own: it answers whatever clients do to the first one. Empty for none
    #[arg(long, env, default_value = "")]
    pub admin_listen: ListenAddress,
    /// Worker threads; 0 for one a processor
    #[arg(long, env, default_value_t = 0)]
    pub workers: usize,
    /// Connections that one address (an IPv6 /64) may have open: too low shuts out people who share
    /// an address, too high lets one client take all open files. Proxies in TRUSTED_PROXIES have as
    /// many as they like; 0 lets everybody
    #[arg(long, env, default_value_t = 1024)]
    pub max_connections_per_address: u32,
    /// Largest request body in bytes: too low refuses long prompts, too high lets few clients
    /// fill the memory
    #[arg(long, env, default_value_t = 32 << 20, value_parser = clap::value_parser!(u64).range(1024..=1 << 30))]
    pub max_body_bytes: u64,
    /// Bytes that all request bodies in memory may take together; one token's may take half of it.
    /// Too low refuses clients with 503 while others send long prompts, too high lets them fill the
    /// memory. At least three times MAX_BODY_BYTES; 0 for four times as much, and 64 MiB at least
    #[arg(long, env, default_value_t = 0)]
    pub max_bodies_bytes: u64,
    /// Seconds that a client may pause while it sends a body
    #[arg(long, env, default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub body_idle_timeout_secs: u64,
    /// Seconds that a client may take to send a body in all: too low cuts off large bodies over slow
    /// lines, too high lets clients that send byte by byte hold memory for long
    #[arg(long, env, default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub body_timeout_secs: u64,
    /// Seconds after which a client that takes nothing of its answer is let go, and its request
    /// cancelled: too low cuts off clients on bad networks, too high lets one that has stopped
    /// reading hold a key and a place for long. 0 waits for ever
    #[arg(long, env, default_value_t = 60, value_parser = clap::value_parser!(u64).range(0..=86_400))]
    pub client_write_timeout_secs: u64,
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

impl Server {
    /// The files of the certificate and of its key, where the first listener speaks TLS.
    ///
    /// # Errors
    /// One of them is set without the other.
    pub fn tls_files(&self) -> anyhow::Result<Option<(PathBuf, PathBuf)>> {
        match (&self.tls_cert.0, &self.tls_key.0) {
            (Some(certificate), Some(key)) => Ok(Some((certificate.into(), key.into()))),
            (None, None) => Ok(None),
            (Some(_), None) => bail!("TLS_KEY: required with TLS_CERT"),
            (None, Some(_)) => bail!("TLS_CERT: required with TLS_KEY"),
        }
    }

    /// Whether people reach the service by TLS, so that cookies need not go in clear text.
    pub fn is_reached_by_tls(&self) -> bool {
        self.public_url.is_https() || self.tls_cert.0.is_some()
    }

    /// Bytes that all bodies may take together.
    ///
    /// # Errors
    /// `MAX_BODIES_BYTES` has no room for the largest body.
    pub fn bodies_max(&self) -> anyhow::Result<usize> {
        let largest = self.max_body_bytes;
        let max = match self.max_bodies_bytes {
            0 => largest.saturating_mul(BODIES_USUAL).max(BODIES_FLOOR),
            max => max,
        };
        let least = largest.saturating_mul(BODIES_MIN);
        ensure!(
            max >= least,
            "MAX_BODIES_BYTES must be at least {least}, three times MAX_BODY_BYTES, or 0"
        );
        Ok(usize::try_from(max).unwrap_or(usize::MAX))
    }
}
