//! Work in the background, whatever becomes of the process that does it.

use std::time::Duration;

use pool_stub::{Gate, Reply, Step};
use serde_json::{Value, json};

use crate::support::{TestApp, both_stores, each_store, in_time, until};

/// A probe's answer that waits at the gate.
fn held(gate: &Gate) -> Reply {
    let answer =
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";
    Reply::steps(vec![Step::Wait(gate.clone()), Step::Send(answer.to_vec())])
}

async fn begin(app: &TestApp, body: Value) -> String {
    let answer = app.admin("POST", "/admin/keys/health-check", &body).await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    answer.json()["job"].as_str().expect("an id").to_owned()
}

async fn view(app: &TestApp, job: &str) -> Value {
    app.admin_get(&format!("/admin/jobs/{job}")).await.json()
}

async fn ended(app: &TestApp, job: &str) -> Value {
    let mut seen = Value::Null;
    until("the job ends", async || {
        seen = view(app, job).await;
        seen["status"] != "running"
    })
    .await;
    seen
}

async fn add_keys(app: &TestApp, count: usize) {
    for n in 0..count {
        app.add_key(&format!("sk-background-{n:05}")).await;
    }
}

both_stores! {
    async fn listed_newest_first(app) {
        app.add_key("sk-listed-00000001").await;
        let mut jobs = Vec::new();
        for _ in 0..3 {
            jobs.push(begin(&app, json!({})).await);
            ended(&app, jobs.last().unwrap()).await;
        }
        let page = app.admin_get("/admin/jobs?pageSize=2").await.json();
        let ids = |page: &Value| -> Vec<Value> {
            page["jobs"].as_array().unwrap().iter().map(|job| job["id"].clone()).collect()
        };
        assert_eq!(ids(&page), [json!(jobs[2]), json!(jobs[1])]);
        assert_eq!((&page["total"], &page["totalPages"]), (&json!(3), &json!(2)));
        assert_eq!(page["jobs"][0]["result"], Value::Null, "lists are small");
        let page = app.admin_get("/admin/jobs?pageSize=2&page=2").await.json();
        assert_eq!(ids(&page), [json!(jobs[0])]);
        let one = view(&app, &jobs[0]).await;
        assert_eq!((&one["actor"], &one["progress"]["valid"]), (&json!("admin-token"), &json!(1)));
        assert_eq!(one["result"]["counts"]["valid"], 1);
        assert!(one["finished_at"].is_string());
        assert_eq!(app.admin_get("/admin/jobs?page=odd").await.status, 422);
    }

    async fn old_ones_are_forgotten(app) {
        let job = begin(&app, json!({})).await;
        ended(&app, &job).await;
        app.app.clock.advance(Duration::from_secs(29 * 86_400));
        app.app.actors.jobs.look().await.unwrap();
        assert_eq!(app.admin_get(&format!("/admin/jobs/{job}")).await.status, 200);
        app.app.clock.advance(Duration::from_secs(2 * 86_400));
        // A look that meets another one under way leaves the work to the next.
        until("it is forgotten", async || {
            app.app.actors.jobs.look().await.unwrap();
            app.admin_get(&format!("/admin/jobs/{job}")).await.status == 404
        })
        .await;
    }

    async fn an_ended_job_stays_as_it_is(app) {
        let job = begin(&app, json!({})).await;
        assert_eq!(ended(&app, &job).await["status"], "done");
        let path = format!("/admin/jobs/{job}");
        let answer = app.admin("DELETE", &path, &json!({})).await;
        assert_eq!((answer.status, &answer.json()["status"]), (200, &json!("done")));
        assert_eq!(view(&app, &job).await["cancelling"], false);
    }

    async fn probes_at_once_are_bounded_over_all_jobs(app, ["--health-check-concurrency=2"]) {
        add_keys(&app, 3).await;
        let gate = Gate::new();
        app.stub.on_probe("*", held(&gate));
        let jobs = [begin(&app, json!({})).await, begin(&app, json!({})).await];
        until("both jobs run", async || app.stub.probes().len() == 2
            && view(&app, &jobs[1]).await["total"] == 3).await;
        assert_eq!(app.stub.probes().len(), 2);
        gate.open();
        for job in &jobs {
            assert_eq!(ended(&app, job).await["done"], 3);
        }
        assert_eq!(app.stub.probes().len(), 6);
    }

    async fn a_dead_actor_leaves_no_job_behind(app, ["--health-check-concurrency=1"]) {
        add_keys(&app, 2).await;
        let gate = Gate::new();
        app.stub.on_probe("*", held(&gate));
        let under_way = begin(&app, json!({})).await;
        gate.reached().await;
        app.app.actors.jobs.crash();
        until("it is back", async || app.app.actors.restarts().await.contains_key("jobs")).await;
        let later = begin(&app, json!({})).await;
        gate.open();
        for job in [&under_way, &later] {
            let view = ended(&app, job).await;
            assert_eq!((&view["status"], &view["done"]), (&json!("done"), &json!(2)));
        }
        assert_eq!(app.stub.probes().len(), 4, "nothing twice");
    }

    async fn events_tell_of_progress(app) {
        app.add_key("sk-watched-0000001").await;
        let mut events = app.app.events.watch();
        let job = begin(&app, json!({})).await;
        in_time("the end is told", async {
            loop {
                let event = events.recv().await.expect("an event");
                if event.kind == "job" && event.data["status"] == "done" {
                    assert_eq!(event.data["id"], json!(job));
                    assert_eq!(event.data["progress"]["valid"], 1);
                    break;
                }
            }
        })
        .await;
    }

    async fn the_timer_takes_turns(app) {
        for n in 0..3 {
            let secret = format!("sk-turn-000000000{n}");
            app.add_key(&secret).await;
            app.stub.on_probe(&secret, Reply::json(401, "{}"));
        }
        // One by one: three that are refused together would be an outage.
        for key in app.admin_get("/admin/api-keys").await.json()["api_keys"].as_array().expect("a list") {
            app.add_key(&format!("sk-good-0000000{}", key["id"])).await;
            for ids in [json!([key["id"]]), json!([key["id"].as_i64().expect("an id") + 3])] {
                let first = begin(&app, json!({"ids": ids})).await;
                ended(&app, &first).await;
            }
        }
        let before = app.stub.probes().len();
        for _ in 0..3 {
            assert_eq!(app.app.actors.health_check.sweep_at_most(1).await.unwrap(), 1);
        }
        let mut probed: Vec<String> =
            app.stub.probes()[before..].iter().map(|probe| probe.key.clone()).collect();
        probed.sort();
        probed.dedup();
        assert_eq!(probed.len(), 3, "not always the first");
    }
}

each_store! {
    async fn a_check_goes_on_after_a_restart(store) {
        let app = TestApp::start(store, &["--health-check-concurrency=1"]).await;
        add_keys(&app, 5).await;
        let gate = Gate::new();
        for n in 2..5 {
            app.stub.on_probe(&format!("sk-background-{n:05}"), held(&gate));
        }
        let job = begin(&app, json!({})).await;
        gate.reached().await;
        assert_eq!(view(&app, &job).await["status"], "running");
        let (stub, home) = (app.stub.clone(), app.stop().await);
        let before = stub.probes().len();
        assert_eq!(before, 3);
        gate.open();
        let app = TestApp::start_with(home, stub, &["--health-check-concurrency=1"]).await;
        let view = ended(&app, &job).await;
        assert_eq!((&view["status"], &view["done"], &view["valid"]),
            (&json!("done"), &json!(5), &json!(5)));
        assert_eq!(app.stub.probes().len(), before + 3, "what was done is not done again");
        app.stop().await;
    }

    async fn cancelled_while_nobody_runs_it(store) {
        let app = TestApp::start(store, &["--health-check-concurrency=1"]).await;
        add_keys(&app, 3).await;
        let gate = Gate::new();
        app.stub.on_probe("*", held(&gate));
        let job = begin(&app, json!({})).await;
        gate.reached().await;
        app.app.jobs.close();
        until("nobody works", async || app.app.jobs.is_idle()).await;
        let path = format!("/admin/jobs/{job}");
        assert_eq!(app.admin("DELETE", &path, &json!({})).await.json()["cancelling"], true);
        let (stub, home) = (app.stub.clone(), app.stop().await);
        let before = stub.probes().len();
        let app = TestApp::start_with(home, stub, &[]).await;
        assert_eq!(ended(&app, &job).await["status"], "cancelled");
        assert_eq!(app.stub.probes().len(), before);
        app.stop().await;
    }
}
