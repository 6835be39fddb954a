//! [`Plaintext`]: where the pool may speak to its stores in clear text.
//!
//! Without `ALLOW_PLAINTEXT_STORES` that is this machine only. A name is judged by the addresses that
//! it resolves to, and the connection then goes to those very addresses: whoever answers for the name
//! can't have it judged by one address and connected to another.

use std::io;
use std::net::{IpAddr, SocketAddr};

use tokio::net::lookup_host;

/// Where clear text may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plaintext {
    /// To loopback addresses; socket files are not asked about.
    ThisMachine,
    /// Anywhere.
    Anywhere,
}

/// Why a store is not reached in clear text.
#[derive(Debug, thiserror::Error)]
pub enum NotHere {
    /// It is on another machine.
    #[error(
        "{0} is another machine, and clear text would show passwords and data to the network: use \
         TLS, or set ALLOW_PLAINTEXT_STORES=true where that network is private"
    )]
    Elsewhere(String),
    /// The name can't be resolved now.
    #[error("{0} can't be resolved: {1}")]
    Unknown(String, io::Error),
}

impl Plaintext {
    /// The rule of `ALLOW_PLAINTEXT_STORES`.
    pub fn new(allowed: bool) -> Self {
        if allowed { Self::Anywhere } else { Self::ThisMachine }
    }
}

/// The addresses of this host, all of them loopback.
///
/// # Errors
/// One of them is not, or there are none now.
pub async fn local_addresses(host: &str, port: u16) -> Result<Vec<SocketAddr>, NotHere> {
    let found = lookup_host((host, port)).await;
    let found: Vec<SocketAddr> =
        found.map_err(|error| NotHere::Unknown(shown(host), error))?.collect();
    if found.iter().all(|address| is_local(address.ip())) {
        return Ok(found);
    }
    Err(NotHere::Elsewhere(shown(host)))
}

/// Whether this is an address of the machine itself.
pub fn is_local(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

/// The host for people to read. A password with an `@` that is not written as `%40` ends up in the
/// host: what is no name and no address is not shown.
pub fn shown(host: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
    if host.chars().all(plain) { format!("`{host}`") } else { "its host".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::{NotHere, is_local, local_addresses, shown};

    #[test]
    fn only_loopback_addresses_are_local() {
        for (address, expected) in [
            ("127.0.0.1", true),
            ("127.8.9.1", true),
            ("::1", true),
            ("::ffff:127.0.0.1", true),
            ("0.0.0.0", false),
            ("::", false),
            ("10.0.0.1", false),
            ("192.168.1.1", false),
            ("169.254.1.1", false),
            ("fe80::1", false),
            ("192.0.2.1", false),
        ] {
            assert_eq!(is_local(address.parse().expect("an address")), expected, "{address}");
        }
    }

    #[actix_web::test]
    async fn a_name_is_judged_by_where_it_leads() {
        let local = local_addresses("localhost", 5432).await.expect("this machine");
        assert!(!local.is_empty() && local.iter().all(|one| one.ip().is_loopback()), "{local:?}");
        for host in ["192.0.2.1", "::ffff:192.0.2.1", "0.0.0.0"] {
            let refused = local_addresses(host, 5432).await.expect_err(host);
            assert!(matches!(refused, NotHere::Elsewhere(_)), "{host}: {refused}");
        }
        let unknown = local_addresses("nowhere.invalid", 5432).await.expect_err("no such name");
        assert!(matches!(unknown, NotHere::Unknown(..)), "{unknown}");
    }

    #[test]
    fn part_of_a_password_is_not_shown() {
        assert_eq!(shown("db.example.org"), "`db.example.org`");
        assert_eq!(shown("word@db.example.org"), "its host");
    }
}
