//! [`Crowd`]: how many connections each address has open.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::config::{Server, TrustedProxies};

/// The log tells at most so often of connections that were closed.
const TELL_EVERY: Duration = Duration::from_secs(60);

/// Connections by address; clones share them.
#[derive(Debug, Clone)]
pub struct Crowd(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    max: u32,
    trusted: TrustedProxies,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    by_address: HashMap<IpAddr, u32>,
    told_at: Option<Instant>,
}

/// Connection of one address, counted until it is dropped.
#[derive(Debug)]
pub struct Counted(Option<(Crowd, IpAddr)>);

impl Crowd {
    /// Nobody is connected yet.
    pub fn new(config: &Server) -> Self {
        let (max, trusted) = (config.max_connections_per_address, config.trusted_proxies.clone());
        Self(Arc::new(Inner { max, trusted, open: Mutex::default() }))
    }

    /// Counts a connection; `None` when its address has as many as it may.
    pub fn enter(&self, peer: Option<IpAddr>) -> Option<Counted> {
        let peer = peer.map(|peer| peer.to_canonical());
        // All clients of a trusted proxy come through it.
        let peer = peer.filter(|peer| self.0.max > 0 && !self.0.trusted.contains(*peer));
        let Some(network) = peer.map(network) else { return Some(Counted(None)) };
        let mut open = self.0.open.lock();
        let count = open.by_address.entry(network).or_default();
        if *count >= self.0.max {
            self.tell(&mut open, network);
            return None;
        }
        *count += 1;
        Some(Counted(Some((self.clone(), network))))
    }

    fn tell(&self, open: &mut Open, network: IpAddr) {
        if open.told_at.is_none_or(|told_at| told_at.elapsed() >= TELL_EVERY) {
            open.told_at = Some(Instant::now());
            let max = self.0.max;
            log::warn!(
                "{network} has {max} connections: further ones are closed \
                 (MAX_CONNECTIONS_PER_ADDRESS; proxies belong into TRUSTED_PROXIES)"
            );
        }
    }
}

/// The address itself, or its /64.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64)),
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let Some((crowd, network)) = self.0.take() else { return };
        if let Entry::Occupied(mut count) = crowd.0.open.lock().by_address.entry(network) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;
    use std::sync::Arc;

    use super::{Crowd, Inner};

    fn crowd(max: u32) -> Crowd {
        let trusted = "10.0.0.0/8".parse().expect("a network");
        Crowd(Arc::new(Inner { max, trusted, open: Default::default() }))
    }

    fn ip(text: &str) -> Option<IpAddr> {
        Some(text.parse().expect("an address"))
    }

    #[test]
    fn each_address_has_its_own() {
        let crowd = crowd(2);
        let first = crowd.enter(ip("192.0.2.1"));
        let second = crowd.enter(ip("::ffff:192.0.2.1"));
        assert!(first.is_some() && second.is_some());
        assert!(crowd.enter(ip("192.0.2.1")).is_none());
        assert!(crowd.enter(ip("192.0.2.2")).is_some());
        drop(first);
        assert!(crowd.enter(ip("192.0.2.1")).is_some());
        drop(second);
        assert!(crowd.0.open.lock().by_address.is_empty(), "nobody is remembered");
    }

    #[test]
    fn a_network_of_ipv6_is_one() {
        let crowd = crowd(1);
        let _first = crowd.enter(ip("2001:db8:1:2::1"));
        assert!(crowd.enter(ip("2001:db8:1:2:ffff::9")).is_none());
        assert!(crowd.enter(ip("2001:db8:1:3::1")).is_some());
    }

    #[test]
    fn trusted_proxies_and_a_limit_of_zero_let_everybody_in() {
        let narrow = crowd(1);
        let all: Vec<_> = (0..3).map(|_| narrow.enter(ip("10.1.2.3"))).collect();
        assert!(all.iter().all(Option::is_some));
        let open = crowd(0);
        let all: Vec<_> = (0..3).map(|_| open.enter(ip("192.0.2.1"))).collect();
        assert!(all.iter().all(Option::is_some));
    }
}
