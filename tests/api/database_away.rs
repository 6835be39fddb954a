//! Postgres or Redis away: at the start, during traffic, at the stop.

pub mod link;

use std::fs;
use std::time::Duration;

use futures_util::future::join_all;
use ollama_api_pool::models::retention::Growing;
use ollama_api_pool::server::Server;
use pool_stub::Stub;
use serde_json::{Value, json};

use self::link::{Commit, Link};
use crate::cli::command;
use crate::support::{ADMIN_TOKEN, Home, Program, Store, TestApp, config, in_time, until};

/// No write but those that a test asks for.
const QUIET: &str = "--stats-flush-interval-ms=60000";

/// The program before a Postgres behind a link, with a key.
async fn start(settings: &[&str]) -> (Link, TestApp) {
    let link = Link::to(Home::postgres_address()).await;
    let home = Home::new_through(Store::Postgres, &link.address()).await;
    let app = TestApp::start_in(home, settings).await;
    app.add_key("sk-away-0123456789").await;
    assert_eq!(app.ask("llama3.2").await.status, 200, "and the token is remembered");
    assert!(link.carried() > 0, "the link is in use");
    (link, app)
}

/// Whether everything that was counted could be written.
async fn flushed(app: &TestApp) -> bool {
    matches!(app.app.actors.stats.flush().await, Ok(Ok(())))
}

#[actix_web::test]
async fn away_during_traffic() {
    let (link, app) = start(&[]).await;
    link.cut().await;
    for _ in 0..20 {
        assert_eq!(app.ask("llama3.2").await.status, 200, "chats go on");
    }
    let answer = in_time("an answer", app.admin_get("/admin/api-keys")).await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "unavailable"));
    assert_eq!(answer.json()["error"], "the database is not available");
    assert!(answer.header("retry-after").is_some());
    let mut health = Value::Null;
    until("the writer has noticed", async || {
        health = app.call("GET", "/health", "", None).await.json();
        health["components"]["stats"]["status"] == "degraded"
    })
    .await;
    let status =
        ["database", "key_pool", "cache"].map(|part| &health["components"][part]["status"]);
    assert_eq!(json!(status), json!(["degraded", "ok", "ok"]));
    assert_eq!(health["status"], "degraded");
    let ready = app.call("GET", "/readyz", "", None).await;
    assert_eq!(ready.status, 200, "it serves");

    link.restore();
    until("it is written", async || flushed(&app).await).await;
    let stats = app.stats().await;
    assert_eq!((&stats["total_requests"], &stats["success_count"]), (&json!(21), &json!(21)));
    until("all is well", async || {
        app.call("GET", "/health", "", None).await.json()["status"] == "ok"
    })
    .await;
    app.stop().await;
}

/// A restart of Postgres breaks every idle connection; nobody is handed one.
#[actix_web::test]
async fn connections_that_died_idle_serve_nobody() {
    let (link, app) = start(&[QUIET]).await;
    let all = join_all((0..16).map(|_| app.admin_get("/admin/tokens"))).await;
    assert!(all.iter().all(|answer| answer.status == 200) && link.carried() > 2);
    link.cut().await;
    link.restore();
    assert!(flushed(&app).await, "at the first try");
    assert_eq!(app.admin_get("/admin/api-keys").await.status, 200);
    app.stop().await;
}

/// A connection that breaks around a commit hides whether it went through. Nothing is counted
/// twice, and nothing is lost.
#[actix_web::test]
async fn cut_while_committing() {
    let (link, app) = start(&[QUIET]).await;
    let mut chats = 1;
    for fate in [Commit::Unconfirmed, Commit::Lost].repeat(5) {
        for _ in 0..3 {
            assert_eq!(app.ask("llama3.2").await.status, 200);
            chats += 1;
        }
        link.next_commit(fate);
        assert!(!flushed(&app).await, "{fate:?}: the write fails, as far as the pool can see");
        assert!(link.commit_met(), "{fate:?}: and it was the commit that failed");
        // More is counted before the second try, which must not take it along unnoticed.
        assert_eq!(app.ask("llama3.2").await.status, 200);
        chats += 1;
        until("it is written", async || flushed(&app).await).await;
        assert_eq!(app.stats().await["total_requests"], chats, "{fate:?}");
    }
    let key = app.admin_get("/admin/keys/stats").await.json()["stats"][0].clone();
    assert_eq!((&key["totalRequests"], &key["successCount"]), (&json!(chats), &json!(chats)));
    let tokens = app.admin_get("/admin/tokens").await.json();
    assert_eq!(tokens["tokens"][0]["requestCount"], chats);
    let latency = app.admin_get("/admin/latency").await.json();
    assert_eq!(latency["total"]["requests"], chats);
    let log = app.admin_get("/admin/requests?pageSize=200").await.json();
    assert_eq!(log["requests"].as_array().map(Vec::len), Some(chats));
    assert_eq!(app.stub.calls().len(), chats);
    app.stop().await;
}

/// Refusals wait on the disk while the database is away, and are counted once, although a commit may
/// have gone through unseen.
#[actix_web::test]
async fn refusals_while_it_is_away() {
    let (link, app) = start(&[QUIET]).await;
    let refuse = async || app.chat(&json!({"messages": []})).await.code();
    let mut refused = 0;
    for fate in [Commit::Unconfirmed, Commit::Lost] {
        for _ in 0..3 {
            assert_eq!(refuse().await, "invalid_value");
            refused += 1;
        }
        link.next_commit(fate);
        assert!(!flushed(&app).await, "{fate:?}: the write fails, as far as the pool can see");
        assert!(link.commit_met(), "{fate:?}");
        link.cut().await;
        for _ in 0..4 {
            assert_eq!(refuse().await, "invalid_value");
            refused += 1;
        }
        assert!(!flushed(&app).await, "{fate:?}: it is away");
        link.restore();
        until("it is written", async || flushed(&app).await).await;
        let usage = app.admin_get("/admin/usage?group=reason").await.json();
        assert_eq!(usage["total"]["refused"], refused, "{fate:?}");
        let stats = app.stats().await;
        let told = ["total_requests", "refused_count"].map(|name| &stats[name]);
        assert_eq!(json!(told), json!([refused + 1, refused]), "{fate:?}");
        let log = app.admin_get("/admin/requests?pageSize=200&outcome=refused").await.json();
        assert_eq!(log["requests"].as_array().map(Vec::len), Some(refused));
    }
    app.stop().await;
}

#[actix_web::test]
async fn cut_again_and_again_under_load() {
    let (link, app) = start(&["--stats-flush-interval-ms=50"]).await;
    let mut chats = 1;
    for round in 0..12 {
        let writing = app.app.actors.stats.clone();
        let writing = actix_web::rt::spawn(async move { writing.flush().await });
        let (answers, ()) = tokio::join!(join_all((0..8).map(|_| app.ask("llama3.2"))), async {
            app.stub.arrived(chats + round % 8).await;
            link.cut().await;
        });
        assert!(answers.iter().all(|answer| answer.status == 200), "round {round}");
        chats += answers.len();
        link.restore();
        let _ = in_time("the write ends", writing).await;
    }
    until("it is written", async || flushed(&app).await).await;
    let stats = app.stats().await;
    assert_eq!((&stats["total_requests"], &stats["success_count"]), (&json!(chats), &json!(chats)));
    assert_eq!(app.stub.calls().len(), chats);
    app.stop().await;
}

#[actix_web::test]
async fn away_at_the_start() {
    let link = Link::to(Home::postgres_address()).await;
    link.cut().await;
    let (home, stub) = (Home::new_through(Store::Postgres, &link.address()).await, Stub::start());
    let url = format!("--database-url=postgres://pool:canary-word@{}/pool", link.address());
    let config = config(&home, &stub, &["--database-wait-secs=1", &url]);
    let error = in_time("an end", Server::build(config)).await.err().expect("no start");
    let told = format!("{error:#} {error:?}");
    assert!(told.contains("DATABASE_URL") && told.contains("could not connect"), "{told}");
    assert!(!told.contains("canary-word"), "{told}");
    link.refused(2).await;
}

#[actix_web::test]
async fn back_while_the_start_waits() {
    let link = Link::to(Home::postgres_address()).await;
    link.cut().await;
    let home = Home::new_through(Store::Postgres, &link.address()).await;
    let starting = actix_web::rt::spawn(TestApp::start_in(home, &["--database-wait-secs=60"]));
    in_time("a first try", link.refused(1)).await;
    link.restore();
    let app = in_time("the start", starting).await.expect("it starts");
    app.add_key("sk-away-0123456789").await;
    assert_eq!(app.ask("llama3.2").await.status, 200);
    app.stop().await;
}

/// What was counted while the database was away outlives the process, and is counted once, although
/// the commit of one batch had gone through unnoticed.
#[actix_web::test]
async fn away_until_after_the_stop() {
    let (link, app) = start(&[QUIET]).await;
    link.next_commit(Commit::Unconfirmed);
    assert!(!flushed(&app).await && link.commit_met(), "it went through, and nobody knows");
    link.cut().await;
    for _ in 0..3 {
        assert_eq!(app.ask("llama3.2").await.status, 200);
        assert!(!flushed(&app).await);
    }
    assert_eq!(app.ask("llama3.2").await.status, 200, "and one that is counted at the stop");
    let home = in_time("the stop", app.stop()).await;
    link.restore();
    let app = TestApp::start_in(home, &[QUIET]).await;
    // The last try of the one before may be at one of them still, since its process is this one.
    until("all is written", async || app.stats().await["total_requests"] == 5).await;
    assert!(flushed(&app).await);
    assert_eq!(app.stats().await["total_requests"], 5);
    let key = app.admin_get("/admin/keys/stats").await.json()["stats"][0].clone();
    assert_eq!(key["totalRequests"], 5);
    app.stop().await;
}

/// After two days the id of a batch is forgotten. What may be there already isn't sent again then.
#[actix_web::test]
async fn unconfirmed_for_too_long() {
    let (link, app) = start(&[QUIET]).await;
    link.next_commit(Commit::Unconfirmed);
    assert!(!flushed(&app).await && link.commit_met(), "it went through, and nobody knows");
    app.app.clock.advance(Duration::from_secs(2 * 86_400));
    let mut conn = app.app.database.get().await.expect("a connection");
    let now = app.app.clock.now().naive();
    Growing::StatsBatches.delete_before(&mut conn, now).await.expect("they go");
    drop(conn);
    assert_eq!(app.ask("llama3.2").await.status, 200);
    assert!(flushed(&app).await);
    assert_eq!(app.stats().await["total_requests"], 2);
    let dir = format!("{}/unwritten", app.home.settings().0);
    let paths =
        fs::read_dir(dir).expect("the directory").map(|entry| entry.expect("a file").path());
    assert_eq!(paths.filter(|path| path.extension().is_some_and(|end| end == "aside")).count(), 1);
    app.stop().await;
}

#[actix_web::test]
async fn back_before_the_stop_gives_up() {
    let (link, app) = start(&[QUIET]).await;
    link.cut().await;
    let stopping = actix_web::rt::spawn(app.stop());
    in_time("a first try", link.refused(1)).await;
    link.restore();
    let home = in_time("the stop", stopping).await.expect("a good stop");
    let app = TestApp::start_in(home, &[]).await;
    assert_eq!(app.stats().await["total_requests"], 1, "the last write came through");
    app.stop().await;
}

#[actix_web::test]
async fn redis_away() {
    let home = Home::new(Store::Postgres).await;
    let app =
        TestApp::start_in(home, &["--redis-url=redis://127.0.0.1:1/", "--rate-limit-requests=2"])
            .await;
    app.add_key("sk-away-0123456789").await;
    assert_eq!(app.ask("llama3.2").await.status, 200);
    for status in [200, 200, 429] {
        let models = app.call("GET", "/v1/models", "", None).await;
        assert_eq!(models.status, status, "limits hold");
    }
    assert_eq!(app.stub.probes().len(), 1, "the catalogue is remembered");
    let health = app.call("GET", "/health", "", None).await.json();
    assert_eq!(health["status"], "degraded");
    assert_eq!(health["components"]["cache"], json!({"status": "degraded", "kind": "redis"}));
    assert_eq!(health["components"]["database"]["status"], "ok");
    app.stop().await;
}

/// Whoever reads the log is not sent to look for connections that others hold.
#[actix_web::test]
async fn the_log_says_why_there_is_no_connection() {
    let link = Link::to(Home::postgres_address()).await;
    let home = Home::new_through(Store::Postgres, &link.address()).await;
    let program = Program::start(command(&home, &[])).await;
    link.cut().await;
    assert_eq!(program.call("GET", "/admin/tokens", ADMIN_TOKEN, None).await.status, 503);
    let printed = program.kill().await;
    assert!(printed.contains("no connection to the database: "), "{printed}");
    assert!(!printed.contains("became free"), "{printed}");
}
