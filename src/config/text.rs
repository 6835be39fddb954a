//! Values that clap has no type for.

use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;

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
}
