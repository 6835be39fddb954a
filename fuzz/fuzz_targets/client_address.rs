//! `X-Forwarded-For` over whatever bytes: what a caller wrote before a proxy's own word changes
//! nothing, and nobody who wrote something becomes the proxy.

#![no_main]

use std::net::IpAddr;

use libfuzzer_sys::fuzz_target;

use extract::forwarded::{CallerAddress, caller};

#[path = "../../src/http/extract"]
mod extract {
    pub mod forwarded;
}

const PROXY: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1));
const REAL: &[u8] = b"203.0.113.9";

fuzz_target!(|data: &[u8]| {
    let lines: Vec<&[u8]> = data.split(|byte| *byte == b'\n').collect();
    let found = of(&lines);
    // Lines and commas part the same list.
    let joined = lines.join(&b","[..]);
    assert_eq!(found, of(&[&joined]));
    let text = String::from_utf8_lossy(data).to_ascii_lowercase();
    let names_it = text.contains("10.0.0.1") || text.contains("a00:1");
    assert!(names_it || found != CallerAddress::Known(PROXY), "{text}");
    let known = |text: &[u8]| std::str::from_utf8(text).unwrap().parse().map(CallerAddress::Known);
    assert_eq!(Ok(of(&[&joined, REAL])), known(REAL));
    assert_eq!(Ok(of(&[&[&joined[..], b", 203.0.113.9"].concat()])), known(REAL));
    if let CallerAddress::Known(address) = found {
        assert_eq!(address, address.to_canonical());
    }
});

fn of(lines: &[&[u8]]) -> CallerAddress {
    caller(PROXY, lines.iter().copied(), |address| matches!(address, IpAddr::V4(v4) if v4.octets()[0] == 10))
}
