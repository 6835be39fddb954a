//! Forbidden addresses are forbidden in every disguise, and at every connection.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::Parser;
use hyper::Method;
use pool_stub::Stub;
use proptest::prelude::*;
use url::Url;

use super::{Guard, Names, allowed};
use crate::cli::Cli;
use crate::config::Upstream;
use crate::upstream::client::{self, Client, Request};

const PUBLIC: [u8; 4] = [93, 184, 216, 34];

fn config(allow_private: bool) -> Upstream {
    let flag = format!("--allow-private-upstreams={allow_private}");
    Cli::try_parse_from(["pool", &flag]).unwrap().config.upstream
}

/// A resolver that gives one answer until `moved`, and then another.
fn names(moved: &Arc<AtomicBool>, first: [u8; 4], then: [u8; 4]) -> Names {
    let moved = moved.clone();
    Arc::new(move |place| {
        let now = if moved.load(Ordering::SeqCst) { then } else { first };
        let port = place.rsplit(':').next().unwrap().parse().unwrap();
        Box::pin(std::future::ready(Ok(vec![SocketAddr::new(IpAddr::from(now), port)])))
    })
}

fn v4() -> impl Strategy<Value = Ipv4Addr> {
    any::<u32>().prop_map(Ipv4Addr::from)
}

proptest! {
    #[test]
    fn what_is_never_allowed(a in 0_u8..=255, b: u8, c: u8, d: u8, private: bool) {
        let never = matches!((a, b), (0 | 224.., _) | (169, 254));
        if never {
            prop_assert!(!allowed(IpAddr::from([a, b, c, d]), private));
        }
    }

    #[test]
    fn link_local_and_multicast_are_never_allowed(c: u8, d: u8, rest: [u16; 7], private: bool) {
        prop_assert!(!allowed(IpAddr::from([169, 254, c, d]), private));
        let [e, f, g, h, i, j, k] = rest;
        prop_assert!(!allowed(IpAddr::from([0xfe80 | (e & 0x3f), f, g, h, i, j, k, 1]), private));
        prop_assert!(!allowed(IpAddr::from([0xff00 | (e & 0xff), f, g, h, i, j, k, 1]), private));
    }

    #[test]
    fn private_ones_need_leave(b: u8, c: u8, d: u8) {
        let nets = [
            [10, b, c, d], [127, b, c, d], [172, 16 | (b & 15), c, d], [192, 168, c, d],
            [100, 64 | (b & 63), c, 1],
        ];
        for net in nets {
            prop_assert!(!allowed(IpAddr::from(net), false), "{net:?}");
            prop_assert!(allowed(IpAddr::from(net), true), "{net:?}");
        }
    }

    #[test]
    fn leave_only_adds(address in any::<u128>(), four in v4()) {
        for ip in [IpAddr::V6(address.into()), IpAddr::V4(four)] {
            prop_assert!(!allowed(ip, false) || allowed(ip, true));
        }
    }

    #[test]
    fn a_disguise_changes_nothing(ip in v4(), private: bool) {
        let [a, b, c, d] = ip.octets().map(u16::from);
        let (high, low) = (a << 8 | b, c << 8 | d);
        let expected = allowed(IpAddr::V4(ip), private);
        prop_assert_eq!(allowed(IpAddr::V6(ip.to_ipv6_mapped()), private), expected);
        prop_assert_eq!(allowed(IpAddr::from([0x64, 0xff9b, 0, 0, 0, 0, high, low]), private), expected);
        prop_assert_eq!(allowed(IpAddr::from([0x2002, high, low, 0, 0, 0, 0, 1]), private), expected);
    }
}

#[test]
fn a_table_of_addresses() {
    let public = [
        "8.8.8.8",
        "104.18.2.115",
        "2606:4700::6812:273",
        "100.63.255.255",
        "172.32.0.1",
        "192.88.98.1",
        "2001:200::1",
        "3ffe::1",
        "5eff::1",
    ];
    let private = [
        "::1",
        "::ffff:127.0.0.1",
        "fd12::1",
        "100.64.0.1",
        "10.0.0.1",
        "fec0::1",
        "100::1",
        "100:0:0:1::1",
        "2001:2::1",
        "2001:2:0:ffff::1",
        "2001:20::1",
        "2001:db8::1",
        "3fff::1",
        "3fff:fff:ffff::1",
        "5f00::1",
        "5f00:ffff::1",
    ];
    let never = [
        "::",
        "0.0.0.0",
        "255.255.255.255",
        "169.254.169.254",
        "::ffff:169.254.169.254",
        "fe80::1",
        "fd00:ec2::254",
        "100.100.100.200",
        "192.0.0.192",
        "192.88.99.1",
        "2002:c058:6301::1",
        "ff02::1",
        "240.0.0.1",
        "2001::1",
        "64:ff9b::a9fe:a9fe",
    ];
    let of = |text: &str, private| allowed(text.parse().unwrap(), private);
    assert!(public.iter().all(|text| of(text, false) && of(text, true)));
    assert!(private.iter().all(|text| !of(text, false) && of(text, true)));
    assert!(never.iter().all(|text| !of(text, false) && !of(text, true)));
}

#[actix_web::test]
async fn urls_are_looked_at_whole() {
    let still = Arc::default();
    let guard = Guard::with_names(&config(false), names(&still, PUBLIC, PUBLIC));
    assert_eq!(guard.check("HTTPS://Example.com/v1/").await.unwrap(), "https://example.com/v1");
    for bad in [
        "ftp://example.com",
        "example.com",
        "file:///etc/passwd",
        "http://",
        "http://u:p@example.com",
        "http://u@example.com",
        "http://example.com?x=1",
        "http://example.com#x",
        "http://metadata",
        "http://metadata.google.internal./computeMetadata",
        "javascript:alert(1)",
    ] {
        assert!(guard.check(bad).await.is_err(), "{bad}");
    }
}

#[actix_web::test]
async fn hosts_in_odd_spellings_are_resolved_first() {
    let spellings = [
        "http://127.0.0.1",
        "http://2130706433",
        "http://0x7f.1",
        "http://0177.0.0.1",
        "http://[::1]",
        "http://[::ffff:7f00:1]",
        "http://localhost",
        "http://127.1:8080/x",
    ];
    for url in spellings {
        assert!(Guard::new(&config(false)).check(url).await.is_err(), "{url}");
        assert!(Guard::new(&config(true)).check(url).await.is_ok(), "{url}");
    }
    for url in ["http://169.254.169.254/latest", "http://2852039166", "http://0.0.0.0:80"] {
        assert!(Guard::new(&config(true)).check(url).await.is_err(), "{url}");
    }
}

/// The status of this server's catalogue; `None` when there is no connection.
async fn get(client: &Client, base: &str) -> Option<u16> {
    let uri = format!("{base}/v1/models").parse().unwrap();
    let sent = client.send(&Request::new(Method::GET, &uri, None)).await;
    sent.ok().map(|answer| answer.status.as_u16())
}

/// A name that was public when it was given, and leads inside when it is used.
#[actix_web::test]
async fn a_rebound_name_is_not_connected_to() {
    let (stub, moved) = (Stub::start(), Arc::new(AtomicBool::new(false)));
    let url = format!("http://rebound.example:{}", stub.port());
    for (allow_private, status) in [(false, None), (true, Some(200))] {
        moved.store(false, Ordering::SeqCst);
        let config = config(allow_private);
        let guard = Guard::with_names(&config, names(&moved, PUBLIC, [127, 0, 0, 1]));
        guard.check(&url).await.expect("it is public now");
        moved.store(true, Ordering::SeqCst);
        let client = client::guarded(&config, guard);
        assert_eq!(get(&client, &url).await, status);
    }
    assert_eq!(stub.probes().len(), 1, "only the one that was let through");
}

/// The verifier of challenges may be anywhere; upstreams gain nothing by that, neither beside it nor
/// after it.
#[actix_web::test]
async fn a_place_trusted_for_one_purpose_is_not_trusted_for_another() {
    let stub = Stub::start();
    let (config, url) = (config(false), Url::parse(&stub.url()).unwrap());
    let client = client::guarded(&config, Guard::new(&config));
    let verifier = client.apart(&url);
    assert_eq!(get(&verifier, &stub.url()).await, Some(200));
    assert_eq!(get(&client, &stub.url()).await, None, "no connection of the verifier's is used");
    assert_eq!(get(&client.clone(), &stub.url()).await, None);
    assert!(Guard::new(&config).check(&stub.url()).await.is_err());
    assert_eq!(stub.probes().len(), 1);
}

/// A literal address never meets a resolver, and is looked at all the same.
#[actix_web::test]
async fn literal_addresses_are_looked_at() {
    let stub = Stub::start();
    for host in ["127.0.0.1", "localhost"] {
        let config = config(false);
        let client = client::guarded(&config, Guard::new(&config));
        let url = format!("http://{host}:{}", stub.port());
        assert_eq!(get(&client, &url).await, None, "{host}");
    }
    assert!(stub.probes().is_empty());
    // The environment's own address is the operator's word.
    let config = Upstream { ollama_base_url: stub.url(), ..config(false) };
    let client = client::guarded(&config, Guard::new(&config));
    assert_eq!(get(&client, &stub.url()).await, Some(200));
}
