//! Who is calling through proxies, by what they have written into `X-Forwarded-For`. Pure.

use std::net::{IpAddr, SocketAddr};

/// Network address of a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallerAddress {
    /// It is this one, by the connection or by a trusted proxy's word.
    Known(IpAddr),
    /// A trusted proxy forwards for somebody and doesn't say readably for whom. It opens nothing
    /// that is for certain addresses, and all such callers are limited together.
    Unknown,
}

impl CallerAddress {
    /// The address, if it is known.
    pub const fn known(self) -> Option<IpAddr> {
        match self {
            Self::Known(address) => Some(address),
            Self::Unknown => None,
        }
    }
}

/// The caller behind `peer`, a trusted proxy: the last address of `X-Forwarded-For` that is no
/// trusted proxy's. Each proxy adds whom it was asked by at the end, so what stands before an
/// address that isn't trusted, or that can't be read, is anybody's word.
///
/// `lines` are the values of all headers of this name, in order. Without one the proxy asks for
/// itself.
pub fn caller<'a>(
    peer: IpAddr,
    lines: impl DoubleEndedIterator<Item = &'a [u8]>,
    is_trusted: impl Fn(IpAddr) -> bool,
) -> CallerAddress {
    let mut caller = peer;
    for hop in lines.rev().flat_map(|line| line.rsplit(|byte| *byte == b',')) {
        let Some(address) = address(hop) else { return CallerAddress::Unknown };
        caller = address;
        if !is_trusted(caller) {
            break;
        }
    }
    CallerAddress::Known(caller)
}

/// One address as proxies write it: bare, with a port as Azure's do, in brackets. An IPv4 address
/// written as IPv6 is taken for what it is.
fn address(hop: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(hop.trim_ascii()).ok()?;
    let bare = || text.parse::<IpAddr>().ok();
    let with_port = || text.parse::<SocketAddr>().ok().map(|socket| socket.ip());
    let in_brackets = || {
        let inner = text.strip_prefix('[')?.strip_suffix(']')?;
        inner.parse::<std::net::Ipv6Addr>().ok().map(IpAddr::from)
    };
    bare().or_else(with_port).or_else(in_brackets).map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PROXY: &str = "10.0.0.1";

    fn is_trusted(address: IpAddr) -> bool {
        matches!(address, IpAddr::V4(v4) if v4.octets()[0] == 10)
    }

    fn of(lines: &[&[u8]]) -> CallerAddress {
        caller(PROXY.parse().unwrap(), lines.iter().copied(), is_trusted)
    }

    fn known(text: &str) -> CallerAddress {
        CallerAddress::Known(text.parse().unwrap())
    }

    #[test]
    fn the_last_that_no_proxy_has_is_the_caller() {
        for (line, expected) in [
            ("203.0.113.9", "203.0.113.9"),
            ("1.1.1.1, 203.0.113.9", "203.0.113.9"),
            ("203.0.113.9, 10.0.0.2", "203.0.113.9"),
            (" 203.0.113.9 ,\t10.0.0.2 ", "203.0.113.9"),
            ("203.0.113.9:4711", "203.0.113.9"),
            ("[2001:db8::1]:443", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("2001:db8::1", "2001:db8::1"),
            ("::ffff:203.0.113.9", "203.0.113.9"),
            ("[::ffff:203.0.113.9]:80", "203.0.113.9"),
            ("::ffff:10.0.0.2", "10.0.0.2"),
            ("10.0.0.3, 10.0.0.2", "10.0.0.3"),
            ("garbage, 203.0.113.9", "203.0.113.9"),
        ] {
            assert_eq!(of(&[line.as_bytes()]), known(expected), "{line}");
        }
        assert_eq!(of(&[b"1.1.1.1", b"203.0.113.9"]), known("203.0.113.9"));
        assert_eq!(of(&[b"203.0.113.9", b"10.0.0.2"]), known("203.0.113.9"));
        assert_eq!(of(&[]), known(PROXY), "it asks for itself");
    }

    #[test]
    fn what_can_not_be_read_is_nobody() {
        for line in [
            &b"\xff"[..],
            b"203.0.113.9, \xff",
            b"203.0.113.9\xff",
            b"203.0.113.9,",
            b"203.0.113.9, ,10.0.0.2",
            b"",
            b",",
            b"unknown",
            b"_hidden",
            b"203.0.113.9:",
            b"203.0.113.9:port",
            b"[203.0.113.9]",
            b"[2001:db8::1",
            b"fe80::1%eth0",
            b"0xcb.0.113.9",
            b"203.0.113",
            b"for=203.0.113.9",
        ] {
            assert_eq!(of(&[line]), CallerAddress::Unknown, "{}", line.escape_ascii());
        }
        assert_eq!(of(&[b"203.0.113.9", b"\xff"]), CallerAddress::Unknown);
        assert_eq!(of(&[b"203.0.113.9", b""]), CallerAddress::Unknown);
    }

    proptest! {
        /// Whatever a caller wrote before, the proxy's own word decides.
        #[test]
        fn a_caller_changes_nothing(mut forged in any::<Vec<u8>>(), real in any::<u32>()) {
            let real = IpAddr::V4(real.into());
            prop_assume!(!is_trusted(real));
            forged.extend_from_slice(format!(", {real}").as_bytes());
            prop_assert_eq!(of(&[&forged]), CallerAddress::Known(real));
        }

        /// Nobody is taken for the proxy who wrote something.
        #[test]
        fn nobody_becomes_the_proxy(line in any::<Vec<u8>>()) {
            let found = of(&[&line]);
            let text = String::from_utf8_lossy(&line);
            let wrote_it = text.split(',').any(|hop| hop.contains(PROXY) || hop.contains("a00:1"));
            prop_assert!(wrote_it || found != known(PROXY), "{text}");
        }
    }
}
