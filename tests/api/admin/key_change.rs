//! Changing keys, one and many.

use std::time::Duration;

use pool_stub::{Gate, Reply, Step};
use serde_json::{Value, json};

use super::key_deeds::deeds;
use crate::support::{Answer, TestApp, both_stores, in_time};

const FIRST: &str = "sk-change-0000000001";
const SECOND: &str = "sk-change-0000000002";

async fn patch(app: &TestApp, id: i64, body: Value) -> Answer {
    app.admin("PATCH", &format!("/admin/api-keys/{id}"), &body).await
}

async fn update(app: &TestApp, body: Value) -> Answer {
    app.admin("POST", "/admin/keys/update", &body).await
}

/// An answer that comes when the gate is opened.
fn held(gate: &Gate) -> Reply {
    let bytes = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}".to_vec();
    Reply::steps(vec![Step::Wait(gate.clone()), Step::Send(bytes)])
}

both_stores! {
    async fn values_are_changed_shown_and_audited(app) {
        let id = app.add_key_with(&json!({"api_key": FIRST, "username": "Ann"})).await;
        let body = json!({"username": "Bob", "account": "b", "weight": 3, "max_concurrency": 2,
            "expires_at": "2999-01-01T00:00:00+01:00"});
        let answer = patch(&app, id, body).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let names = ["username", "account", "weight", "max_concurrency", "expires_at", "api_key"];
        let shown = |key: &Value| json!(names.map(|name| key[name].clone()));
        let wanted = json!(["Bob", "b", 3, 2, "2998-12-31T23:00:00.000Z", "sk-c…0001"]);
        assert_eq!(shown(&answer.json()), wanted);
        let one = app.admin_get(&format!("/admin/api-keys/{id}")).await;
        assert_eq!((one.status, shown(&one.json())), (200, wanted));
        let answer = patch(&app, id, json!({"expires_at": null})).await.json();
        assert_eq!((&answer["expires_at"], &answer["username"]), (&json!(null), &json!("Bob")));

        let deeds = deeds(&app).await;
        assert_eq!(deeds.iter().map(|deed| deed.action.as_str()).collect::<Vec<_>>(),
            ["key.add", "key.update", "key.update"]);
        assert_eq!(deeds[1].target, format!("key:{id}"));
        assert_eq!(deeds[1].before[0]["username"], "Ann");
        assert_eq!(deeds[1].after["now"]["username"], "Bob");
        assert_eq!(deeds[2].before[0],
            json!({"id": id, "expires_at": "2998-12-31T23:00:00.000Z"}));
        assert!(deeds.iter().all(|deed| !format!("{deed:?}").contains(FIRST)), "no secret");
    }

    async fn wrong_values_are_refused(app) {
        let id = app.add_key(FIRST).await;
        for body in [
            json!({}),
            json!([]),
            json!({"weight": 0}),
            json!({"weight": 1001}),
            json!({"max_concurrency": -1}),
            json!({"username": "x".repeat(257)}),
            json!({"account": "a\nb"}),
            json!({"expires_at": "tomorrow"}),
            json!({"expires_at": 5}),
            json!({"expires_at": "1969-01-01T00:00:00Z"}),
            json!({"api_key": "sk-another-0000001"}),
        ] {
            let answer = patch(&app, id, body.clone()).await;
            assert_eq!((answer.status, answer.code().as_str()), (422, "invalid_value"), "{body}");
        }
        assert_eq!(patch(&app, id + 1, json!({"weight": 2})).await.status, 404);
        assert_eq!(app.admin_get(&format!("/admin/api-keys/{}", id + 1)).await.status, 404);
        assert_eq!(app.admin_get("/admin/api-keys/x").await.status, 404);
        for method in ["GET", "PATCH", "DELETE"] {
            let path = format!("/admin/api-keys/{id}");
            let answer = app.call(method, &path, "", Some(&json!({"weight": 2}))).await;
            assert_eq!(answer.status, 401);
        }
        assert_eq!(app.key(id).await["weight"], 1);
    }

    async fn a_weight_holds_from_the_next_turn(app) {
        let id = app.add_key(FIRST).await;
        app.add_key(SECOND).await;
        patch(&app, id, json!({"weight": 3})).await;
        for _ in 0..8 {
            assert_eq!(app.ask("llama3.2").await.status, 200);
        }
        assert_eq!((app.stub.count(FIRST), app.stub.count(SECOND)), (6, 2));
    }

    async fn an_end_holds_at_once_and_can_be_lifted(app) {
        let id = app.add_key(FIRST).await;
        let soon = app.app.clock.now().plus_secs(60).rfc3339();
        patch(&app, id, json!({"expires_at": soon})).await;
        assert_eq!(app.ask("llama3.2").await.status, 200);
        app.app.clock.advance(Duration::from_secs(61));
        assert_eq!(app.ask("llama3.2").await.code(), "no_healthy_key");
        assert_eq!(app.key(id).await["status"], "expired");
        patch(&app, id, json!({"expires_at": null})).await;
        assert_eq!(app.ask("llama3.2").await.status, 200);
    }

    async fn failures_are_not_forgotten(app) {
        let id = app.add_key(FIRST).await;
        app.stub.always(FIRST, Reply::json(403, "{}"));
        for _ in 0..2 {
            app.ask("llama3.2").await;
        }
        patch(&app, id, json!({"username": "Bob", "weight": 2, "account": "b"})).await;
        app.ask("llama3.2").await;
        assert_eq!(app.key(id).await["disabled_reason"], "auto-disabled", "the third in a row");
        patch(&app, id, json!({"weight": 4, "account": ""})).await;
        assert_eq!(app.key(id).await["status"], "failed");
    }

    async fn a_cap_holds_over_all_keys_of_an_account(app, ["--max-attempts=1"]) {
        for key in [FIRST, SECOND] {
            app.add_key_with(&json!({"api_key": key, "account": "shared"})).await;
        }
        // What is said of one key holds for the account.
        let third = app.add_key_with(&json!({"api_key": "sk-change-0000000003",
            "account": "shared"})).await;
        assert_eq!(patch(&app, third, json!({"max_concurrency": 2})).await.status, 200);
        let gate = Gate::new();
        app.stub.always("*", held(&gate));
        let (one, two) = (app.ask("llama3.2"), app.ask("llama3.2"));
        let third_one = async {
            in_time("both arrive", app.stub.arrived(2)).await;
            let accounts = app.admin_get("/admin/accounts").await.json();
            let busy = app.ask("llama3.2").await;
            gate.open();
            (busy, accounts)
        };
        let (one, two, (busy, accounts)) = tokio::join!(one, two, third_one);
        assert_eq!((one.status, two.status), (200, 200));
        assert_eq!((busy.status, busy.code().as_str()), (429, "all_keys_busy"));
        let account = &accounts["accounts"][0];
        let told = ["account", "keys", "active", "max_concurrency", "in_use"];
        assert_eq!(json!(told.map(|name| account[name].clone())), json!(["shared", 3, 3, 2, 2]));
        app.stub.clear();
        assert_eq!(app.ask("llama3.2").await.status, 200, "slots come back");
    }

    async fn many_are_changed_by_name_and_by_filter(app) {
        let mut ids = Vec::new();
        for n in 0..5 {
            let account = if n < 3 { "a" } else { "b" };
            ids.push(app.add_key_with(&json!({"api_key": format!("sk-many-00000000{n}"),
                "account": account})).await);
        }
        let answer = update(&app, json!({"ids": [ids[0], ids[4], 999_999],
            "set": {"weight": 5}})).await;
        assert_eq!((answer.status, &answer.json()["affected"]), (200, &json!(2)));
        let answer = update(&app, json!({"filter": {"account": "a"},
            "set": {"max_concurrency": 3, "expires_at": "2999-01-01T00:00:00Z"}})).await;
        assert_eq!((answer.status, &answer.json()["affected"]), (200, &json!(3)));
        let weights: Vec<Value> = app.admin_get("/admin/api-keys").await.json()["api_keys"]
            .as_array().expect("keys").iter()
            .map(|key| json!([key["weight"], key["max_concurrency"], key["expires_at"].is_null()]))
            .collect();
        assert_eq!(json!(weights), json!([[5, 3, false], [1, 3, false], [1, 3, false],
            [1, 0, true], [5, 0, true]]));
        let deed = deeds(&app).await.pop().expect("a deed");
        assert_eq!((&deed.after["filter"]["account"], &deed.after["keys"]),
            (&json!("a"), &json!(3)));

        for (body, status) in [
            (json!({"filter": {}, "set": {"weight": 2}}), 422),
            (json!({"filter": {"provider": "ollama"}, "set": {"weight": 2}}), 422),
            (json!({"filter": {"search": ""}, "set": {"weight": 2}}), 422),
            (json!({"filter": {"stauts": "failed"}, "set": {"weight": 2}}), 422),
            (json!({"filter": {"account": "a"}, "ids": [1], "set": {"weight": 2}}), 422),
            (json!({"filter": {"account": "a"}, "set": {}}), 422),
            (json!({"filter": {"account": "a"}}), 422),
            (json!({"set": {"weight": 2}}), 422),
            (json!({"filter": {"provider": "nowhere", "account": "a"}, "set": {"weight": 2}}), 404),
            (json!({"ids": [999_999], "set": {"weight": 2}}), 404),
            (json!({"filter": {"account": "nobody"}, "set": {"weight": 2}}), 200),
        ] {
            assert_eq!(update(&app, body.clone()).await.status, status, "{body}");
        }
        let all = update(&app, json!({"filter": {}, "all": true, "set": {"weight": 7}})).await;
        assert_eq!(all.json()["affected"], 5);
        assert_eq!(app.call("POST", "/admin/keys/update", "", None).await.status, 401);
    }

    async fn a_filter_disables_enables_and_deletes(app) {
        for n in 0..4 {
            let account = if n < 3 { "a" } else { "b" };
            app.add_key_with(&json!({"api_key": format!("sk-many-00000000{n}"),
                "account": account})).await;
        }
        let body = json!({"filter": {"account": "a"}, "duration": 0, "reason": "under review"});
        let answer = app.admin("POST", "/admin/keys/disable", &body).await;
        assert_eq!((answer.status, &answer.json()["affected"]), (200, &json!(3)));
        let out = app.admin_get("/admin/api-keys?status=disabled").await.json();
        assert_eq!((&out["total"], &out["api_keys"][0]["disabled_note"]),
            (&json!(3), &json!("under review")));
        let active = app.admin_get("/admin/api-keys?status=active").await.json();
        assert_eq!((&active["total"], &active["api_keys"][0]["disabled_note"]),
            (&json!(1), &json!(null)));
        assert_eq!(deeds(&app).await.pop().unwrap().after["now"]["reason"], "under review");
        let long = json!({"filter": {"account": "a"}, "reason": "x".repeat(257)});
        assert_eq!(app.admin("POST", "/admin/keys/disable", &long).await.status, 422);

        let body = json!({"filter": {"status": "disabled", "search": "000001"}});
        let answer = app.admin("POST", "/admin/keys/enable", &body).await;
        assert_eq!(answer.json()["affected"], 0, "never a secret is searched");
        let body = json!({"filter": {"status": "disabled", "search": "0001"}});
        assert_eq!(app.admin("POST", "/admin/keys/enable", &body).await.json()["affected"], 1);
        let key = app.admin_get("/admin/api-keys?search=0001").await.json();
        assert_eq!(key["api_keys"][0]["disabled_note"], json!(null));

        let guarded = app.admin("DELETE", "/admin/api-keys", &json!({"filter": {}})).await;
        assert_eq!(guarded.status, 422);
        let body = json!({"filter": {"status": "disabled"}});
        let answer = app.admin("DELETE", "/admin/api-keys", &body).await.json();
        assert_eq!(answer, json!({"success": true, "deleted": 2, "failed": 0, "total": 2}));
        assert_eq!(deeds(&app).await.pop().unwrap().action, "key.delete");
        assert_eq!(app.stats().await["total_api_keys"], 2);
        let answer = app.admin("DELETE", "/admin/api-keys",
            &json!({"filter": {"provider": "all"}, "all": true})).await.json();
        assert_eq!(answer["deleted"], 2);
        assert_eq!(app.ask("llama3.2").await.code(), "no_keys");
    }
}
