//! Upstreams that answer before they answer, and bodies that end with their connection.

use futures_util::future::join_all;
use pool_stub::{Gate, Reply, Step, chat_json};
use serde_json::json;

use super::{CHAT, HELLO, STOP, add_keys, soon, streamed, usage};
use crate::support::{Answer, Store, TestApp, both_stores};

fn interim(status: &str) -> Step {
    let link = "link: </style.css>; rel=preload\r\nx-ratelimit-limit: 1";
    Step::Send(format!("HTTP/1.1 {status}\r\n{link}\r\n\r\n").into_bytes())
}

/// Bytes that are an answer together with the end of their connection.
fn until_closed(version: &str, kind: &str, body: &str) -> Reply {
    let bytes = format!("HTTP/{version} 200 OK\r\ncontent-type: {kind}\r\n\r\n{body}");
    Reply::steps(vec![Step::Send(bytes.into_bytes()), Step::Close])
}

/// Four requests of each of these tokens at once, each for a model of its own; the answer says
/// which.
async fn ask_all(app: &TestApp, tokens: &[String], round: usize) -> Vec<(String, Answer)> {
    let each = tokens.iter().flat_map(|token| (0..4).map(move |n| (token, n)));
    let asking = each.enumerate().map(async |(id, (token, n))| {
        let model = format!("model-{round}-{id}");
        let body = json!({"model": model, "messages": [], "stream": n == 3});
        (model, app.call("POST", CHAT, token, Some(&body)).await)
    });
    join_all(asking).await
}

both_stores! {
    async fn early_hints_are_nobodys_answer(app) {
        add_keys(&app, 4).await;
        let mut tokens = Vec::new();
        for n in 0..6 {
            tokens.push(app.make_token(&json!({"name": format!("client-{n}")})).await);
        }
        for round in 0..3 {
            // The hints are on the wire of every connection before the first answer is.
            let gate = Gate::new();
            app.stub.always("*", Reply::after(vec![
                interim("103 Early Hints"), Step::Wait(gate.clone()),
            ]));
            let arrive_and_open = async {
                soon(app.stub.arrived((round + 1) * 24)).await;
                gate.open();
            };
            let (answers, ()) =
                futures_util::future::join(ask_all(&app, &tokens, round), arrive_and_open).await;
            for (model, answer) in answers {
                assert_eq!(answer.status, 200, "{model}: {}", answer.text());
                assert_eq!(answer.header("x-pool-attempts"), Some("1"), "{model}");
                assert_eq!(answer.header("x-ratelimit-limit"), None, "a hint's header");
                assert!(answer.text().contains(&format!("\"model\":\"{model}\"")), "{model}");
            }
        }
        assert_eq!(app.stub.calls().len(), 72, "each was asked once");
    }
}

#[actix_web::test]
async fn every_interim_answer_is_skipped() {
    let app = TestApp::start(Store::Sqlite, &[]).await;
    add_keys(&app, 1).await;
    for interims in [
        vec!["100 Continue"],
        vec!["102 Processing"],
        vec!["103 Early Hints", "103 Early Hints", "102 Processing", "100 Continue"],
    ] {
        let steps: Vec<_> = interims.iter().map(|status| interim(status)).collect();
        app.stub.next("*", Reply::after(steps.clone()));
        assert_eq!(app.ask("m").await.text(), chat_json("m"), "{interims:?}");
        app.stub.next("*", Reply::after(steps));
        let stream = app.chat(&streamed("m")).await;
        assert!(stream.status == 200 && stream.text().ends_with("[DONE]\n\n"), "{interims:?}");
    }
    assert_eq!(app.stub.calls().len(), 6);
    app.stop().await;
}

both_stores! {
    async fn a_body_may_end_with_its_connection(app) {
        add_keys(&app, 3).await;
        let events = format!("data: {HELLO}\n\ndata: {STOP}\n\ndata: [DONE]\n\n");
        for version in ["1.1", "1.0"] {
            app.stub.next("*", until_closed(version, "application/json", &chat_json("m")));
            let plain = app.ask("m").await;
            assert_eq!((plain.status, plain.text()), (200, chat_json("m")), "HTTP/{version}");
            app.stub.next("*", until_closed(version, "text/event-stream", &events));
            let stream = app.chat(&streamed("m")).await;
            assert_eq!((stream.status, stream.text()), (200, events.clone()), "HTTP/{version}");
            for answer in [plain, stream] {
                assert_eq!(answer.header("x-pool-attempts"), Some("1"), "HTTP/{version}");
            }
        }
        assert_eq!(app.stub.calls().len(), 4, "each was paid for once");
        let rows = usage(&app).await;
        let counts = rows.iter().map(|row| (row.requests, row.success, row.attempts));
        let sums = counts.fold((0, 0, 0), |a, b| (a.0 + b.0, a.1 + b.1, a.2 + b.2));
        assert_eq!(sums, (4, 4, 4));
    }
}

#[actix_web::test]
async fn a_connection_that_was_closed_while_idle_is_no_attempt() {
    let app = TestApp::start(Store::Sqlite, &[]).await;
    add_keys(&app, 2).await;
    for end in [Step::Close, Step::Reset] {
        assert_eq!(app.ask("m").await.status, 200);
        // Not a byte comes back on the connection that is kept from the request before.
        app.stub.next("*", Reply::steps(vec![end]));
        let before = app.stub.calls().len();
        let answer = app.ask("m").await;
        assert_eq!((answer.status, answer.header("x-pool-attempts")), (200, Some("1")));
        let calls = app.stub.calls();
        assert_eq!(calls.len() - before, 2, "sent once more");
        assert_eq!(calls[before].key, calls[before + 1].key, "with the same key");
        assert_eq!(calls[before].body, calls[before + 1].body);
    }
    let stats = app.stats().await;
    assert_eq!((&stats["success_count"], &stats["failure_count"]), (&json!(4), &json!(0)));
    app.stop().await;
}

#[actix_web::test]
async fn a_byte_of_an_answer_is_an_attempt() {
    let app = TestApp::start(Store::Sqlite, &[]).await;
    add_keys(&app, 2).await;
    for begun in ["H", "HTTP/1.1 103 Early Hints\r\n\r\n", "HTTP/1.1 200 OK\r\ncontent-le"] {
        assert_eq!(app.ask("m").await.status, 200);
        app.stub.next("*", Reply::steps(vec![Step::Send(begun.as_bytes().to_vec()), Step::Close]));
        let before = app.stub.calls().len();
        let answer = app.ask("m").await;
        assert_eq!(
            (answer.status, answer.header("x-pool-attempts")),
            (200, Some("2")),
            "{begun:?}"
        );
        let calls = app.stub.calls();
        assert_ne!(calls[before].key, calls[before + 1].key, "{begun:?}");
    }
    app.stop().await;
}
