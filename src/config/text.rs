//! Values that clap has no type for.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use ipnet::IpNet;
use url::{Host, Url};

/// A setting that may be left empty: `REDIS_URL=` in a compose file means the same as none.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Optional(pub Option<String>);

impl From<&str> for Optional {
    fn from(text: &str) -> Self {
        let text = text.trim();
        Self((!text.is_empty()).then(|| text.to_owned()))
    }
}

impl std::fmt::Debug for Optional {
    /// Several of these hold secrets or URLs with passwords, so none is printed.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_some() { "[set]" } else { "[none]" })
    }
}

/// Address and port to listen on; it may be left empty.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ListenAddress(pub Option<SocketAddr>);

impl FromStr for ListenAddress {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(Self(None));
        }
        let address = text.parse().map_err(|_| "must be an address and a port like 127.0.0.1:9090");
        address.map(|address| Self(Some(address)))
    }
}

/// Networks whose `X-Forwarded-For` is believed.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(Vec<IpNet>);

impl FromStr for TrustedProxies {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        let parse = |part: &str| {
            let net = part.parse::<IpNet>().or_else(|_| part.parse::<IpAddr>().map(IpNet::from));
            net.map_err(|_| format!("`{part}` is neither an address nor a network like 10.0.0.0/8"))
        };
        Ok(Self(parts.map(parse).collect::<Result<_, _>>()?))
    }
}

impl TrustedProxies {
    /// Whether this address is one of ours.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|net| net.contains(&address))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Where people reach this service, without a slash at the end; it may be left empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PublicUrl(pub Option<Url>);

impl FromStr for PublicUrl {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "must be an address like https://pool.example.org";
        let text = text.trim();
        if text.is_empty() {
            return Ok(Self(None));
        }
        let url = Url::parse(text).map_err(|_| WRONG)?;
        let plain = url.query().is_none() && url.fragment().is_none() && url.path() == "/";
        let anonymous = url.username().is_empty() && url.password().is_none();
        let web = matches!(url.scheme(), "http" | "https") && url.host_str().is_some();
        if plain && anonymous && web { Ok(Self(Some(url))) } else { Err(WRONG) }
    }
}

impl PublicUrl {
    /// The address of this path, if there is one.
    pub fn join(&self, path: &str) -> Option<String> {
        Some(self.0.as_ref()?.join(path).ok()?.into())
    }

    /// What browsers call its pages' origin, as `https://pool.example.org`.
    pub fn origin(&self) -> Option<String> {
        Some(self.0.as_ref()?.origin().ascii_serialization())
    }

    /// Whether people reach it by TLS.
    pub fn is_https(&self) -> bool {
        self.0.as_ref().is_some_and(|url| url.scheme() == "https")
    }
}

/// An address that is asked over HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebAddress(pub Url);

impl FromStr for WebAddress {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url = Url::parse(text.trim()).ok();
        // Whoever needs a password to be asked would find it in the list of processes.
        let plain = |url: &Url| url.username().is_empty() && url.password().is_none();
        let url = url.filter(|url| matches!(url.scheme(), "http" | "https") && plain(url));
        url.map(Self).ok_or("must be an http:// or https:// address without a user")
    }
}

/// Names of hosts, in lower case and without a port.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hostnames(pub Vec<String>);

impl FromStr for Hostnames {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        let parse = |part: &str| {
            let host = Host::parse(part).map(|host| host.to_string());
            host.map_err(|_| format!("`{part}` is no host like pool.example.org"))
        };
        Ok(Self(parts.map(parse).collect::<Result<_, _>>()?))
    }
}
