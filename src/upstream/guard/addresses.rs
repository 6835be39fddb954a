//! Which addresses an upstream added by an administrator may have. Pure.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};

const fn v4(a: u8, b: u8, c: u8, d: u8, bits: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), bits)
}

const fn v6(first: u16, second: u16, third: u16, bits: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(first, second, third, 0, 0, 0, 0, 0), bits)
}

/// No upstream is ever there (IANA's special-purpose registry), or a cloud's metadata service is.
const NEVER_V4: [Ipv4Net; 7] = [
    v4(0, 0, 0, 0, 8),
    v4(169, 254, 0, 0, 16),     // link-local, with most clouds' metadata
    v4(100, 100, 100, 200, 32), // Alibaba's metadata
    v4(192, 0, 0, 192, 32),     // Oracle's metadata
    v4(168, 63, 129, 16, 32),   // Azure's
    v4(192, 88, 99, 0, 24),     // 6to4 relays, which lead anywhere and are gone
    v4(224, 0, 0, 0, 3),        // multicast, reserved, broadcast
];

/// The operator's own networks, and ones that lead nowhere.
const PRIVATE_V4: [Ipv4Net; 10] = [
    v4(10, 0, 0, 0, 8),
    v4(100, 64, 0, 0, 10), // CGNAT
    v4(127, 0, 0, 0, 8),
    v4(172, 16, 0, 0, 12),
    v4(192, 0, 0, 0, 24),
    v4(192, 0, 2, 0, 24), // documentation
    v4(192, 168, 0, 0, 16),
    v4(198, 18, 0, 0, 15), // benchmarks
    v4(198, 51, 100, 0, 24),
    v4(203, 0, 113, 0, 24),
];

const NEVER_V6: [Ipv6Net; 3] = [
    v6(0xfe80, 0, 0, 10),
    v6(0xff00, 0, 0, 8),
    v6(0x2001, 0, 0, 32), // Teredo: leads to an address that can't be seen here
];

const PRIVATE_V6: [Ipv6Net; 9] = [
    v6(0xfc00, 0, 0, 7),
    v6(0xfec0, 0, 0, 10),
    v6(0x64, 0xff9b, 1, 48), // NAT64 with a mapping of the operator's own
    v6(0x100, 0, 0, 64),     // discarded
    DUMMY,
    v6(0x2001, 0, 0, 23), // protocols of their own, benchmarks (2001:2::/48) among them
    v6(0x2001, 0xdb8, 0, 32),
    v6(0x3fff, 0, 0, 20), // documentation
    v6(0x5f00, 0, 0, 16), // identifiers of segments in a network of one's own
];

/// Stands for a missing address (RFC 9780).
const DUMMY: Ipv6Net = Ipv6Net::new_assert(Ipv6Addr::new(0x100, 0, 0, 1, 0, 0, 0, 0), 64);

/// Metadata services: AWS, and Google's.
const METADATA_V6: [Ipv6Addr; 2] = [
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254),
    Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254),
];

/// Whether requests may go to this address; to the operator's own networks only when
/// `allow_private`.
pub fn allowed(address: IpAddr, allow_private: bool) -> bool {
    match address {
        IpAddr::V4(address) => {
            !NEVER_V4.iter().any(|net| net.contains(&address))
                && (allow_private || !PRIVATE_V4.iter().any(|net| net.contains(&address)))
        }
        IpAddr::V6(address) => allowed_v6(address, allow_private),
    }
}

fn allowed_v6(address: Ipv6Addr, allow_private: bool) -> bool {
    if address.is_unspecified() || METADATA_V6.contains(&address) {
        return false;
    }
    if address.is_loopback() {
        return allow_private;
    }
    if let Some(inner) = embedded(address) {
        return allowed(IpAddr::V4(inner), allow_private);
    }
    !NEVER_V6.iter().any(|net| net.contains(&address))
        && (allow_private || !PRIVATE_V6.iter().any(|net| net.contains(&address)))
}

/// The IPv4 address that this one leads to: mapped, compatible, NAT64 and 6to4.
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let join = |high: u16, low: u16| Ipv4Addr::from(u32::from(high) << 16 | u32::from(low));
    match address.segments() {
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] => Some(join(high, low)),
        [0, 0, 0, 0, 0xffff, 0, high, low] => Some(join(high, low)),
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => Some(join(high, low)),
        [0x2002, high, low, ..] => Some(join(high, low)),
        _ => None,
    }
}
