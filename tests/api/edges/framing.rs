//! Requests that are no HTTP are told so in words, with an id.

use super::raw::{Raw, code, header, parts};
use crate::support::{Store, TestApp};

fn assert_refused(answer: &str, status: u16, expected: &str) {
    let (head, body) = parts(answer);
    assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
    assert_eq!(code(body), expected, "{answer}");
    assert_eq!(header(head, "content-type"), Some("application/json"));
    assert_eq!(header(head, "connection"), Some("close"));
    assert_eq!(header(head, "content-length"), Some(body.len().to_string().as_str()));
    assert!(header(head, "x-request-id").is_some_and(|id| id.len() == 36), "{head}");
}

#[actix_web::test]
async fn heads_that_can_not_be_read() {
    let app = TestApp::start(Store::Sqlite, &[]).await;
    let many = (0..120).map(|n| format!("x-{n}: 1\r\n")).collect::<String>();
    let long = format!("x-long: {}\r\n", "x".repeat(300_000));
    let post = "POST /v1/chat/completions HTTP/1.1\r\nhost: pool\r\n";
    let cases = [
        ("NONSENSE\r\n\r\n".to_owned(), 400, "malformed_request"),
        ("GET /livez\r\n\r\n".to_owned(), 400, "malformed_request"),
        ("GET /livez HTTP/9.9\r\n\r\n".to_owned(), 400, "malformed_request"),
        (
            "GET /livez HTTP/1.1\r\nhost: pool\r\nbad header\r\n\r\n".to_owned(),
            400,
            "malformed_request",
        ),
        ("GET /livez HTTP/1.1\r\n\r\n".to_owned(), 400, "malformed_request"),
        (
            format!("{post}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n{{}}"),
            400,
            "malformed_request",
        ),
        (
            format!("{post}content-length: 2\r\ncontent-length: 3\r\n\r\n{{}}"),
            400,
            "malformed_request",
        ),
        (format!("{post}transfer-encoding: gzip\r\n\r\n"), 400, "malformed_request"),
        (format!("GET /livez HTTP/1.1\r\nhost: pool\r\n{many}\r\n"), 431, "head_too_large"),
        (format!("GET /livez HTTP/1.1\r\nhost: pool\r\n{long}\r\n"), 431, "head_too_large"),
    ];
    for (bytes, status, expected) in cases {
        let answer = Raw::send(&app, bytes).await.rest().await;
        assert_refused(&answer, status, expected);
    }
    app.stop().await;
}

#[actix_web::test]
async fn the_second_request_of_a_connection() {
    let app = TestApp::start(Store::Sqlite, &[]).await;
    let mut client = Raw::send(&app, "GET /livez HTTP/1.1\r\nhost: pool\r\n\r\n").await;
    let first = client.until("{\"status\":\"ok\"}").await;
    assert!(first.starts_with("HTTP/1.1 200 OK\r\n"), "{first}");
    client.more("NONSENSE\r\n\r\n").await;
    let both = client.rest().await;
    assert_refused(both.strip_prefix(&first).expect("the same bytes"), 400, "malformed_request");
    app.stop().await;
}
