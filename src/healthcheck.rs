//! `healthcheck`: for containers, whose images have no curl.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context, bail};
use hyper::Method;
use url::Url;

use crate::config::Config;
use crate::tls::{self, Trust};
use crate::upstream::client::{self, Request};
use crate::upstream::guard::Guard;

/// Less than the ten seconds that orchestrators usually give.
const TIMEOUT: Duration = Duration::from_secs(3);

/// Asks the server on this machine whether it is ready.
pub async fn run(config: &Config) -> anyhow::Result<()> {
    let main = SocketAddr::new(config.server.host, config.server.port);
    // Where there is a listener for this, a crowd of clients makes nobody look ill.
    let at = config.server.admin_listen.0.unwrap_or(main);
    let host = match at.ip() {
        IpAddr::V4(any) if any.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(any) if any.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        host => host,
    };
    let at = SocketAddr::new(host, at.port());
    let is_main = config.server.admin_listen.0.is_none();
    let scheme = if is_main && config.server.tls_files()?.is_some() { "https" } else { "http" };
    let url: Url = format!("{scheme}://{at}/readyz").parse()?;
    let guard = Guard::new(&config.upstream).trusting(&url);
    // The certificate is one for the name that clients use, and nothing secret is sent to ourselves.
    let tls = tls::client(Trust::Anybody, None)?;
    let client = client::with_tls(&config.upstream, guard, tls);
    let uri = url.as_str().parse()?;
    let request = Request::new(Method::GET, &uri, None);
    let asked = tokio::time::timeout(TIMEOUT, client.send(&request)).await;
    let response = asked.ok().and_then(Result::ok);
    let response = response.with_context(|| format!("{url} does not answer"))?;
    if !response.status.is_success() {
        bail!("{url} answers {}", response.status);
    }
    Ok(())
}
