//! Networks that a caller belongs to, from the narrowest to the widest, for counters that one
//! customer with many addresses must not get around.

use std::net::{IpAddr, Ipv6Addr};

use super::admin::bucket;

/// One of a caller's networks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network {
    /// The name in counters, as `2001:db8:1:2::/64`.
    pub name: String,
    /// How many times what one address may is allowed to all of the network together.
    pub factor: u64,
}

/// The networks of an address: of IPv6 its /64, /56 and /48, since providers give customers any of
/// them; of IPv4 the address and its /24. Never empty.
pub fn networks(from: Option<IpAddr>) -> Vec<Network> {
    let network = |name, factor| Network { name, factor };
    let narrowest = network(bucket(from), 1);
    match from.map(|from| from.to_canonical()) {
        None => vec![narrowest],
        Some(IpAddr::V4(v4)) => {
            let [a, b, c, _] = v4.octets();
            vec![narrowest, network(format!("{a}.{b}.{c}.0/24"), 4)]
        }
        Some(IpAddr::V6(v6)) => {
            let wider = |bits: u32, factor| {
                let prefix = Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << (128 - bits)));
                network(format!("{prefix}/{bits}"), factor)
            };
            vec![narrowest, wider(56, 2), wider(48, 4)]
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::networks;

    fn names(from: &str) -> Vec<String> {
        let from: IpAddr = from.parse().expect("an address");
        networks(Some(from)).into_iter().map(|network| network.name).collect()
    }

    #[test]
    fn from_the_narrowest_to_the_widest() {
        assert_eq!(
            names("2001:db8:1:23ff::1"),
            ["2001:db8:1:23ff::/64", "2001:db8:1:2300::/56", "2001:db8:1::/48"]
        );
        assert_eq!(names("192.0.2.7"), ["192.0.2.7", "192.0.2.0/24"]);
        assert_eq!(names("::ffff:192.0.2.7"), names("192.0.2.7"));
        assert_eq!(networks(None).len(), 1);
    }
}
