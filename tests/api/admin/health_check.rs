//! Checking many keys in the background.

use pool_stub::{Gate, Reply, Step};
use serde_json::{Value, json};

use crate::support::{TestApp, both_stores, until};

async fn begin(app: &TestApp, body: Value) -> String {
    let answer = app.admin("POST", "/admin/keys/health-check", &body).await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    format!("/admin/jobs/{}", answer.json()["job"].as_str().expect("an id"))
}

/// The job once it is no longer running.
async fn ended(app: &TestApp, job: &str) -> Value {
    let mut view = Value::Null;
    until("the job ends", async || {
        view = app.admin_get(job).await.json();
        assert!(view["done"].as_u64() <= view["total"].as_u64(), "{view}");
        view["status"] != "running"
    })
    .await;
    view
}

fn numbers(view: &Value) -> Value {
    json!(["total", "done", "valid", "invalid", "unclear"].map(|name| view[name].clone()))
}

/// An answer that waits at the gate.
fn held(gate: &Gate) -> Reply {
    let answer =
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";
    Reply::steps(vec![Step::Wait(gate.clone()), Step::Send(answer.to_vec())])
}

both_stores! {
    async fn every_key_is_probed_and_judged(app) {
        let good = app.add_key("sk-check-good-0001").await;
        let bad = app.add_key("sk-check-bad-00001").await;
        let odd = app.add_key("sk-check-odd-00001").await;
        app.stub.on_probe("sk-check-bad-00001", Reply::json(401, "{}"));
        app.stub.on_probe("sk-check-odd-00001", Reply::close());
        let job = begin(&app, json!({})).await;
        let view = ended(&app, &job).await;
        assert_eq!((&view["status"], &view["kind"]), (&json!("done"), &json!("health_check")));
        assert_eq!(numbers(&view), json!([3, 3, 1, 1, 1]));
        assert_eq!(app.stub.probes().len(), 3);
        assert!(app.stub.calls().is_empty(), "no tokens are spent");
        for (id, status) in [(good, "active"), (bad, "failed"), (odd, "active")] {
            assert_eq!(app.key(id).await["status"], status);
        }
        assert_eq!(app.key(bad).await["disabled_reason"], "unauthorized");

        app.stub.clear();
        let view = ended(&app, &begin(&app, json!({"status": "failed"})).await).await;
        assert_eq!(numbers(&view), json!([1, 1, 1, 0, 0]));
        assert_eq!(app.key(bad).await["status"], "active", "recovered");
    }

    async fn only_the_chosen_are_probed(app) {
        let first = app.add_key("sk-chosen-0000001").await;
        app.add_key("sk-chosen-0000002").await;
        app.add_key_with(&json!({"api_key": "sk-chosen-0000003", "provider": "openrouter"})).await;
        let view = ended(&app, &begin(&app, json!({"ids": [first, 999_999]})).await).await;
        assert_eq!(numbers(&view), json!([1, 1, 1, 0, 0]));
        assert_eq!(app.stub.probes()[0].key, "sk-chosen-0000001");
        let view = ended(&app, &begin(&app, json!({"provider": "openrouter"})).await).await;
        assert_eq!(
            (&view["total"], app.stub.probes()[1].key.as_str()),
            (&json!(1), "sk-chosen-0000003")
        );
        let view = ended(&app, &begin(&app, json!({"status": "failed"})).await).await;
        assert_eq!(numbers(&view), json!([0, 0, 0, 0, 0]));
    }

    async fn a_manual_ban_survives_a_good_probe(app) {
        let id = app.add_key("sk-banned-0000001").await;
        app.admin("POST", "/admin/keys/disable", &json!({"id": id, "duration": 0})).await;
        let view = ended(&app, &begin(&app, json!({"ids": [id]})).await).await;
        assert_eq!(numbers(&view), json!([1, 1, 1, 0, 0]));
        let key = app.key(id).await;
        assert_eq!(
            (&key["status"], &key["disabled_reason"]),
            (&json!("disabled"), &json!("manual"))
        );
        assert_eq!(app.ask("llama3.2").await.status, 503);
    }

    async fn the_timer_brings_back_what_recovered(app) {
        let id = app.add_key("sk-recovers-00001").await;
        app.stub.on_probe("*", Reply::json(401, "{}"));
        app.admin("POST", "/admin/verify-key", &json!({"id": id})).await;
        assert_eq!(app.key(id).await["status"], "failed");
        app.stub.clear();
        // What the timer does, done now.
        assert_eq!(app.app.actors.health_check.sweep().await.unwrap(), 1);
        assert_eq!(app.key(id).await["status"], "active");
        assert_eq!(app.ask("llama3.2").await.status, 200);
        assert_eq!(app.app.actors.health_check.sweep().await.unwrap(), 0, "nothing to look at");
    }

    async fn progress_and_cancel(app, ["--health-check-concurrency=1"]) {
        for n in 0..4 {
            app.add_key(&format!("sk-cancelled-{n:05}")).await;
        }
        let gate = Gate::new();
        app.stub.on_probe("*", held(&gate));
        let job = begin(&app, json!({})).await;
        gate.reached().await;
        let view = app.admin_get(&job).await.json();
        assert_eq!((&view["status"], numbers(&view)), (&json!("running"), json!([4, 0, 0, 0, 0])));
        assert_eq!(app.stub.probes().len(), 1, "one at a time, as set");
        assert_eq!(app.admin("DELETE", &job, &json!({})).await.status, 200);
        gate.open();
        let view = ended(&app, &job).await;
        assert_eq!((&view["status"], &view["total"]), (&json!("cancelled"), &json!(4)));
        assert_eq!(view["done"], app.stub.probes().len());
        assert!(app.stub.probes().len() < 4, "the rest is left alone");
    }

    async fn wrong_requests_are_refused(app) {
        let health_check = "/admin/keys/health-check";
        for (body, status) in [
            (json!({"provider": "nowhere"}), 404),
            (json!({"ids": 5}), 422),
            (json!({"status": "odd"}), 422),
            (json!([]), 422),
        ] {
            assert_eq!(app.admin("POST", health_check, &body).await.status, status, "{body}");
        }
        for id in ["00000000-0000-7000-8000-000000000000", "nonsense"] {
            let job = format!("/admin/jobs/{id}");
            assert_eq!(app.admin_get(&job).await.status, 404);
            assert_eq!(app.admin("DELETE", &job, &json!({})).await.status, 404);
        }
    }
}
