//! How long upstreams may take, for what, and what happens after it.

use std::time::Duration;

use futures_util::future::join_all;
use pool_stub::{Gate, Reply, Step, chat_json};
use serde_json::json;

use super::{add_keys, soon, streamed};
use crate::support::{ADMIN_TOKEN, Store, TestApp, both_stores, until};

/// A byte each few milliseconds, without an end.
fn dribbling(head: &str) -> Reply {
    let byte = || [Step::Send(b" ".to_vec()), Step::Pause(Duration::from_millis(20))];
    let head = Step::Send(head.as_bytes().to_vec());
    let bytes = (0..500).flat_map(|_| byte());
    Reply::steps(std::iter::once(head).chain(bytes).chain([Step::Hang]).collect())
}

const JSON_HEAD: &str =
    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n\r\n";

both_stores! {
    async fn a_plain_answer_takes_its_time(app, ["--upstream-header-timeout-ms=100"]) {
        add_keys(&app, 3).await;
        let gate = Gate::new();
        app.stub.next("*", Reply::after(vec![Step::Wait(gate.clone())]));
        // A stream that doesn't begin is given up meanwhile, and three keys were asked for it.
        app.stub.next("*", Reply::hang());
        app.stub.next("*", Reply::hang());
        app.stub.next("*", Reply::hang());
        let stream = async {
            soon(app.stub.arrived(1)).await;
            let answer = app.chat(&streamed("n")).await;
            assert_eq!((answer.status, answer.code()), (504, "upstream_timeout".to_owned()));
            assert_eq!(answer.text().matches("attempts: 3").count(), 1, "{}", answer.text());
            gate.open();
        };
        let (plain, ()) = futures_util::future::join(app.ask("m"), stream).await;
        assert_eq!((plain.status, plain.text()), (200, chat_json("m")));
        assert_eq!(plain.header("x-pool-attempts"), Some("1"));
        assert_eq!(app.stub.calls().len(), 4);
    }

    async fn after_it_nobody_else_is_asked(
        app, ["--upstream-answer-timeout-ms=300", "--upstream-idle-timeout-ms=200"]
    ) {
        let ids = add_keys(&app, 3).await;
        let replies = [
            Reply::hang(),
            Reply::steps(vec![Step::Send(JSON_HEAD.into()), Step::Hang]),
            dribbling(JSON_HEAD),
        ];
        for (n, reply) in replies.into_iter().enumerate() {
            app.stub.next("*", reply);
            let answer = app.ask(&format!("model-{n}")).await;
            assert_eq!((answer.status, answer.code()), (504, "upstream_timeout".to_owned()), "{n}");
            assert_eq!(app.stub.calls().len(), n + 1, "one key was asked");
        }
        soon(app.stub.aborted(3)).await;
        for id in ids {
            assert_eq!(app.key(id).await["status"], "active", "no key is to blame");
        }
    }

    async fn a_dribbling_catalogue_holds_up_nobody(app, ["--upstream-header-timeout-ms=300"]) {
        let fresh = app.call("GET", "/v1/models", "", None).await;
        assert_eq!(fresh.status, 200);
        let test = "/admin/providers/ollama/test";
        app.stub.on_probe("*", dribbling(JSON_HEAD));
        // The list of before for everybody, and the first has not even asked to the end.
        expire(&app).await;
        let all = join_all((0..10).map(|_| app.call("GET", "/v1/models", "", None))).await;
        assert!(all.iter().all(|answer| answer.status == 200 && answer.body == fresh.body));
        assert_eq!(app.stub.probes().len(), 2, "only one asked");
        let tested = app.call("POST", test, ADMIN_TOKEN, None).await.json();
        assert_eq!((&tested["ok"], &tested["error"]), (&json!(false), &json!("timed_out")));
        // Without a list of before they are told in time.
        app.app.cache.forget("models-old:ollama").await;
        app.app.cache.forget("models:ollama").await;
        let all = join_all((0..5).map(|_| app.call("GET", "/v1/models", "", None))).await;
        for answer in all {
            assert_eq!((answer.status, answer.code()), (504, "upstream_timeout".to_owned()));
        }
    }
}

#[actix_web::test]
async fn others_get_the_old_list_while_one_asks() {
    let app = TestApp::start(Store::Sqlite, &[]).await;
    let fresh = app.call("GET", "/v1/models", "", None).await;
    let gate = Gate::new();
    let list = r#"{"data":[{"id":"new"}]}"#;
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{list}", list.len());
    let held = vec![Step::Wait(gate.clone()), Step::Send(head.into_bytes())];
    app.stub.on_probe("*", Reply::steps(held));
    expire(&app).await;
    let first = app.call("GET", "/v1/models", "", None);
    let others = async {
        soon(gate.reached()).await;
        for _ in 0..3 {
            assert_eq!(app.call("GET", "/v1/models", "", None).await.body, fresh.body);
        }
        gate.open();
    };
    let (first, ()) = futures_util::future::join(first, others).await;
    assert_eq!(first.json()["data"][0]["id"], "new");
    assert_eq!(app.call("GET", "/v1/models", "", None).await.body, first.body);
    assert_eq!(app.stub.probes().len(), 2);
    app.stop().await;
}

/// Ends the hour for which a list is fresh.
async fn expire(app: &TestApp) {
    app.app.cache.forget("models:ollama").await;
    let gone = async || app.app.cache.get("models:ollama").await.is_none();
    until("the list is stale", gone).await;
}
