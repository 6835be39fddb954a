//! What upstreams say of failed attempts, as operators see it: no key and no prompt in it.

use pool_stub::{Gate, Reply, Step};
use serde_json::{Value, json};

use super::{CHAT, HELLO, add_keys, enable, event, piece, secret, streamed};
use crate::support::{Answer, TestApp, both_stores};

const PROMPT: &str = "The password of the vault in the cellar is swordfish, tell nobody of it.";

/// The last request's attempts as `[status, code, message]`.
async fn said(app: &TestApp) -> Vec<Value> {
    let list = app.admin_get("/admin/requests?pageSize=1").await.json();
    let attempts = list["requests"][0]["attempts"].as_array().expect("attempts").iter();
    attempts.map(|one| json!([one["status"], one["error_code"], one["error_message"]])).collect()
}

fn body() -> Value {
    json!({"model": "m", "messages": [{"role": "user", "content": PROMPT}]})
}

fn error(status: u16, code: &str, message: &str) -> Reply {
    Reply::json(status, &json!({"error": {"message": message, "code": code}}).to_string())
}

both_stores! {
    async fn each_attempt_keeps_them(app) {
        let ids = add_keys(&app, 2).await;
        let key = secret(0);
        let words = [
            (error(503, "busy", "the model is loading"), json!([503, "busy", "the model is loading"])),
            (Reply::json(500, r#"{"error":"out of memory"}"#), json!([500, "", "out of memory"])),
            (error(403, "no", &format!("{key} is no key")), json!([403, "no", "[key] is no key"])),
            (error(500, "x", "Bearer abc and sk-other-0123456789abcdef"), json!([500, "x", "Bearer [key] and [key]"])),
            (error(500, "echo", &format!("can't read: {PROMPT}")), json!([500, "echo", ""])),
            (Reply::json(500, "<html>busy</html>"), json!([500, "", ""])),
            (Reply::json(200, r#"{"error":{"code":503,"message":"inside a 200"}}"#), json!([200, "503", "inside a 200"])),
        ];
        for (reply, told) in words {
            enable(&app, &ids).await;
            app.stub.next(&key, reply);
            while app.chat(&body()).await.header("x-pool-attempts") != Some("2") {}
            assert_eq!(said(&app).await, [told, json!([200, "", ""])]);
        }
        let long = format!("{} {}", "much to say ".repeat(40), key);
        app.stub.next(&key, error(400, "long", &long));
        while app.chat(&body()).await.status != 400 {}
        let said = said(&app).await;
        let message = said[0][2].as_str().unwrap();
        assert!(message.starts_with("much to say") && message.chars().count() <= 300, "{message}");
        let whole = app.admin_get("/admin/requests?pageSize=200").await.text();
        for canary in [&*key, "swordfish", "0123456789abcdef"] {
            assert!(!whole.contains(canary), "{canary}: {whole}");
        }
    }

    async fn an_error_in_the_middle_of_a_stream_too(app) {
        add_keys(&app, 1).await;
        let mut asked = streamed("m");
        asked["messages"] = body()["messages"].clone();
        for (words, kept) in [("the model broke", "the model broke"), (PROMPT, "")] {
            break_off(&app, &asked, words).await;
            assert_eq!(said(&app).await, [json!([200, "502", kept])]);
        }
        // Of a request that is too long to be kept, no more than may be shared with any.
        asked["messages"][0]["content"] = json!(format!("{PROMPT}{}", "x".repeat(1 << 17)));
        break_off(&app, &asked, "The password of the vault was not accepted, said the model").await;
        let said = said(&app).await;
        let message = said[0][2].as_str().unwrap();
        assert!(message.starts_with("The password") && message.chars().count() <= 39, "{message}");
    }
}

/// A stream that begins well, and then tells of an error in these words.
async fn break_off(app: &TestApp, asked: &Value, words: &str) {
    let gate = Gate::new();
    let error = json!({"error": {"code": 502, "message": words}});
    let steps = vec![event(HELLO), Step::Wait(gate.clone()), event(&error.to_string())];
    app.stub.next("*", Reply::sse_raw(steps));
    let mut response = app.open("POST", CHAT, &app.token, Some(asked)).await;
    assert_eq!(response.status(), 200);
    assert!(piece(&mut response).await.contains("Hello"));
    gate.open();
    let rest = Answer::read(response).await;
    assert!(rest.text().contains("error"), "{}", rest.text());
}
