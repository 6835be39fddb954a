//! Who serves in another's place, in which order, and for whom.

use pool_stub::Reply;
use serde_json::{Value, json};

use super::{PRIVATE, asked, deeds, fall_back, other, refuses, served};
use crate::support::{ADMIN_TOKEN, both_stores};

const KEY: &str = "sk-first-0000001";

both_stores! {
    async fn places_are_tried_in_order(app, [PRIVATE, "--max-attempts=2"]) {
        let stub = other(&app).await;
        for n in 0..2 {
            app.add_key(&format!("sk-first-000000{n}")).await;
        }
        let places = [("ollama", "second"), ("openrouter", "*"), ("other", "third")];
        fall_back(&app, "first", &places).await;
        app.stub.always("*", Reply::json(503, r#"{"error":"Server overloaded"}"#));
        let answer = app.ask("first").await;
        assert_eq!(served(&answer), (200, Some("other"), Some("5")), "{}", answer.text());
        let models: Vec<Value> = app.stub.calls().iter()
            .map(|call| serde_json::from_slice::<Value>(&call.body).unwrap()["model"].clone())
            .collect();
        assert_eq!(models, ["first", "first", "second", "second"], "openrouter has no key");
        assert_eq!(asked(&stub), "third");
        // It counts for the one who served.
        let stats = app.admin_get("/admin/stats?provider=other").await.json();
        assert_eq!((&stats["total_requests"], &stats["success_count"]), (&json!(1), &json!(1)));
        assert_eq!(app.stats().await["total_requests"], 0);
    }

    async fn when_nobody_can_the_first_is_told_of(app, [PRIVATE, "--max-attempts=1"]) {
        let stub = other(&app).await;
        app.add_key(KEY).await;
        fall_back(&app, "*", &[("other", "*"), ("openrouter", "*")]).await;
        app.stub.next(KEY, Reply::json(429, r#"{"error":"you have reached your weekly usage limit"}"#));
        stub.next("*", Reply::json(500, "{}"));
        let answer = app.ask("llama3.2").await;
        assert_eq!((answer.status, answer.code().as_str()), (429, "upstream_rate_limited"));
        assert!(answer.header("retry-after").is_some());
        assert!(answer.text().contains("ollama"), "{}", answer.text());
        assert_eq!((app.stub.calls().len(), stub.calls().len()), (1, 1));
    }

    async fn circles_end(app, [PRIVATE, "--max-attempts=1"]) {
        let stub = other(&app).await;
        app.add_key(KEY).await;
        fall_back(&app, "*", &[("other", "*")]).await;
        let back = json!({"provider": "other", "model": "*",
            "to": [{"provider": "ollama", "model": "*"}]});
        assert_eq!(app.admin("PUT", "/admin/fallbacks", &back).await.status, 200);
        app.stub.always(KEY, Reply::json(500, "{}"));
        stub.always("*", Reply::json(500, "{}"));
        assert_eq!(app.ask("llama3.2").await.status, 502);
        assert_eq!((app.stub.calls().len(), stub.calls().len()), (1, 1));
    }

    async fn a_place_may_be_an_alias(app, [PRIVATE]) {
        let stub = other(&app).await;
        let alias = json!({"provider": "other", "alias": "fast", "model": "theirs"});
        assert_eq!(app.admin("POST", "/admin/aliases", &alias).await.status, 201);
        let mine = json!({"alias": "mine", "model": "llama3.2"});
        assert_eq!(app.admin("POST", "/admin/aliases", &mine).await.status, 201);
        // The order is found by the real model, however it is called.
        fall_back(&app, "llama3.2", &[("other", "fast")]).await;
        assert_eq!(served(&app.ask("mine").await), (200, Some("other"), Some("1")));
        assert_eq!(asked(&stub), "theirs");
    }

    async fn a_bound_token_is_not_led_elsewhere(app, [PRIVATE]) {
        let stub = other(&app).await;
        fall_back(&app, "*", &[("other", "*")]).await;
        let bound = app.make_token(&json!({"name": "bound", "provider": "ollama"})).await;
        let chat = json!({"model": "llama3.2", "messages": []});
        let answer = app.call("POST", "/v1/chat/completions", &bound, Some(&chat)).await;
        assert_eq!((answer.status, answer.code().as_str()), (503, "no_keys"));
        assert!(stub.calls().is_empty());
        assert_eq!(app.ask("llama3.2").await.status, 200);
    }

    async fn a_providers_off_switch_holds_for_places(app, [PRIVATE]) {
        let stub = other(&app).await;
        fall_back(&app, "*", &[("other", "*")]).await;
        let off = json!({"enabled": false});
        assert_eq!(app.admin("PATCH", "/admin/providers/other", &off).await.status, 200);
        assert_eq!(app.ask("llama3.2").await.code(), "no_keys");
        assert!(stub.calls().is_empty());
    }

    async fn set_anew_listed_and_deleted(app) {
        fall_back(&app, "a", &[("openrouter", "x"), ("ollama", "y")]).await;
        fall_back(&app, "*", &[("openrouter", "*")]).await;
        fall_back(&app, "a", &[("openrouter", "z")]).await;
        let list = app.admin_get("/admin/fallbacks").await.json();
        let to = |model: &str| json!([{"provider": "openrouter", "model": model}]);
        let expected = json!([
            {"provider": "ollama", "model": "*", "to": to("*")},
            {"provider": "ollama", "model": "a", "to": to("z")},
        ]);
        assert_eq!(list["fallbacks"], expected);
        let delete = async || {
            app.call("DELETE", "/admin/fallbacks?model=a", ADMIN_TOKEN, None).await.status
        };
        assert_eq!((delete().await, delete().await), (200, 404));
        assert_eq!(app.admin_get("/admin/fallbacks").await.json()["fallbacks"], json!([expected[0]]));
        let deeds = deeds(&app).await;
        let done: Vec<_> = deeds.iter().map(|deed| (&*deed.action, &*deed.target)).collect();
        let (set, a) = ("fallback.set", "fallback:ollama/a");
        assert_eq!(done, [(set, a), (set, "fallback:ollama/*"), (set, a), ("fallback.delete", a)]);
        assert_eq!(deeds[2].before, deeds[0].after);
        assert_eq!(deeds[3].before, Some(to("z").to_string()));
    }

    async fn bad_input_is_refused(app) {
        let place = |provider: &str, model: &str| json!({"provider": provider, "model": model});
        let six: Vec<Value> = (0..6).map(|n| place("openrouter", &format!("m{n}"))).collect();
        for to in [
            json!([]), json!(six), json!([place("ollama", "a")]), json!([place("ollama", "*")]),
            json!([place("openrouter", "")]), json!("x"),
            json!([place("openrouter", "x"), place("openrouter", "x")]),
        ] {
            let body = json!({"model": "a", "to": to});
            assert_eq!(app.admin("PUT", "/admin/fallbacks", &body).await.status, 422, "{body}");
        }
        let nowhere = json!({"model": "a", "to": [place("nowhere", "x")]});
        assert_eq!(app.admin("PUT", "/admin/fallbacks", &nowhere).await.status, 404);
        assert_eq!(app.call("DELETE", "/admin/fallbacks", ADMIN_TOKEN, None).await.status, 422);
        refuses(&app, &[
            ("GET", "/admin/fallbacks"), ("PUT", "/admin/fallbacks"),
            ("DELETE", "/admin/fallbacks?model=a"),
        ]).await;
        assert_eq!(app.admin_get("/admin/fallbacks").await.json(), json!({"fallbacks": []}));
    }
}
