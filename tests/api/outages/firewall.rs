//! The firewall against mass failures: an outage benches no key, whatever it answers.

use std::time::Duration;

use serde_json::json;

use super::{add_keys, breakers, counts, error, kinds, say};
use crate::support::{both_stores, until};

both_stores! {
    async fn an_outage_benches_no_key(app) {
        let keys = add_keys(&app, 10).await;
        for (kind, reply) in kinds() {
            for n in 0..3 {
                assert_eq!(say(&app, &app.token, &format!("{kind} {n}")).await.status, 200, "{kind}");
            }
            let before = app.stub.calls().len();
            keys.iter().for_each(|key| {
                app.stub.always(key, reply.clone());
                app.stub.on_probe(key, reply.clone());
            });
            for n in 0..30 {
                let answer = say(&app, &app.token, &format!("{kind} out {n}")).await;
                assert!(answer.status >= 429, "{kind}: {}", answer.status);
            }
            let calls = app.stub.calls().len() - before;
            assert!(calls <= 9, "{kind}: {calls} calls for 30 requests");
            assert_eq!(counts(&app).await["active"], 10, "{kind}: {}", breakers(&app).await);
            app.stub.clear();
            app.app.clock.advance(Duration::from_millis(1_500));
            assert_eq!(say(&app, &app.token, &format!("{kind} back")).await.status, 200, "{kind}");
        }
        let shown = breakers(&app).await;
        let ollama = shown["firewalls"].as_array().expect("a list").iter().find(|one| one["provider"] == "ollama");
        assert!(ollama.expect("it is there")["taken_back"].as_u64() >= Some(10), "{shown}");
    }

    async fn the_firewall_tells_whom_it_blames(app) {
        let keys = add_keys(&app, 4).await;
        keys.iter().for_each(|key| app.stub.always(key, error(401, "unauthorized")));
        say(&app, &app.token, "one").await;
        say(&app, &app.token, "two").await;
        let shown = breakers(&app).await;
        let firewall = shown["firewalls"].as_array().expect("a list")[0].clone();
        assert_eq!((firewall["state"].as_str(), firewall["reason"].as_str()), (Some("upstream_blamed"), Some("unauthorized")));
        assert!(firewall["until"].is_string());
        app.stub.clear();
        app.app.clock.advance(Duration::from_millis(1_500));
        assert_eq!(say(&app, &app.token, "three").await.status, 200);
        assert_eq!(breakers(&app).await["firewalls"][0]["state"], "quiet");
    }

    async fn a_revoked_key_among_good_ones_is_taken_out(app) {
        let keys = add_keys(&app, 3).await;
        app.stub.always(&keys[0], error(401, "unauthorized"));
        app.stub.on_probe(&keys[0], error(401, "unauthorized"));
        until("the revoked key is out", async || {
            assert_eq!(say(&app, &app.token, "one").await.status, 200);
            counts(&app).await["disabled"] == 1
        })
        .await;
        let calls = app.stub.count(&keys[0]);
        for n in 0..6 {
            assert_eq!(say(&app, &app.token, &format!("{n}")).await.status, 200);
        }
        assert_eq!(app.stub.count(&keys[0]), calls);
    }

    async fn a_key_that_a_probe_finds_good_goes_on(app) {
        let keys = add_keys(&app, 3).await;
        app.stub.next(&keys[0], error(401, "unauthorized"));
        for n in 0..3 {
            assert_eq!(say(&app, &app.token, &format!("{n}")).await.status, 200);
        }
        until("it is back", async || counts(&app).await["active"] == 3).await;
        assert_eq!(app.stub.probes().len(), 1);
    }

    async fn a_health_check_in_an_outage_benches_no_key(app) {
        let keys = add_keys(&app, 12).await;
        keys.iter().for_each(|key| app.stub.on_probe(key, error(401, "unauthorized")));
        let job = app.admin("POST", "/admin/keys/health-check", &json!({})).await.json();
        let path = format!("/admin/jobs/{}", job["job"].as_str().expect("an id"));
        until("it ends", async || app.admin_get(&path).await.json()["status"] == "done").await;
        assert_eq!(app.stub.probes().len(), 12);
        assert_eq!(counts(&app).await["active"], 12);
    }
}
