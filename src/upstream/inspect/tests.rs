//! What is seen does not depend on how the bytes are cut.

use std::io::Write;

use flate2::write::GzEncoder;
use proptest::prelude::*;

use super::{Inspector, Seen};
use crate::stats::Tokens;

const STREAM: &str = concat!(
    ": OPENROUTER PROCESSING\n\n",
    "data: {\"choices\":[{\"delta\":{\"content\":\"say \\\"error\\\": {} \\\"usage\\\": {\"},\"finish_reason\":null}]}\r\n\r\n",
    "event: message\ndata:{\"choices\":[{\"delta\":{},\"finish_reason\": \"stop\"}],\"error\":null}\n\n",
    "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":12,\"completion_tokens\":34}}\n\n",
    "data: [DONE]\n\n",
);

fn look(bytes: &[u8], cuts: &[usize], sse: bool, encoding: Option<&str>) -> Seen {
    let mut inspector = Inspector::new(sse, encoding);
    let mut rest = bytes;
    for cut in cuts {
        let (piece, after) = rest.split_at(cut % (rest.len() + 1));
        inspector.feed(piece);
        rest = after;
    }
    inspector.feed(rest);
    inspector.end();
    let seen = inspector.seen();
    Seen {
        anything: seen.anything,
        finished: seen.finished,
        error: seen.error.clone(),
        malformed: seen.malformed,
        tokens: seen.tokens,
        events: seen.events,
    }
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn is_good(seen: &Seen) -> bool {
    seen.anything
        && seen.finished
        && seen.error.is_none()
        && !seen.malformed
        && seen.tokens == Tokens { prompt: 12, completion: 34 }
}

proptest! {
    #[test]
    fn a_stream_is_read_however_it_is_cut(cuts in proptest::collection::vec(0_usize..200, 0..30)) {
        prop_assert!(is_good(&look(STREAM.as_bytes(), &cuts, true, None)));
        prop_assert!(is_good(&look(&gzip(STREAM), &cuts, true, Some("gzip"))));
    }

    #[test]
    fn any_bytes_are_survived(bytes: Vec<u8>, cuts in proptest::collection::vec(0_usize..50, 0..5), sse: bool) {
        look(&bytes, &cuts, sse, None);
        look(&bytes, &cuts, sse, Some("gzip"));
    }
}

#[test]
fn an_error_event_is_an_error_and_its_text_is_kept() {
    let stream = "data: {\"error\":{\"code\":502,\"message\":\"no\"},\"choices\":[{\"finish_reason\":\"error\"}]}\n\n";
    let seen = look(stream.as_bytes(), &[3, 9], true, None);
    assert_eq!(seen.error.as_deref(), Some("{\"code\":502,\"message\":\"no\"}"));
}

#[test]
fn a_stream_without_a_finish_is_not_finished() {
    let stream = "data: {\"choices\":[{\"delta\":{\"content\":\"finish_reason\"},\"finish_reason\":null}]}\n\n";
    let seen = look(stream.as_bytes(), &[], true, None);
    assert!(seen.anything && !seen.finished);
}

#[test]
fn plain_answers_are_told_from_errors_and_from_html() {
    let good = r#"{"choices":[],"usage":{"prompt_tokens":12,"completion_tokens":34}}"#;
    assert!(is_good(&look(good.as_bytes(), &[], false, None)));
    assert!(look(br#"{"error":{"message":"x"}}"#, &[], false, None).error.is_some());
    assert!(look(br#"{"error":null,"choices":[]}"#, &[], false, None).error.is_none());
    assert!(look(b"<html></html>", &[], false, None).malformed);
    assert!(look(br#"{"choices":["#, &[], false, None).malformed);
    assert!(!look(b" \n", &[], false, None).anything);
    // An odd usage makes no answer bad.
    assert!(look(br#"{"usage":"free"}"#, &[], false, None).finished);
}

#[test]
fn usage_is_found_at_the_end_of_a_very_long_answer() {
    let long = format!(
        r#"{{"data":"{}","usage":{{"prompt_tokens":12,"completion_tokens":34}}}}"#,
        "x".repeat(9 << 20)
    );
    assert!(is_good(&look(long.as_bytes(), &[100_000, 199, 77], false, None)));
}
