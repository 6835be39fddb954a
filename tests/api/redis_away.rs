//! Redis away: at the start, under load, again and again. Nobody waits for it, and nothing fails.

mod refused;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use actix_web::rt;
use futures_util::future::join_all;
use ollama_api_pool::cache::Cache;
use serde_json::json;
use tokio::net::TcpListener;
use url::Url;

use crate::database_away::link::Link;
use crate::support::{Home, Store, TestApp, in_time, redis_at, until};

const HOUR: Duration = Duration::from_secs(3600);

/// Calls in a row; many more than there can be probes meanwhile.
const CALLS: usize = 1000;

/// A home with a Redis, and a link to it with its URL.
async fn linked() -> (Home, Link, String) {
    let home = Home::new(Store::Postgres).await;
    let mut url = Url::parse(&home.settings().2).expect("a URL");
    let host = url.host_str().expect("a host").to_owned();
    let link = Link::to(format!("{host}:{}", url.port().unwrap_or(6379))).await;
    let at = link.address();
    let port = at.rsplit(':').next().and_then(|port| port.parse().ok());
    url.set_host(Some("127.0.0.1")).expect("a host");
    url.set_port(port).expect("a port");
    (home, link, url.to_string())
}

async fn start(home: Home, url: &str) -> TestApp {
    let redis = format!("--redis-url={url}");
    let app = TestApp::start_in(home, &[&redis, "--rate-limit-requests=100000"]).await;
    app.add_key("sk-away-0123456789").await;
    app
}

/// What `/health` says of the cache.
async fn health(app: &TestApp) -> serde_json::Value {
    let health = app.call("GET", "/health", "", None).await;
    assert_eq!(health.status, 200);
    health.json()["components"]["cache"].clone()
}

/// What needs the cache, by everyone who may ask: no answer is an error of the pool's.
async fn ask_everything(app: &TestApp) {
    let answers = join_all((0..4).map(async |_| {
        let chat = app.ask("llama3.2").await.status;
        let list = app.call("GET", "/v1/models", "", None).await.status;
        let guess = app.call("GET", "/admin/stats", "wrong-token-0123", None).await.status;
        let admin = app.admin_get("/admin/stats").await.status;
        (chat, list, guess, admin)
    }));
    for (chat, list, guess, admin) in in_time("the answers", answers).await {
        assert_eq!((chat, list, admin), (200, 200, 200));
        assert!(matches!(guess, 401 | 429), "{guess}");
    }
}

#[actix_web::test]
async fn away_at_the_start() {
    let (home, link, url) = linked().await;
    link.cut().await;
    let app = start(home, &url).await;
    ask_everything(&app).await;
    assert_eq!(health(&app).await, json!({"status": "degraded", "kind": "redis"}));
    link.restore();
    until("it is found", async || health(&app).await["status"] == "ok").await;
    ask_everything(&app).await;
    app.app.cache.set("name", "value".into(), HOUR).await;
    let redis = app.home.settings().2;
    let other = Cache::open(redis_at(&redis), app.home.prefix());
    assert_eq!(other.get("name").await.as_deref(), Some(&b"value"[..]), "it is in Redis");
    app.stop().await;
}

#[actix_web::test]
async fn cut_again_and_again_under_load() {
    let (home, link, url) = linked().await;
    let app = start(home, &url).await;
    ask_everything(&app).await;
    assert_eq!(health(&app).await, json!({"status": "ok", "kind": "redis"}));
    for _ in 0..5 {
        tokio::join!(ask_everything(&app), link.cut());
        ask_everything(&app).await;
        assert_eq!(health(&app).await["status"], "degraded");
        link.restore();
        tokio::join!(
            ask_everything(&app),
            until("it is found", async || health(&app).await["status"] == "ok"),
        );
    }
    app.stop().await;
}

/// A restart of Redis breaks every idle connection; nobody is handed one.
#[actix_web::test]
async fn connections_that_died_idle_serve_nobody() {
    let (home, link, url) = linked().await;
    let cache = Cache::open(redis_at(&url), home.prefix());
    join_all((0..20).map(|_| cache.hit("count", HOUR))).await;
    link.cut().await;
    link.restore();
    assert_eq!(cache.hit("count", HOUR).await, 21, "counted on in Redis");
    assert!(!cache.is_degraded());
}

#[actix_web::test]
async fn a_refusal_is_met_once_and_not_by_every_call() {
    let (home, link, url) = linked().await;
    let cache = Cache::open(redis_at(&url), home.prefix());
    cache.set("kept", "in Redis".into(), HOUR).await;
    link.cut().await;
    cache.set("kept", "in memory".into(), HOUR).await;
    assert!(cache.is_degraded());
    for n in 1..=CALLS {
        assert_eq!(cache.hit("count", HOUR).await, n as u64);
    }
    assert!(link.refusals() < CALLS / 10, "{} connections were tried", link.refusals());
    assert_eq!(cache.get("kept").await.as_deref(), Some(&b"in memory"[..]));
    link.restore();
    until("it is found", async || !cache.is_degraded()).await;
    assert_eq!(cache.get("kept").await.as_deref(), Some(&b"in Redis"[..]));
    link.cut().await;
    assert_eq!(cache.get("kept").await, None, "what memory held is not shown again");
}

/// Whoever takes connections and says nothing is as good as away.
#[actix_web::test]
async fn silence_is_met_once_and_not_by_every_call() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("redis://{}/", listener.local_addr().expect("an address"));
    let came = Arc::new(AtomicUsize::new(0));
    let counted = came.clone();
    rt::spawn(async move {
        let mut held = Vec::new();
        while let Ok((client, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::Relaxed);
            held.push(client);
        }
    });
    let cache = Cache::open(redis_at(&url), "silent:");
    assert_eq!(in_time("a first call", cache.hit("count", HOUR)).await, 1);
    assert!(cache.is_degraded());
    for n in 2..=CALLS {
        assert_eq!(cache.hit("count", HOUR).await, n as u64);
    }
    let came = came.load(Ordering::Relaxed);
    assert!(came < CALLS / 10, "{came} connections were tried");
}
