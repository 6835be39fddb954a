//! `healthcheck`: for containers, whose images have no curl.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use anyhow::{Context, bail};

use crate::config::Server;

/// Less than the ten seconds that orchestrators usually give.
const TIMEOUT: Duration = Duration::from_secs(3);

/// Asks the server on this machine whether it is ready.
pub async fn run(config: &Server) -> anyhow::Result<()> {
    let host = match config.host {
        IpAddr::V4(any) if any.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(any) if any.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        host => host,
    };
    let url = format!("http://{}/readyz", std::net::SocketAddr::new(host, config.port));
    let client = awc::Client::builder().timeout(TIMEOUT).disable_redirects().finish();
    let asked = client.get(&url).send().await;
    // awc's error can't leave its thread, which anyhow's must.
    let response = asked.map_err(|error| anyhow::anyhow!("{error}"));
    let response = response.with_context(|| format!("{url} does not answer"))?;
    if !response.status().is_success() {
        bail!("{url} answers {}", response.status());
    }
    Ok(())
}
