//! Clients of HTTP/1.0, who know no chunks.

use pool_stub::Reply;

use super::raw::{Raw, chat, header, parts};
use super::{PLAIN, STREAM, events};
use crate::support::{Store, TestApp};

#[actix_web::test]
async fn a_stream_comes_without_chunks_and_ends_with_the_connection() {
    let app = TestApp::start(Store::Sqlite, &[]).await;
    app.add_key("sk-edges-00000001").await;
    for lines in ["", "connection: keep-alive\r\n"] {
        app.stub.next("*", Reply::sse_raw(events()));
        let answer = Raw::send(&app, chat(&app, "1.0", lines, STREAM)).await.rest().await;
        let (head, body) = parts(&answer);
        assert!(head.starts_with("HTTP/1.0 200 OK"), "{head}");
        assert_eq!(header(head, "transfer-encoding"), None, "{head}");
        assert_eq!(header(head, "content-length"), None, "{head}");
        assert_ne!(header(head, "connection"), Some("keep-alive"), "{head}");
        assert!(body.starts_with("data: {") && body.ends_with("data: [DONE]\n\n"), "{body:?}");
    }
    assert_eq!(app.stats().await["success_count"], 2);
    app.stop().await;
}

#[actix_web::test]
async fn an_answer_of_known_length_keeps_the_connection() {
    let app = TestApp::start(Store::Sqlite, &[]).await;
    app.add_key("sk-edges-00000001").await;
    let ask = chat(&app, "1.0", "connection: keep-alive\r\n", PLAIN);
    let mut client = Raw::send(&app, &ask).await;
    let first = client.until("chatcmpl").await;
    assert_eq!(header(&first, "connection"), Some("keep-alive"), "{first}");
    assert!(header(&first, "content-length").is_some(), "{first}");
    client.more(chat(&app, "1.0", "", PLAIN)).await;
    let both = client.rest().await;
    assert_eq!(both.matches("HTTP/1.0 200 OK").count(), 2, "{both}");
    app.stop().await;
}
