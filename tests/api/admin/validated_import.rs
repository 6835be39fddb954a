//! Imports in which every key is probed first.

use std::collections::BTreeSet;

use pool_stub::{Gate, Reply, Step};
use serde_json::{Value, json};

use crate::support::{Home, Store, TestApp, both_stores, each_store, until};

pub const PATH: &str = "/admin/api-keys/import-with-validation";
pub const QUICK: [&str; 2] = ["--probe-retry-ms=0", "--health-check-concurrency=1"];

/// One body for all that a key is asked: usage, account and catalogue.
fn knows(name: &str, plan: &str, models: &[&str], session: f64) -> String {
    let data: Vec<Value> = models.iter().map(|id| json!({"id": id})).collect();
    let limits = json!({"session": {"usage": session}, "weekly": {"usage": 0.1}});
    json!({"name": name, "plan": plan, "data": data, "limits": limits}).to_string()
}

fn held(gate: &Gate, body: &str) -> Reply {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ";
    let answer = format!("{head}{}\r\n\r\n{body}", body.len());
    Reply::steps(vec![Step::Wait(gate.clone()), Step::Send(answer.into_bytes())])
}

async fn begin(app: &TestApp, body: Value) -> String {
    let answer = app.admin("POST", PATH, &body).await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    format!("/admin/jobs/{}", answer.json()["job"].as_str().expect("an id"))
}

pub async fn ended(app: &TestApp, job: &str) -> Value {
    let mut view = Value::Null;
    until("the import ends", async || {
        view = app.admin_get(job).await.json();
        view["status"] != "running"
    })
    .await;
    view
}

pub async fn stored(app: &TestApp) -> Vec<Value> {
    let list = app.admin_get("/admin/api-keys?pageSize=200&provider=all").await.json();
    list["api_keys"].as_array().expect("keys").clone()
}

/// Whether a file of the program's own holds a secret in plain.
fn holds_canary(home: &Home) -> bool {
    let files = std::fs::read_dir(home.settings().0).expect("a directory");
    files.flatten().filter(|file| file.path().is_file()).any(|file| {
        let bytes = std::fs::read(file.path()).expect("a file");
        bytes.windows(6).any(|window| window == b"canary")
    })
}

/// Total, done, added, valid, invalid, unclear, existing, duplicates, skipped.
pub fn numbers(view: &Value) -> [u64; 9] {
    let names = [
        "total",
        "done",
        "added",
        "valid",
        "invalid",
        "unclear",
        "existing",
        "duplicates",
        "skipped",
    ];
    names.map(|name| view["progress"][name].as_u64().expect("a number"))
}

both_stores! {
    async fn good_and_bad_are_told_apart(app, QUICK) {
        app.add_key("sk-canary-existing-01").await;
        for (key, reply) in [
            ("sk-canary-dead-000001", Reply::json(401, "{}")),
            ("sk-canary-dead-000002", Reply::json(403, "{}")),
            ("sk-canary-odd-0000001", Reply::json(503, "{}")),
            ("sk-canary-spent-00001", Reply::json(200, &knows("ann", "pro", &["kimi-k2"], 1.0))),
            ("sk-canary-family-0001", Reply::json(200, &knows("bob", "max", &["qwen3", "glm-4"], 0.1))),
        ] {
            app.stub.on_probe(key, reply);
        }
        let content = "sk-canary-good-000001\n\
            ann@example.com----canary-password----sk-canary-spent-00001\n\
            sk-canary-dead-000001\nsk-canary-dead-000002\nsk-canary-odd-0000001\n\
            sk-canary-good-000001\nsk-canary-existing-01\nsk-canary-family-0001\n";
        let view = ended(&app, &begin(&app, json!({"content": content})).await).await;
        assert_eq!(view["status"], "done", "{view}");
        assert_eq!(numbers(&view), [8, 8, 3, 3, 2, 1, 1, 1, 0], "{view}");
        let result = &view["result"];
        assert_eq!(result["invalid"], json!([
            {"line": 3, "reason": "unauthorized"}, {"line": 4, "reason": "forbidden"},
        ]));
        assert_eq!(result["unclear"], json!([{"line": 5, "reason": "overloaded"}]));
        assert_eq!(result["valid"][0], json!({"line": 1, "api_key": "sk-c…0001"}));
        assert_eq!(result["valid"].as_array().unwrap().len(), 3);
        assert_eq!(result["categories"],
            json!({"glm": 1, "gpt-oss": 1, "kimi": 1, "llama": 1, "qwen": 2}));
        assert!(!view.to_string().contains("canary"), "{view}");
        let asked = app.stub.probes();
        assert_eq!(asked.iter().filter(|p| p.key == "sk-canary-odd-0000001").count(), 4);
        assert_eq!(asked.iter().filter(|p| p.key == "sk-canary-dead-000001").count(), 1);
        assert!(app.stub.calls().is_empty(), "no tokens are spent");

        let keys = stored(&app).await;
        assert_eq!(keys.len(), 4);
        let spent = keys.iter().find(|key| key["account"] == "ann").expect("by its account");
        assert_eq!((&spent["status"], &spent["username"], &spent["category"]),
            (&json!("cooling"), &json!("ann@example.com"), &json!("kimi")));
        let family = keys.iter().find(|key| key["account"] == "bob").unwrap();
        assert_eq!((&family["status"], &family["category"]), (&json!("active"), &json!("glm,qwen")));
        assert_eq!(app.ask("llama3.2").await.status, 200, "the pool lends them");
    }

    async fn unclear_ones_can_be_kept(app, QUICK) {
        app.stub.on_probe("*", Reply::close());
        let body = json!({"content": "sk-canary-odd-0000001", "keep_unclear": true});
        let view = ended(&app, &begin(&app, body).await).await;
        assert_eq!(numbers(&view), [1, 1, 1, 0, 0, 1, 0, 0, 0], "{view}");
        assert_eq!(stored(&app).await[0]["category"], "general");
    }

    async fn one_catalogue_for_a_plan(app, QUICK) {
        let content: String = (0..20).map(|n| format!("sk-canary-many-{n:06}\n")).collect();
        let view = ended(&app, &begin(&app, json!({"content": content})).await).await;
        assert_eq!(view["valid"], 20);
        let asked = app.stub.probes();
        assert_eq!(asked.iter().filter(|p| p.path.ends_with("/models")).count(), 1);
    }

    async fn cancelled_in_the_middle(app, QUICK) {
        let gate = Gate::new();
        app.stub.on_probe("sk-canary-many-000002", held(&gate, "{}"));
        let content: String = (0..6).map(|n| format!("sk-canary-many-{n:06}\n")).collect();
        let job = begin(&app, json!({"content": content})).await;
        gate.reached().await;
        until("two are added", async || app.admin_get(&job).await.json()["added"] == 2).await;
        assert_eq!(app.admin("DELETE", &job, &json!({})).await.status, 200);
        gate.open();
        let view = ended(&app, &job).await;
        assert_eq!(view["status"], "cancelled");
        assert_eq!((&view["total"], &view["added"]), (&json!(6), &json!(3)), "{view}");
        assert_eq!(stored(&app).await.len(), 3, "what was added stays");
    }

    async fn verify_tells_and_keeps_the_families(app) {
        let id = app.add_key("sk-canary-verify-0001").await;
        let body = knows("ann", "pro", &["qwen3", "kimi-k2", "gpt-4o"], 0.1);
        app.stub.on_probe("sk-canary-verify-0001", Reply::json(200, &body));
        let answer = app.admin("POST", "/admin/verify-key", &json!({"id": id})).await.json();
        assert_eq!((&answer["valid"], &answer["category"], &answer["plan"]),
            (&json!(true), &json!("general,kimi,qwen"), &json!("pro")));
        assert_eq!(app.key(id).await["category"], "general,kimi,qwen");
    }

    async fn wrong_requests(app) {
        for (body, status) in [
            (json!({"content": "", "provider": "ollama"}), 422),
            (json!({"content": "sk-canary-good-000001", "provider": "nowhere"}), 404),
            (json!({"content": 5}), 422),
            (json!({}), 422),
        ] {
            assert_eq!(app.admin("POST", PATH, &body).await.status, status, "{body}");
        }
        assert_eq!(app.admin_get(PATH).await.status, 405);
    }
}

each_store! {
    async fn goes_on_after_a_restart(store) {
        let app = TestApp::start(store, &QUICK).await;
        let gate = Gate::new();
        app.stub.on_probe("sk-canary-many-000003", held(&gate, "{}"));
        let content: String = (0..6).map(|n| format!("sk-canary-many-{n:06}\n")).collect();
        let body = json!({"content": content, "weight": 3, "account": "team"});
        let job = begin(&app, body).await;
        gate.reached().await;
        until("three are added", async || app.admin_get(&job).await.json()["added"] == 3).await;
        let (stub, home) = (app.stub.clone(), app.stop().await);
        assert!(!holds_canary(&home), "what waits is sealed");
        gate.open();
        let app = TestApp::start_with(home, stub, &QUICK).await;
        let view = ended(&app, &job).await;
        assert_eq!(view["status"], "done");
        assert_eq!(numbers(&view), [6, 6, 6, 6, 0, 0, 0, 0, 0], "{view}");
        let usage = app.stub.probes().into_iter().filter(|p| p.path.ends_with("/api/balance"));
        let usage: Vec<String> = usage.map(|probe| probe.key).collect();
        let once: BTreeSet<&String> = usage.iter().collect();
        assert_eq!((once.len(), usage.len()), (6, 7), "only the one under way is asked again");
        let keys = stored(&app).await;
        assert_eq!(keys.len(), 6);
        assert!(keys.iter().all(|key| key["weight"] == 3 && key["account"] == "team"), "{keys:?}");
        app.stop().await;
    }
}

#[actix_web::test]
async fn two_programs_share_the_work_and_do_none_twice() {
    let home = Home::new(Store::Postgres).await;
    let twin = home.twin();
    let one = TestApp::start_with(home, pool_stub::Stub::start(), &QUICK).await;
    let two = TestApp::start_with(twin, one.stub.clone(), &QUICK).await;
    let gate = Gate::new();
    one.stub.on_probe("sk-canary-many-000001", held(&gate, "{}"));
    let content: String = (0..4).map(|n| format!("sk-canary-many-{n:06}\n")).collect();
    let job = begin(&one, json!({"content": content})).await;
    gate.reached().await;
    for app in [&one, &two] {
        app.app.actors.jobs.look().await.unwrap();
    }
    assert!(two.app.jobs.is_idle(), "the other one has it");
    // Told to the program that doesn't run it.
    assert_eq!(two.admin_get(&job).await.json()["status"], "running");
    assert_eq!(two.admin("DELETE", &job, &json!({})).await.status, 200);
    until("the worker hears of it", async || {
        one.app.jobs.is_idle() || one.admin_get(&job).await.json()["cancelling"] == true
    })
    .await;
    gate.open();
    assert_eq!(ended(&two, &job).await["status"], "cancelled");
    let usage = one.stub.probes().into_iter().filter(|p| p.path.ends_with("/api/balance"));
    let usage: Vec<String> = usage.map(|probe| probe.key).collect();
    let once: BTreeSet<&String> = usage.iter().collect();
    assert_eq!(once.len(), usage.len(), "no key is asked twice");
    two.stop().await;
    one.stop().await;
}
