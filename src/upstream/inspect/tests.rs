//! What is seen does not depend on how the bytes are cut.

use std::io::Write;

use actix_web::http::header::HeaderValue;
use flate2::write::GzEncoder;
use proptest::prelude::*;

use super::{Inspector, Packing, Seen, packing};
use crate::stats::Tokens;
use crate::upstream::redact::Redactor;

const STREAM: &str = concat!(
    ": OPENROUTER PROCESSING\n\n",
    "data: {\"model\":\"m\",\"choices\":[{\"delta\":{\"content\":\"say \\\"error\\\": {} \\\"usage\\\": {\"},\"finish_reason\":null}]}\r\n\r\n",
    "event: message\ndata:{\"choices\":[{\"delta\":{},\"finish_reason\": \"stop\"}],\"error\":null}\n\n",
    "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":12,\"completion_tokens\":34}}\n\n",
    "data: [DONE]\n\n",
);

fn look(bytes: &[u8], cuts: &[usize], sse: bool, encoding: Option<&str>) -> Seen {
    let mut inspector = if packing(encoding.into_iter()) == Packing::Gzip {
        let key = HeaderValue::from_static("Bearer sk-inspected");
        Inspector::unpacking(sse, Redactor::new(&key))
    } else {
        Inspector::new(sse)
    };
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
        model: seen.model.clone(),
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
        let plain = look(STREAM.as_bytes(), &cuts, true, None);
        let packed = look(&gzip(STREAM), &cuts, true, Some("gzip"));
        prop_assert!(is_good(&plain) && is_good(&packed));
        prop_assert_eq!((plain.model.as_deref(), packed.model.as_deref()), (Some("m"), Some("m")));
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

const STOP: &str = r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;

#[test]
fn every_choice_is_looked_at() {
    let two = r#"data: {"choices":[{"index":0,"finish_reason":null},{"index":1,"finish_reason":"stop"}]}"#;
    let seen = look(format!("{two}\n\n").as_bytes(), &[], true, None);
    assert!(seen.finished && seen.events == 1);
}

#[test]
fn every_line_end_is_one_and_a_mark_at_the_start_is_none() {
    for end in ["\r", "\n", "\r\n"] {
        let text = format!(
            "\u{feff}data: {STOP}{end}{end}event: x{end}data: {{\"usage\":{{\"prompt_tokens\":1}}}}{end}{end}"
        );
        for cut in 0..text.len() {
            let seen = look(text.as_bytes(), &[cut], true, None);
            assert_eq!(
                (seen.events, seen.tokens.prompt, seen.finished),
                (2, 1, true),
                "{end:?} {cut}"
            );
        }
    }
    assert!(look(b"\xef\xbb\xbf{\"choices\":[]}", &[1, 1], false, None).finished);
}

#[test]
fn an_event_may_have_several_lines() {
    let text = "data: {\"error\":\ndata: {\"message\":\"no\"}}\n\ndata: [DONE]\n\n";
    let seen = look(text.as_bytes(), &[9], true, None);
    assert_eq!((seen.events, seen.error.as_deref()), (1, Some("{\"message\":\"no\"}")));
}

#[test]
fn an_end_mark_alone_is_an_answer() {
    let seen = look(b"data: [DONE]\n\n", &[], true, None);
    assert!(seen.anything && seen.finished && seen.events == 0);
}

#[test]
fn an_event_named_error_is_one() {
    let error = |text: &str| look(text.as_bytes(), &[], true, None).error;
    let whole = error("event: error\ndata: {\"message\":\"no\"}\n\n");
    assert_eq!(whole.as_deref(), Some("{\"message\":\"no\"}"));
    let inner = error("event: error\ndata: {\"error\":{\"code\":500}}\n\n");
    assert_eq!(inner.as_deref(), Some("{\"code\":500}"));
    assert_eq!(error("data: so \"sad\"\nevent:error\n\n").as_deref(), Some("\"so \\\"sad\\\"\""));
    assert_eq!(error("event: error\n\ndata: {}\n\n"), None, "the name is of one event");
}

#[test]
fn an_event_of_more_than_a_megabyte_is_one() {
    let long = "x".repeat(3 << 20);
    let usage = r#""usage":{"prompt_tokens":12,"completion_tokens":34}"#;
    for text in [
        format!(
            "data: {{\"choices\":[{{\"finish_reason\":\"stop\",\"text\":\"{long}\"}}],{usage}}}\n\n"
        ),
        format!(
            "data: {{\"choices\":[{{\"text\":\"{long}\",\"finish_reason\":\"stop\"}}],{usage}}}\n\n"
        ),
        format!("data: {{\"text\":\"{long}\",{usage}}}\n\ndata: [DONE]\n\n"),
    ] {
        let seen = look(text.as_bytes(), &[70_000, 199, 77], true, None);
        assert!(is_good(&seen) && seen.events == 1, "{:?}", seen.tokens);
    }
    let unfinished =
        format!("data: {{\"choices\":[{{\"text\":\"{long}\",\"finish_reason\":null}}]}}\n\n");
    assert!(!look(unfinished.as_bytes(), &[], true, None).finished);
}

#[test]
fn how_a_body_is_packed() {
    for (values, expected) in [
        (vec![], Packing::Plain),
        (vec!["identity"], Packing::Plain),
        (vec!["utf-8"], Packing::Plain),
        (vec!["GZip"], Packing::Gzip),
        (vec!["identity, gzip"], Packing::Gzip),
        (vec!["gzip,"], Packing::Gzip),
        (vec!["identity", "x-gzip"], Packing::Gzip),
        (vec!["gzip", "gzip"], Packing::Unreadable),
        (vec!["br"], Packing::Unreadable),
    ] {
        assert_eq!(packing(values.iter().copied()), expected, "{values:?}");
    }
}

#[test]
fn what_only_says_that_it_is_packed_must_not_pass() {
    let key = HeaderValue::from_static("Bearer sk-inspected");
    let mut inspector = Inspector::unpacking(true, Redactor::new(&key));
    inspector.feed(b"data: {\"choices\":[]} sk-inspected\n\n");
    assert!(inspector.must_not_pass());
}

#[test]
fn a_packed_answer_may_have_several_members() {
    let (one, two) = STREAM.split_at(150);
    let packed = [gzip(one), gzip(two)].concat();
    for cuts in [vec![], vec![10, 20, 30], vec![gzip(one).len()]] {
        assert!(is_good(&look(&packed, &cuts, true, Some("gzip"))));
    }
}

#[test]
fn an_empty_error_beside_choices_is_none() {
    for (error, is_one) in
        [("{}", false), ("false", false), ("[]", false), ("{ }", false), ("{\"a\":1}", true)]
    {
        let whole = format!(r#"{{"error":{error},"choices":[]}}"#);
        assert_eq!(look(whole.as_bytes(), &[], false, None).error.is_some(), is_one, "{error}");
        let event = format!("data: {whole}\n\n");
        assert_eq!(look(event.as_bytes(), &[], true, None).error.is_some(), is_one, "{error}");
    }
    assert!(look(br#"{"error":{}}"#, &[], false, None).error.is_some());
}
