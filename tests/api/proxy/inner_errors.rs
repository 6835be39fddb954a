//! Errors inside a 200, told by OpenAI's string codes and types: the client's fault, the key's, or
//! none.

use pool_stub::Reply;
use serde_json::{Value, json};

use super::{add_keys, assert_has, enable, key_stats, secret, streamed};
use crate::support::{Answer, TestApp, both_stores};

/// The client's own faults, and the status that each should have come with.
const THE_CLIENTS: [(&str, &str, u16); 7] = [
    ("invalid_request_error", "context_length_exceeded", 400),
    ("invalid_request_error", "", 400),
    ("invalid_request_error", "content_policy_violation", 400),
    ("server_error", "content_filter", 400),
    ("request_too_large", "", 413),
    ("not_found_error", "", 404),
    ("invalid_request_error", "model_not_found", 404),
];

fn fault(kind: &str, code: &str, message: &str) -> Value {
    let code = if code.is_empty() { Value::Null } else { Value::from(code) };
    json!({"error": {"message": message, "type": kind, "param": null, "code": code}})
}

/// The same error as a plain answer and as the first event of a stream.
async fn both(app: &TestApp, model: &str, fault: &Value) -> [Answer; 2] {
    app.stub.next("*", Reply::json(200, &fault.to_string()));
    let plain = app.ask(model).await;
    app.stub.next("*", Reply::sse(&[&fault.to_string()]));
    [plain, app.chat(&streamed(model)).await]
}

both_stores! {
    async fn a_clients_fault_costs_one_attempt_and_nobody_else(app) {
        let ids = add_keys(&app, 3).await;
        for (kind, code, status) in THE_CLIENTS {
            let fault = fault(kind, code, "no, by the upstream's words");
            for answer in both(&app, "llama3.2", &fault).await {
                let told = (answer.status, answer.header("x-pool-attempts"));
                assert_eq!(told, (status, Some("1")), "{fault}");
                assert_eq!(answer.json(), fault, "the upstream's words");
                assert_eq!(answer.header("content-type"), Some("application/json"));
            }
        }
        assert_eq!(app.stub.calls().len(), 2 * THE_CLIENTS.len());
        for id in ids {
            let key = key_stats(&app, id).await;
            assert_has(&key, json!({"status": "active", "failureCount": 0}));
        }
        assert_eq!(app.ask("llama3.2").await.status, 200, "the model goes on");
    }

    async fn an_accounts_limit_is_its_own_and_the_next_key_serves(app) {
        let ids = add_keys(&app, 2).await;
        for (kind, code, reason) in [
            ("tokens", "rate_limit_exceeded", "rate_limited"),
            ("insufficient_quota", "insufficient_quota", "out_of_credit"),
            ("rate_limit_error", "", "rate_limited"),
        ] {
            let fault = fault(kind, code, "too much").to_string();
            app.stub.always(&secret(0), Reply::json(200, &fault));
            for _ in 0..2 {
                assert_eq!(app.ask("llama3.2").await.status, 200);
            }
            assert_eq!(app.key(ids[0]).await["cooling_reason"], reason, "{kind} {code}");
            enable(&app, &ids).await;
        }
    }

    async fn an_upstreams_own_fault_is_tried_elsewhere(app) {
        let ids = add_keys(&app, 2).await;
        for kind in ["server_error", "overloaded_error", "something_new"] {
            for stream in [false, true] {
                let fault = fault(kind, "", "oops").to_string();
                let failing = if stream { Reply::sse(&[&fault]) } else { Reply::json(200, &fault) };
                app.stub.next("*", failing);
                let model = json!({"model": kind, "messages": [], "stream": stream});
                let answer = app.chat(&model).await;
                let told = (answer.status, answer.header("x-pool-attempts"));
                assert_eq!(told, (200, Some("2")), "{kind}");
            }
        }
        for id in ids {
            assert_eq!(app.key(id).await["status"], "active");
        }
    }

    async fn an_empty_error_beside_choices_is_none(app) {
        add_keys(&app, 1).await;
        for empty in ["{}", "false", "null", "\"\"", "[]"] {
            let whole = format!(
                r#"{{"error":{empty},"choices":[{{"message":{{"content":"hi"}},"finish_reason":"stop"}}]}}"#
            );
            app.stub.next("*", Reply::json(200, &whole));
            let plain = app.ask("llama3.2").await;
            assert_eq!((plain.status, plain.text().as_str()), (200, whole.as_str()), "{empty}");
            app.stub.next("*", Reply::sse(&[&whole, "[DONE]"]));
            let stream = app.chat(&streamed("llama3.2")).await;
            assert_eq!(stream.status, 200, "{empty}");
            assert_eq!(stream.text(), format!("data: {whole}\n\ndata: [DONE]\n\n"));
        }
        assert_eq!(app.stub.calls().len(), 10, "each served at once");
        app.stub.next("*", Reply::json(200, r#"{"error":{}}"#));
        assert_eq!(app.ask("llama3.2").await.status, 502, "by itself it is no answer");
    }
}
