//! Answers from memory.

use std::collections::BTreeMap;

use bytes::Bytes;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use ollama_api_pool::db::schema::settings;
use ollama_api_pool::with_conn;
use pool_stub::{Reply, chat_json};
use serde_json::{Value, json};

use super::{PRIVATE, deeds, fall_back, other, refuses};
use crate::support::{Answer, TestApp, both_stores, until};

/// Switches these settings, here and in the table, where whoever reads it anew finds the same.
async fn switch(app: &TestApp, changed: &[(&str, &str)]) {
    use settings as s;
    let mut conn = app.app.database.get().await.expect("a connection");
    let at = app.app.clock.now().naive();
    for (name, value) in changed {
        let row = (s::name.eq(name), s::value.eq(value), s::updated_at.eq(at));
        with_conn!(&mut conn, |conn| {
            diesel::insert_into(s::table).values(row).execute(conn).await
        })
        .expect("a setting");
    }
    let text = |text: &&str| (*text).to_owned();
    let map: BTreeMap<_, _> = changed.iter().map(|(n, v)| (text(n), text(v))).collect();
    app.app.settings.change(&map);
}

async fn on(app: &TestApp) {
    switch(app, &[("response_cache", "true")]).await;
    app.add_key("sk-answers-00001").await;
}

/// A chat whose answer repeats itself.
fn cold(model: &str) -> Value {
    json!({"model": model, "messages": [], "temperature": 0})
}

/// How the cache was used: `HIT`, `MISS` or `BYPASS`.
fn used(answer: &Answer) -> &str {
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.header("x-cache").expect("X-Cache")
}

/// A chat with what the client wishes of the cache.
async fn wishing(app: &TestApp, body: &Value, wish: &str) -> Answer {
    let client = awc::Client::builder().disable_timeout().finish();
    let request = client.post(app.url("/v1/chat/completions")).bearer_auth(&app.token);
    let request = request.no_decompress().insert_header(("cache-control", wish));
    Answer::read(request.send_json(body).await.expect("an answer")).await
}

/// The names under which answers are kept.
async fn kept(app: &TestApp) -> Vec<String> {
    let names = std::cell::RefCell::new(Vec::new());
    app.app
        .cache
        .sweep("answer:", |name| {
            names.borrow_mut().push(name.to_owned());
            false
        })
        .await;
    names.into_inner()
}

async fn stats(app: &TestApp) -> Value {
    app.admin_get("/admin/cache/stats").await.json()
}

both_stores! {
    async fn off_unless_switched_on(app) {
        app.add_key("sk-answers-00001").await;
        for _ in 0..2 {
            assert_eq!(used(&app.chat(&cold("llama3.2")).await), "BYPASS");
        }
        assert_eq!(app.stub.calls().len(), 2);
        assert_eq!(stats(&app).await["enabled"], false);
    }

    async fn what_is_kept_is_sealed_for_its_place(app) {
        on(&app).await;
        let first = app.chat(&cold("llama3.2")).await;
        assert_eq!(used(&app.chat(&cold("llama3.2")).await), "HIT");
        assert_eq!(used(&app.chat(&cold("gpt-oss:20b")).await), "MISS");
        let names = kept(&app).await;
        assert_eq!(names.len(), 2, "{names:?}");
        let mut values = Vec::new();
        for name in &names {
            values.push(app.app.cache.get(name).await.expect("an answer"));
        }
        let shows = |value: &Bytes| memchr::memmem::find(value, &first.body[..20]).is_some()
            || memchr::memmem::find(value, b"content-type").is_some();
        assert!(!values.iter().any(shows), "plain");
        // What stands in another's place, or was never sealed, is no answer.
        let ttl = std::time::Duration::from_secs(60);
        app.app.cache.set(&names[0], values[1].clone(), ttl).await;
        app.app.cache.set(&names[1], Bytes::from_static(b"[]\n{\"forged\":true}"), ttl).await;
        for model in ["llama3.2", "gpt-oss:20b"] {
            assert_eq!(used(&app.chat(&cold(model)).await), "MISS", "{model}");
            assert_eq!(used(&app.chat(&cold(model)).await), "HIT", "{model}");
        }
    }

    async fn the_same_again_is_a_hit(app) {
        on(&app).await;
        let first = app.chat(&cold("llama3.2")).await;
        assert_eq!(used(&first), "MISS");
        let again = app.chat(&cold("llama3.2")).await;
        assert_eq!((used(&again), &again.body), ("HIT", &first.body));
        assert_eq!(again.header("content-type"), first.header("content-type"));
        assert_eq!(
            (again.header("x-pool-attempts"), again.header("x-pool-provider")),
            (Some("0"), Some("ollama"))
        );
        // Another order and other blanks are the same; anything else is not.
        let path = app.url("/v1/chat/completions");
        let same = r#"{ "temperature": 0.0, "messages": [ ],  "model":"llama3.2" }"#;
        let request = awc::Client::default().post(path).bearer_auth(&app.token).no_decompress()
            .insert_header(("content-type", "application/json"));
        let answer = Answer::read(request.send_body(same).await.unwrap()).await;
        assert_eq!((used(&answer), &answer.body), ("HIT", &first.body));
        assert_eq!(used(&app.chat(&cold("gpt-oss:20b")).await), "MISS");
        let mut more = cold("llama3.2");
        more["messages"] = json!([{"role": "user", "content": "x"}]);
        assert_eq!(used(&app.chat(&more).await), "MISS");
        assert_eq!(app.stub.calls().len(), 3);
    }

    async fn each_token_has_its_own(app) {
        on(&app).await;
        let other = app.make_token(&json!({"name": "other"})).await;
        let path = "/v1/chat/completions";
        assert_eq!(used(&app.chat(&cold("llama3.2")).await), "MISS");
        let theirs = app.call("POST", path, &other, Some(&cold("llama3.2"))).await;
        assert_eq!(used(&theirs), "MISS", "nobody learns what another has asked");
        assert_eq!(used(&app.call("POST", path, &other, Some(&cold("llama3.2"))).await), "HIT");
        let path = "/openrouter/v1/chat/completions";
        let key = json!({"api_key": "sk-answers-00002", "provider": "openrouter"});
        app.add_key_with(&key).await;
        assert_eq!(used(&app.call("POST", path, &app.token, Some(&cold("llama3.2"))).await), "MISS");
    }

    async fn only_what_repeats_itself(app) {
        on(&app).await;
        let warm = json!({"model": "llama3.2", "messages": [], "temperature": 0.7});
        let seeded = json!({"model": "llama3.2", "messages": [], "temperature": 0.7, "seed": 7});
        let mut stream = cold("llama3.2");
        stream["stream"] = json!(true);
        for body in [&warm, &stream, &json!({"model": "llama3.2", "messages": []})] {
            for _ in 0..2 {
                assert_eq!(used(&app.chat(body).await), "BYPASS", "{body}");
            }
        }
        assert_eq!(used(&app.chat(&seeded).await), "MISS");
        assert_eq!(used(&app.chat(&seeded).await), "HIT");
        let any = [("response_cache_any_temperature", "true")];
        switch(&app, &any).await;
        let all = [("response_cache", "true"), any[0]].map(|(n, v)| (n.to_owned(), v.to_owned()));
        app.app.settings.change(&all.into());
        assert_eq!(used(&app.chat(&warm).await), "MISS");
        assert_eq!(used(&app.chat(&warm).await), "HIT");
        assert_eq!(used(&app.chat(&stream).await), "BYPASS");
    }

    async fn the_client_has_a_say(app) {
        on(&app).await;
        let body = cold("llama3.2");
        assert_eq!(used(&wishing(&app, &body, "no-store").await), "BYPASS");
        assert_eq!(used(&wishing(&app, &body, "no-cache").await), "MISS");
        app.stub.next("*", Reply::json(200, r#"{"choices":[],"new":true}"#));
        assert_eq!(used(&wishing(&app, &body, "no-store").await), "BYPASS");
        assert_eq!(app.chat(&body).await.text(), chat_json("llama3.2"), "what was kept first");
        app.stub.next("*", Reply::json(200, r#"{"choices":[],"newer":true}"#));
        assert_eq!(used(&wishing(&app, &body, "no-cache").await), "MISS");
        let kept = app.chat(&body).await;
        assert_eq!((used(&kept), kept.text().as_str()), ("HIT", r#"{"choices":[],"newer":true}"#));
    }

    async fn only_good_whole_answers_are_kept(app, ["--max-attempts=1", PRIVATE]) {
        on(&app).await;
        let body = cold("llama3.2");
        app.stub.next("*", Reply::json(400, r#"{"error":{"message":"no"}}"#));
        let refused = app.chat(&body).await;
        assert_eq!((refused.status, refused.header("x-cache")), (400, Some("MISS")));
        app.stub.next("*", Reply::json(200, r#"{"error":{"message":"no","code":500}}"#));
        assert_eq!(app.chat(&body).await.status, 502);
        app.stub.next("*", Reply::too_short());
        assert_eq!(app.chat(&body).await.status, 502);
        let long = format!(r#"{{"x":"{}"}}"#, "x".repeat(2 << 20));
        app.stub.next("*", Reply::json(200, &long));
        assert_eq!(used(&app.chat(&body).await), "MISS");
        assert_eq!(stats(&app).await["entries"], 0, "it would take too much room");
        // A fallback's answer is not what was asked for.
        let _other = other(&app).await;
        fall_back(&app, "*", &[("other", "*")]).await;
        app.stub.next("*", Reply::json(503, r#"{"error":"Server overloaded"}"#));
        let answer = app.chat(&cold("gpt-oss:20b")).await;
        assert_eq!((used(&answer), answer.header("x-pool-provider")), ("MISS", Some("other")));
        assert_eq!((&stats(&app).await["entries"], &stats(&app).await["stored"]), (&json!(0), &json!(0)));
    }

    async fn a_hit_counts_as_a_request_and_costs_nothing(app) {
        on(&app).await;
        for _ in 0..3 {
            app.chat(&cold("llama3.2")).await;
        }
        let totals = app.stats().await;
        assert_eq!((&totals["total_requests"], &totals["success_count"]), (&json!(3), &json!(3)));
        let keys = app.admin_get("/admin/keys/stats").await.json();
        assert_eq!(keys["stats"][0]["totalRequests"], 1, "the key was used once");
        let tokens = app.admin_get("/admin/tokens").await.text();
        assert!(tokens.contains("\"requestCount\":3"), "{tokens}");
    }

    async fn an_end_in_time(app) {
        on(&app).await;
        let short = [("response_cache", "true"), ("response_cache_ttl_secs", "1")];
        let short = short.map(|(name, value)| (name.to_owned(), value.to_owned()));
        app.app.settings.change(&short.into());
        assert_eq!(used(&app.chat(&cold("llama3.2")).await), "MISS");
        until("it is gone", async || stats(&app).await["entries"] == 0).await;
        assert_eq!(used(&app.chat(&cold("llama3.2")).await), "MISS");
    }

    async fn an_alias_that_moves_is_another_question(app) {
        on(&app).await;
        let alias = json!({"alias": "fast", "model": "llama3.2"});
        assert_eq!(app.admin("POST", "/admin/aliases", &alias).await.status, 201);
        assert_eq!(used(&app.chat(&cold("fast")).await), "MISS");
        assert_eq!(used(&app.chat(&cold("fast")).await), "HIT");
        let path = "/admin/aliases?alias=fast";
        app.call("DELETE", path, crate::support::ADMIN_TOKEN, None).await;
        let alias = json!({"alias": "fast", "model": "gpt-oss:20b"});
        assert_eq!(app.admin("POST", "/admin/aliases", &alias).await.status, 201);
        let answer = app.chat(&cold("fast")).await;
        assert_eq!((used(&answer), answer.text()), ("MISS", chat_json("gpt-oss:20b")));
    }

    async fn it_is_counted_and_cleared(app) {
        on(&app).await;
        for model in ["llama3.2", "gpt-oss:20b", "gpt-oss:120b", "llama3.2"] {
            app.chat(&cold(model)).await;
        }
        let now = stats(&app).await;
        let storage = app.app.cache.kind();
        assert_eq!(
            (&now["enabled"], &now["storage"], &now["hits"], &now["misses"], &now["stored"]),
            (&json!(true), &json!(storage), &json!(1), &json!(3), &json!(3))
        );
        assert!(now["entries"] == 3 && now["bytes"].as_u64().unwrap() > 1000, "{now}");
        let clear = async |body: Value| app.admin("POST", "/admin/cache/clear", &body).await.json();
        assert_eq!(clear(json!({"pattern": "openrouter/*"})).await["cleared"], 0);
        assert_eq!(clear(json!({"pattern": "ollama/gpt-*"})).await["cleared"], 2);
        assert_eq!(used(&app.chat(&cold("gpt-oss:20b")).await), "MISS");
        assert_eq!(used(&app.chat(&cold("llama3.2")).await), "HIT");
        assert_eq!(app.call("GET", "/v1/models", "", None).await.status, 200);
        let models = clear(json!({"scope": "models", "pattern": "ollama"})).await;
        assert_eq!(models, json!({"success": true, "cleared": 0, "catalogues": 1}));
        assert_eq!(app.call("GET", "/v1/models", "", None).await.status, 200);
        assert_eq!(app.stub.probes().len(), 2, "the catalogue was asked for anew");
        assert_eq!(clear(json!({})).await["cleared"], 2);
        assert_eq!((&stats(&app).await["entries"], &stats(&app).await["bytes"]), (&json!(0), &json!(0)));
        let deeds = deeds(&app).await;
        assert_eq!(deeds.len(), 4);
        assert_eq!((&*deeds[1].action, &*deeds[1].target), ("cache.clear", "cache:ollama/gpt-*"));
        for bad in [json!({"scope": "x"}), json!({"pattern": ""}), json!({"pattern": 7})] {
            assert_eq!(app.admin("POST", "/admin/cache/clear", &bad).await.status, 422, "{bad}");
        }
        refuses(&app, &[("GET", "/admin/cache/stats"), ("POST", "/admin/cache/clear")]).await;
    }
}
