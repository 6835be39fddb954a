//! Bodies that clients have compressed.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;

use super::raw::{Raw, chat, code, header, parts};
use crate::support::{Store, TestApp};

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text).expect("memory");
    encoder.finish().expect("memory")
}

fn zstd(text: &[u8]) -> Vec<u8> {
    zstd::encode_all(text, 3).expect("memory")
}

async fn ask(app: &TestApp, coding: &str, body: &[u8]) -> String {
    let lines = format!("content-encoding: {coding}\r\nconnection: close\r\n");
    Raw::send(app, chat(app, "1.1", &lines, body)).await.rest().await
}

#[actix_web::test]
async fn the_upstream_gets_what_was_compressed() {
    let app = TestApp::start(Store::Sqlite, &[]).await;
    app.add_key("sk-edges-00000001").await;
    let text = br#"{"model": "m",  "messages": [{"role": "user", "content": "Hi"}]}"#;
    let cases = [("gzip", gzip(text)), ("zstd", zstd(text)), ("identity", text.to_vec())];
    for (n, (coding, body)) in cases.iter().enumerate() {
        let answer = ask(&app, coding, body).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{coding}: {answer}");
        let calls = app.stub.calls();
        let call = &calls[n];
        assert_eq!(call.body, text, "{coding}");
        assert_eq!(call.header("content-encoding"), None, "{coding}");
    }
    app.stop().await;
}

#[actix_web::test]
async fn what_can_not_be_decoded_is_refused() {
    let app = TestApp::start(Store::Sqlite, &["--max-body-bytes=4096"]).await;
    app.add_key("sk-edges-00000001").await;
    let huge = json!({"model": "m", "pad": "x".repeat(1 << 20)}).to_string();
    let cut = gzip(br#"{"model":"m"}"#);
    let cases = [
        ("gzip", gzip(huge.as_bytes()), 413, "body_too_large"),
        ("zstd", zstd(huge.as_bytes()), 413, "body_too_large"),
        ("gzip", cut[..cut.len() - 4].to_vec(), 400, "malformed_request"),
        ("zstd", b"{\"model\":\"m\"}".to_vec(), 400, "malformed_request"),
        ("br", b"x".to_vec(), 415, "unsupported_media_type"),
        ("deflate", b"x".to_vec(), 415, "unsupported_media_type"),
        ("gzip, gzip", gzip(&gzip(b"{}")), 415, "unsupported_media_type"),
    ];
    for (coding, body, status, expected) in cases {
        assert!(body.len() < 4096);
        let answer = ask(&app, coding, &body).await;
        let (head, body) = parts(&answer);
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{coding}: {answer}");
        assert_eq!(code(body), expected, "{coding}");
        if status == 415 {
            assert_eq!(header(head, "accept-encoding"), Some("gzip, zstd, identity"));
        }
    }
    assert_eq!(app.stub.calls().len(), 0);
    app.stop().await;
}
