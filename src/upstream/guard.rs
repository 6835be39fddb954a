//! Keeps requests away from places that an administrator's base URL must not lead to: metadata
//! services, the operator's own networks.
//!
//! The address is looked at when the URL is given, and again for each connection, after the name
//! was resolved: a name that leads elsewhere later helps nobody. Redirects are not followed.

mod addresses;
#[cfg(test)]
mod tests;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use hyper::Uri;
use url::{Host, Url};

pub use self::addresses::allowed;
use crate::config::Upstream;
use crate::error::{ApiError, invalid};

/// The longest base URL in bytes.
const URL_MAX: usize = 1024;

/// A name that takes longer to resolve is as good as none.
const RESOLVE_TIMEOUT: Duration = Duration::from_secs(5);

/// Names of metadata services, whatever they resolve to.
const METADATA_NAMES: [&str; 4] =
    ["metadata", "metadata.google.internal", "metadata.goog", "instance-data.ec2.internal"];

/// Finds the addresses of `host:port`.
pub type Names =
    Arc<dyn Fn(String) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> + Send + Sync>;

/// Decides where requests may go; clones share it.
#[derive(Clone)]
pub struct Guard {
    allow_private: bool,
    /// Hosts and ports that the environment names: the operator's word, not looked at.
    trusted: Vec<(String, u16)>,
    names: Names,
}

/// The address is one that upstreams must not have.
#[derive(Debug, thiserror::Error)]
#[error("upstreams may not be at this address")]
pub struct Forbidden;

impl Guard {
    /// As the settings say, with the system's resolver.
    pub fn new(config: &Upstream) -> Self {
        let names: Names =
            Arc::new(|host| Box::pin(async { Ok(tokio::net::lookup_host(host).await?.collect()) }));
        Self::with_names(config, names)
    }

    /// With another resolver.
    pub fn with_names(config: &Upstream, names: Names) -> Self {
        let bases = [&config.ollama_base_url, &config.openrouter_base_url];
        let trusted = bases.into_iter().filter_map(|base| place(base)).collect();
        Self { allow_private: config.allow_private_upstreams, trusted, names }
    }

    /// Lets requests go there, too: an address that the environment names.
    pub fn trusting(mut self, url: &Url) -> Self {
        self.trusted.extend(place(url.as_str()));
        self
    }

    /// Finds the addresses of a host that a connection is about to be made to; `[::1]` has its
    /// brackets.
    ///
    /// # Errors
    /// The name doesn't resolve in time, or leads to where connections may not go.
    pub async fn addresses(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        let place = format!("{host}:{port}");
        let found = match place.parse() {
            Ok(literal) => vec![literal],
            Err(_) => tokio::time::timeout(RESOLVE_TIMEOUT, (self.names)(place)).await??,
        };
        let is_trusted =
            |(name, at): &(String, u16)| *at == port && name.eq_ignore_ascii_case(host);
        if self.trusted.iter().any(is_trusted) || found.iter().all(|at| self.allows(*at)) {
            return Ok(found);
        }
        log::warn!("not connecting to {host}: upstreams may not be at its address");
        Err(io::Error::other(Forbidden))
    }

    /// A base URL that an administrator gives, in its normal form without a final slash.
    ///
    /// # Errors
    /// 422 for what is no address that upstreams may have, in words for the administrator.
    pub async fn check(&self, text: &str) -> Result<String, ApiError> {
        let url = parse(text).map_err(|words| invalid("base_url", words))?;
        let place = authority(&url);
        let resolving = (self.names)(place);
        let found = tokio::time::timeout(RESOLVE_TIMEOUT, resolving).await;
        let found = found.ok().and_then(Result::ok).filter(|found| !found.is_empty());
        let found = found.ok_or_else(|| invalid("base_url", "the host's name does not resolve"))?;
        if !found.iter().all(|at| self.allows(*at)) {
            let by_setting = found.into_iter().all(|at| allowed(at.ip(), true));
            return Err(invalid(
                "base_url",
                match by_setting {
                    true => {
                        "the address is a private one: ALLOW_PRIVATE_UPSTREAMS would let it through"
                    }
                    false => "the address is a link-local, metadata or reserved one",
                },
            ));
        }
        Ok(url.as_str().trim_end_matches('/').to_owned())
    }

    fn allows(&self, at: SocketAddr) -> bool {
        allowed(at.ip(), self.allow_private)
    }
}

/// The host and the port of an address.
fn place(url: &str) -> Option<(String, u16)> {
    let uri: Uri = url.parse().ok()?;
    let default = if uri.scheme_str() == Some("https") { 443 } else { 80 };
    Some((uri.host()?.to_ascii_lowercase(), uri.port_u16().unwrap_or(default)))
}

/// The URL, when it can be a base URL; else why not.
fn parse(text: &str) -> Result<Url, &'static str> {
    if text.len() > URL_MAX {
        return Err("the base URL is too long");
    }
    // Browsers' rules: 2130706433, 0x7f.1 and 0177.0.0.1 all become 127.0.0.1.
    let url = Url::parse(text.trim()).map_err(|_| "the base URL is no URL")?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("the base URL must begin with http:// or https://");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("the base URL must not have a user or password");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("the base URL must not have a query or fragment");
    }
    match url.host() {
        None => Err("the base URL has no host"),
        Some(Host::Domain(name)) if is_metadata(name) => Err("metadata services are no upstreams"),
        Some(_) => Ok(url),
    }
}

fn is_metadata(name: &str) -> bool {
    METADATA_NAMES.contains(&name.trim_end_matches('.').to_ascii_lowercase().as_str())
}

fn authority(url: &Url) -> String {
    let port = url.port_or_known_default().unwrap_or(80);
    format!("{}:{port}", url.host_str().unwrap_or_default())
}
