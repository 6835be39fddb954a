//! Upstreams that repeat the key: it never reaches a client.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use pool_stub::{Gate, Reply, Step};
use serde_json::json;

use super::lines::Lines;
use super::{CHAT, HELLO, STOP, event, piece, send, soon};
use crate::support::{Answer, Store, TestApp, both_stores};

const KEY: &str = "sk-repeated-0000000001";
/// The key's place, of the same length.
const MARK: &str = "[key]*****************";

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).expect("it fits");
    encoder.finish().expect("it ends")
}

/// A packed body in pieces of a few bytes, with its length.
fn packed(status: u16, text: &str) -> Reply {
    let body = gzip(text);
    let head = format!(
        "HTTP/1.1 {status} Said\r\ncontent-type: application/json\r\n\
         content-encoding: gzip\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let pieces = body.chunks(7).map(|piece| Step::Send(piece.to_vec()));
    Reply::steps([Step::Send(head.into_bytes())].into_iter().chain(pieces).collect())
}

/// A chat of a client that takes gzip.
async fn ask(app: &TestApp, stream: bool) -> Answer {
    let body = json!({"model": "m", "stream": stream}).to_string();
    Answer::read(send(app, CHAT, &[("accept-encoding", "gzip")], body).await).await
}

/// The body as the client reads it.
fn read(answer: &Answer) -> String {
    match answer.header("content-encoding") {
        None => answer.text(),
        Some(encoding) => {
            assert_eq!(encoding, "gzip");
            let mut text = String::new();
            MultiGzDecoder::new(&*answer.body).read_to_string(&mut text).expect("gzip");
            text
        }
    }
}

#[track_caller]
fn assert_clean(answer: &Answer, expected: &str) {
    assert_eq!(read(answer), expected);
    assert!(!answer.broken);
    for (name, value) in &answer.headers {
        assert!(!value.to_str().unwrap_or_default().contains(KEY), "{name}");
    }
}

both_stores! {
    async fn in_what_it_says_of_the_request(app) {
        app.add_key(KEY).await;
        let words = |key: &str| format!(r#"{{"error":{{"message":"bad Bearer {key}, yes {key}"}}}}"#);
        app.stub.next(KEY, Reply::json(400, &words(KEY)));
        assert_clean(&ask(&app, false).await, &words(MARK));
        app.stub.next(KEY, packed(400, &words(KEY)));
        let answer = ask(&app, false).await;
        assert_eq!(answer.status, 400);
        assert_clean(&answer, &words(MARK));
        app.stub.next(KEY, packed(400, &words("nothing")));
        let answer = ask(&app, false).await;
        assert_eq!(answer.header("content-encoding"), Some("gzip"), "as it came");
        assert_clean(&answer, &words("nothing"));
        let inside = format!(r#"{{"error":{{"message":"no {KEY}","code":400}}}}"#);
        for reply in [Reply::json(200, &inside), packed(200, &inside)] {
            app.stub.next(KEY, reply);
            let answer = ask(&app, false).await;
            assert_eq!(answer.status, 400);
            assert_eq!(answer.json()["error"]["message"], format!("no {MARK}"));
        }
    }

    async fn in_good_answers(app) {
        app.add_key(KEY).await;
        let said = |key: &str| format!(r#"{{"choices":[],"text":"It is {key}. Use Bearer {key}!"}}"#);
        app.stub.next(KEY, Reply::json(200, &said(KEY)));
        let answer = ask(&app, false).await;
        assert_eq!(answer.header("content-length"), Some(&*said(KEY).len().to_string()));
        assert_clean(&answer, &said(MARK));
        app.stub.next(KEY, packed(200, &said(KEY)));
        assert_clean(&ask(&app, false).await, &said(MARK));
        // Longer than what is held back, with a promised length, and cut in the midst of the key.
        let long = format!(r#"{{"fill":"{}","text":"{KEY} {KEY}","end":"sk-"}}"#, "x".repeat(2 << 20));
        let head = format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", long.len());
        let (one, two) = long.split_at(long.find(KEY).expect("there") + 5);
        let gate = Gate::new();
        gate.open();
        app.stub.next(KEY, Reply::steps(vec![
            Step::Send([head.as_bytes(), one.as_bytes()].concat()), Step::Wait(gate),
            Step::Send(two.as_bytes().to_vec()),
        ]));
        let answer = ask(&app, false).await;
        assert_eq!(answer.body.len(), long.len());
        assert_clean(&answer, &long.replace(KEY, MARK));
        assert_eq!(app.stats().await["success_count"], 3);
    }

    async fn in_streams_however_they_are_cut(app) {
        app.add_key(KEY).await;
        let text = format!(
            "data: {HELLO}\n\ndata: {{\"choices\":[],\"x\":\"sk-repeated {KEY}{KEY}\"}}\n\n\
             data: {STOP}\n\ndata: [DONE]\n\n"
        );
        for size in [1, 2, 5, 21, 22, 23, 1000] {
            let parts = text.as_bytes().chunks(size).map(|part| Step::Send(part.to_vec()));
            app.stub.next(KEY, Reply::sse_raw(parts.collect()));
            assert_clean(&ask(&app, true).await, &text.replace(KEY, MARK));
        }
        let last = format!("event: error\ndata: {{\"message\":\"bad {KEY}\"}}\n\n");
        let steps = vec![event(HELLO), Step::Send(last.clone().into_bytes())];
        app.stub.next(KEY, Reply::sse_raw(steps));
        let expected = format!("data: {HELLO}\n\n{}", last.replace(KEY, MARK));
        assert_clean(&ask(&app, true).await, &expected);
        // The beginning of a key that the stream ends with is no key.
        let open = format!("data: {STOP}\n\n: sk-repe");
        app.stub.next(KEY, Reply::sse_raw(vec![Step::Send(open.clone().into_bytes())]));
        assert_clean(&ask(&app, true).await, &open);
    }

    async fn in_headers(app) {
        app.add_key(KEY).await;
        for status in [200, 400] {
            let reply = Reply::json(status, r#"{"choices":[]}"#)
                .with_header("openai-version", &format!("for Bearer {KEY}"))
                .with_header("x-request-id", KEY)
                .with_header("x-ratelimit-limit-tokens", &format!("{KEY};w=60"));
            app.stub.next(KEY, reply);
            let answer = ask(&app, false).await;
            assert_eq!(answer.status, status);
            assert_clean(&answer, r#"{"choices":[]}"#);
            assert_eq!(answer.header("openai-version"), Some(&*format!("for Bearer {MARK}")));
            assert_eq!(answer.header("x-upstream-request-id"), Some(MARK));
        }
    }
}

/// What is packed can't be changed once its beginning is out: it is cut off.
#[actix_web::test]
async fn in_packed_streams() {
    let app = TestApp::start(Store::Sqlite, &[]).await;
    app.add_key(KEY).await;
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    write!(gzip, "data: {HELLO}\n\n").expect("it fits");
    gzip.flush().expect("it flushes");
    let first = std::mem::take(gzip.get_mut());
    write!(gzip, "data: {{\"x\":\"{KEY}\"}}\n\ndata: {STOP}\n\n").expect("it fits");
    let rest = gzip.finish().expect("it ends");
    let gate = Gate::new();
    let steps = vec![Step::Send(first.clone()), Step::Wait(gate.clone()), Step::Send(rest.clone())];
    app.stub.next(KEY, Reply::sse_raw(steps).with_header("content-encoding", "gzip"));
    let body = r#"{"model":"m","stream":true}"#;
    let mut response = send(&app, CHAT, &[("accept-encoding", "gzip")], body).await;
    let begun = soon(futures_util::StreamExt::next(&mut response)).await;
    assert!(begun.expect("there is one").expect("it is whole") == first);
    gate.open();
    let answer = Answer::read(response).await;
    let mut text = Vec::new();
    let _ = MultiGzDecoder::new(&*[first.clone(), answer.body].concat()).read_to_end(&mut text);
    assert!(!String::from_utf8_lossy(&text).contains(KEY));
    assert_eq!(app.stats().await["failure_count"], 1);
    // The client can see that it is not whole: the last chunk is missing.
    let gate = Gate::new();
    let steps = vec![Step::Send(first.clone()), Step::Wait(gate.clone()), Step::Send(rest)];
    app.stub.next(KEY, Reply::sse_raw(steps).with_header("content-encoding", "gzip"));
    let head = format!("accept-encoding: gzip\r\ncontent-length: {}\r\n", body.len());
    let mut client = Lines::chat(&app, &head, body).await;
    client.until("HTTP/1.1 200").await;
    gate.open();
    let bytes = client.until_closed().await;
    assert!(bytes.starts_with(b"HTTP/1.1 200") && !bytes.ends_with(b"0\r\n\r\n"));
    app.stop().await;
}

#[actix_web::test]
async fn nothing_waits_for_more_that_can_be_no_key() {
    let app = TestApp::start(Store::Sqlite, &[]).await;
    app.add_key(KEY).await;
    let gate = Gate::new();
    let begun = Step::Send(b"data: {\"x\":\"sk-repeated-000\"}\n\n".to_vec());
    let steps = vec![event(HELLO), begun, Step::Wait(gate.clone()), event(STOP)];
    app.stub.next(KEY, Reply::sse_raw(steps));
    let mut response = super::open_stream(&app, "m").await;
    let mut text = String::new();
    while !text.contains("sk-repeated-000\"}\n\n") {
        text.push_str(&piece(&mut response).await);
    }
    assert!(gate.closed());
    gate.open();
    assert!(Answer::read(response).await.text().contains("stop"));
    app.stop().await;
}
