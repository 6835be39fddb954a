//! Answers of upstreams over whatever bytes, as streams and whole: how they are cut into pieces
//! changes nothing of what is seen in them.

#![no_main]

use libfuzzer_sys::fuzz_target;

use inspect::json::JsonScan;
use inspect::seen::Seen;
use inspect::sse::SseScan;

/// The program's own source, and of the rest what it needs.
#[path = "../../src/upstream/inspect"]
#[allow(dead_code)]
mod inspect {
    pub mod json;
    pub mod seen;
    pub mod sse;
}

mod stats {
    #[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
    pub struct Tokens {
        pub prompt: i64,
        pub completion: i64,
    }
}

fuzz_target!(|data: &[u8]| {
    let (cuts, answer) = data.split_at(data.len().min(4));
    let whole = told(&stream(answer, &[answer.len()]));
    assert_eq!(told(&stream(answer, &lengths(cuts))), whole);
    let plain = told(&json(answer, &[answer.len()]));
    assert_eq!(told(&json(answer, &lengths(cuts))), plain);
    // An error in a stream is JSON: it becomes a part of an answer.
    for seen in [stream(answer, &[1]), json(answer, &[1])] {
        if let Some(error) = &seen.error {
            serde_json::from_str::<&serde_json::value::RawValue>(error).expect("JSON");
        }
        assert!(seen.tokens.prompt >= 0 && seen.tokens.completion >= 0);
    }
});

fn lengths(cuts: &[u8]) -> Vec<usize> {
    if cuts.is_empty() { vec![1] } else { cuts.iter().map(|cut| usize::from(*cut).max(1)).collect() }
}

fn stream(answer: &[u8], lengths: &[usize]) -> Seen {
    let mut scan = SseScan::default();
    in_pieces(answer, lengths, |piece| scan.scan(piece));
    scan.end();
    scan.seen
}

fn json(answer: &[u8], lengths: &[usize]) -> Seen {
    let mut scan = JsonScan::default();
    in_pieces(answer, lengths, |piece| scan.scan(piece));
    scan.end();
    scan.seen
}

fn in_pieces(mut rest: &[u8], lengths: &[usize], mut take: impl FnMut(&[u8])) {
    let mut lengths = lengths.iter().cycle();
    while !rest.is_empty() {
        let length = lengths.next().map_or(1, |length| (*length).max(1));
        let (piece, later) = rest.split_at(length.min(rest.len()));
        take(piece);
        rest = later;
    }
}

fn told(seen: &Seen) -> String {
    format!("{seen:?}")
}
