//! What the client is told when no key could serve.

use super::{add_keys, enable, error, streamed};
use crate::support::{Store, TestApp, both_stores};
use pool_stub::{Reply, Step};

/// The last reply of every key, and what the client is told: status, code, `Retry-After`.
fn last_words() -> Vec<(Reply, u16, &'static str, Option<&'static str>)> {
    let busy = || error(503, "Server overloaded, please retry shortly");
    vec![
        (error(500, "no"), 502, "upstream_error", None),
        (error(502, "no"), 502, "upstream_error", None),
        (busy(), 503, "upstream_overloaded", Some("2")),
        (busy().with_header("retry-after", "7"), 503, "upstream_overloaded", Some("2")),
        (error(429, "too many concurrent requests"), 429, "upstream_rate_limited", Some("1")),
        (error(401, "no"), 503, "no_healthy_key", Some("2")),
        (error(402, "no"), 503, "no_healthy_key", Some("2")),
        (error(403, "requires a subscription"), 503, "model_unavailable", Some("86400")),
        (Reply::html(), 502, "upstream_error", None),
        (Reply::empty(), 502, "upstream_error", None),
        (Reply::reset(), 502, "upstream_error", None),
    ]
}

both_stores! {
    async fn the_last_failure_is_told(app) {
        let ids = add_keys(&app, 3).await;
        for (n, (reply, status, code, retry_after)) in last_words().into_iter().enumerate() {
            app.stub.always("*", reply);
            let answer = app.ask(&format!("model-{n}")).await;
            let error = &answer.json()["error"];
            let message = error["message"].as_str().expect("a message");
            assert_eq!((answer.status, answer.code().as_str()), (status, code), "{message}");
            assert_eq!(answer.header("retry-after"), retry_after, "{message}");
            assert!(message.contains("attempts: 3") && !message.contains("sk-"), "{message}");
            assert!(error["type"].is_string() && error["param"].is_null(), "{error}");
            assert!(answer.header("x-request-id").is_some());
            enable(&app, &ids).await;
            // Retries of the last ones count against no budget any more.
            app.app.clock.advance(std::time::Duration::from_secs(11));
        }
    }
}

#[actix_web::test]
async fn a_silent_upstream_is_given_up() {
    let settings = ["--upstream-header-timeout-ms=200", "--max-attempts=2"];
    let app = TestApp::start(Store::Sqlite, &settings).await;
    add_keys(&app, 3).await;
    let silent_stream = Reply::sse_raw(vec![Step::Hang]);
    for (reply, model) in [(Reply::hang(), "m"), (silent_stream, "n")] {
        app.stub.always("*", reply);
        let before = app.stub.calls().len();
        let answer = app.chat(&streamed(model)).await;
        assert_eq!((answer.status, answer.code()), (504, "upstream_timeout".to_owned()));
        assert_eq!(app.stub.calls().len() - before, 2);
    }
    assert_eq!(app.stats().await["active_keys"], 3, "no key is to blame");
    app.stop().await;
}

#[actix_web::test]
async fn an_upstream_that_is_not_there_is_502() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("--ollama-base-url=http://{}", nobody.local_addr().expect("bound"));
    drop(nobody);
    let app = TestApp::start(Store::Sqlite, &[&url]).await;
    add_keys(&app, 1).await;
    let answer = app.ask("llama3.2").await;
    assert_eq!((answer.status, answer.code()), (502, "upstream_error".to_owned()));
    app.stop().await;
}
