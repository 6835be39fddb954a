//! Processes that are killed: what they had counted is counted by the next one, once.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::sync::Arc;

use actix_web::http::header::HeaderValue;
use actix_web::rt::net::TcpStream;
use bytes::Bytes;
use futures_util::future::join_all;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use ollama_api_pool::stats::{Outcome, Record, Tokens};
use pool_stub::{Gate, Reply, Step, Stub};
use serde_json::{Value, json};

use crate::cli::command;
use crate::database_away::link::{Commit, Link};
use crate::support::{
    ADMIN_TOKEN, Answer, Home, Program, Store, TestApp, canary, each_store, until,
};

/// What a stream begins with.
const FIRST: &[u8] = b"data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n";

/// A process that writes only when it is asked for statistics, and its client token.
struct Service {
    program: Program,
    token: String,
}

impl Service {
    async fn start(home: &Home, stub: &Stub, token: &str) -> Self {
        let mut command = command(home, &[]);
        command
            .env("STATS_FLUSH_INTERVAL_MS", "60000")
            .env("BCRYPT_COST", "4")
            .env("OLLAMA_BASE_URL", stub.url());
        Self { program: Program::start(command).await, token: token.to_owned() }
    }

    /// The first one over this store, with a key.
    async fn first(home: &Home, stub: &Stub) -> Self {
        let mut this = Self::start(home, stub, "").await;
        let key = "sk-killed-0123456789";
        canary::release(key);
        this.admin("POST", "/admin/api-keys", &json!({"api_key": key})).await;
        let made = this.admin("POST", "/admin/tokens", &json!({"name": "one"})).await;
        this.token = made["token"].as_str().expect("a token").to_owned();
        canary::release(&this.token);
        this
    }

    async fn admin(&self, method: &str, path: &str, body: &Value) -> Value {
        let body = (method != "GET").then_some(body);
        let answer = self.program.call(method, path, ADMIN_TOKEN, body).await;
        assert!((200..300).contains(&answer.status), "{method} {path}: {}", answer.text());
        answer.json()
    }

    async fn chat(&self, stream: bool) -> Answer {
        let body = json!({"model": "llama3.2", "messages": [], "stream": stream});
        self.program.call("POST", "/v1/chat/completions", &self.token, Some(&body)).await
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}/v1/chat/completions", self.program.port)
    }

    /// A chat whose answer begins, and goes no further.
    async fn hold(&self, stub: &Stub) -> awc::ClientResponse {
        let steps = vec![Step::Send(FIRST.to_vec()), Step::Wait(Gate::new())];
        stub.next("*", Reply::sse_raw(steps));
        let body = json!({"model": "llama3.2", "messages": [], "stream": true});
        let client = awc::Client::builder().disable_timeout().finish();
        let sent = client.post(self.url()).bearer_auth(&self.token).send_json(&body).await;
        sent.expect("it begins")
    }

    async fn get(&self, path: &str) -> Value {
        self.admin("GET", path, &Value::Null).await
    }

    /// How many requests each report knows of; writes what was counted.
    async fn counts(&self) -> [Value; 5] {
        let stats = self.get("/admin/stats").await;
        let keys = self.get("/admin/keys/stats").await;
        let tokens = self.get("/admin/tokens").await;
        let lines = self.get("/admin/requests?pageSize=200").await;
        [
            stats["total_requests"].clone(),
            stats["success_count"].clone(),
            keys["stats"][0]["totalRequests"].clone(),
            tokens["tokens"][0]["requestCount"].clone(),
            json!(lines["requests"].as_array().map(Vec::len)),
        ]
    }
}

/// Segments that are there.
fn segments(home: &Home) -> usize {
    let dir = format!("{}/unwritten", home.settings().0);
    fs::read_dir(dir).map_or(0, Iterator::count)
}

each_store! {
    async fn what_was_answered_is_counted_once(store) {
        let (home, stub) = (Home::new(store).await, Stub::start());
        let service = Service::first(&home, &stub).await;
        let token = service.token.clone();
        for n in 0..8 {
            assert_eq!(service.chat(n % 2 == 0).await.status, 200);
        }
        stub.next("*", Reply::json(400, "{}"));
        assert_eq!(service.chat(false).await.status, 400);
        service.program.kill().await;
        assert_eq!(segments(&home), 1);

        // Killed before it has written, and after.
        Service::start(&home, &stub, &token).await.program.kill().await;
        for _ in 0..2 {
            let service = Service::start(&home, &stub, &token).await;
            for _ in 0..2 {
                assert_eq!(json!(service.counts().await), json!([9, 8, 9, 9, 9]));
            }
            service.program.kill().await;
        }
        let service = Service::start(&home, &stub, &token).await;
        assert_eq!(service.chat(true).await.status, 200);
        let (ended, printed) = service.program.terminate().await;
        assert!(ended.success(), "{printed}");
        assert_eq!(segments(&home), 0, "a stop leaves nothing");
        let service = Service::start(&home, &stub, &token).await;
        assert_eq!(json!(service.counts().await), json!([10, 9, 10, 10, 10]));
        service.program.terminate().await;
    }

    /// The upstream has been asked, so the request counts, whenever it began.
    async fn what_is_under_way_is_counted_too(store) {
        let (home, stub) = (Home::new(store).await, Stub::start());
        let service = Service::first(&home, &stub).await;
        let token = service.token.clone();
        let first = service.hold(&stub).await;
        assert_eq!(service.chat(false).await.status, 200);
        assert_eq!(json!(service.counts().await), json!([1, 1, 1, 1, 1]), "one is over");
        let second = service.hold(&stub).await;
        assert_eq!(stub.calls().len(), 3);
        service.program.kill().await;
        drop((first, second));
        for _ in 0..2 {
            let service = Service::start(&home, &stub, &token).await;
            assert_eq!(json!(service.counts().await), json!([3, 1, 3, 3, 3]));
            let left = service.get("/admin/requests?outcome=cancelled").await;
            let left = left["requests"].as_array().expect("lines");
            let attempts = left.iter().map(|line| line["attempts"].as_array().map_or(0, Vec::len));
            assert_eq!((left.len(), attempts.sum::<usize>()), (2, 2));
            service.program.kill().await;
        }
    }

    /// A refusal is on the disk before its client has it, too.
    async fn what_was_refused_is_counted_once(store) {
        let (home, stub) = (Home::new(store).await, Stub::start());
        let service = Service::first(&home, &stub).await;
        let token = service.token.clone();
        let chat = async |service: &Service, token: &str, body: Value| {
            let call = service.program.call("POST", "/v1/chat/completions", token, Some(&body));
            call.await.status
        };
        assert_eq!(service.chat(false).await.status, 200);
        for _ in 0..3 {
            assert_eq!(chat(&service, &token, json!({"messages": []})).await, 422);
        }
        for _ in 0..2 {
            assert_eq!(chat(&service, "sk-pool-unknown", json!({"model": "m"})).await, 401);
        }
        service.program.kill().await;
        // Killed before it has written, and after.
        Service::start(&home, &stub, &token).await.program.kill().await;
        for _ in 0..2 {
            let service = Service::start(&home, &stub, &token).await;
            for _ in 0..2 {
                let usage = service.get("/admin/usage?group=reason").await;
                let rows = usage["rows"].as_array().expect("rows").iter();
                let refused: Vec<_> = rows.map(|row| json!([row["id"], row["refused"]])).collect();
                assert_eq!(refused, [json!(["invalid_value", 3]), json!(["invalid_api_key", 2])]);
                assert_eq!(json!(service.counts().await), json!([4, 1, 1, 1, 6]));
            }
            service.program.kill().await;
        }
    }

    async fn killed_again_and_again_under_load(store) {
        let (home, stub) = (Home::new(store).await, Stub::start());
        let service = Service::first(&home, &stub).await;
        let token = service.token.clone();
        service.program.terminate().await;
        let mut answered = 0;
        for round in 0..4 {
            let service = Service::start(&home, &stub, &token).await;
            let port = service.program.port;
            let clients: Vec<_> = (0..8)
                .map(|_| actix_web::rt::spawn(ask_until_cut(port, token.clone())))
                .collect();
            stub.arrived(stub.calls().len() + 40 + 7 * round).await;
            service.program.kill().await;
            for client in join_all(clients).await {
                answered += client.expect("a count");
            }
        }
        let service = Service::start(&home, &stub, &token).await;
        let [total, success, key, token, _] = service.counts().await;
        assert_eq!((&key, &token), (&total, &total));
        let (total, success) = (total.as_u64().unwrap(), success.as_u64().unwrap());
        let asked = stub.calls().len() as u64;
        // Each client may have had one request whose answer it didn't see, each time; and one that
        // was noted and not sent.
        let cut = 8 * 4;
        assert!((answered..=answered + cut).contains(&success), "{success} of {answered} successes");
        assert!((asked..=asked + cut).contains(&total), "{total} of {asked} asked");
        service.program.terminate().await;
    }
}

/// Asks until an answer breaks off; returns how many there were before.
async fn ask_until_cut(port: u16, token: String) -> u64 {
    for n in 0.. {
        let body = json!({"model": "llama3.2", "messages": [], "stream": n % 2 == 0});
        match ask_whole(port, &token, &body).await {
            Ok(status) => assert_eq!(status, 200),
            Err(_) => return n,
        }
    }
    unreachable!("it is killed")
}

/// The status of an answer that came to its end. awc, which other tests use, takes a body in chunks
/// that ends with its connection for a whole one; hyper doesn't.
async fn ask_whole(port: u16, token: &str, body: &Value) -> Result<u16, Box<dyn Error>> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    actix_web::rt::spawn(connection);
    let request = hyper::Request::post("/v1/chat/completions")
        .header("host", "pool")
        .header("content-type", "application/json")
        .header("authorization", format!("Bearer {token}"))
        .body(Full::new(Bytes::from(body.to_string())))?;
    let response = sender.send_request(request).await?;
    let status = response.status().as_u16();
    response.into_body().collect().await?;
    Ok(status)
}

/// The commit went through and nobody knows: then the process is killed.
#[actix_web::test]
async fn killed_after_a_commit_that_was_not_confirmed() {
    let link = Link::to(Home::postgres_address()).await;
    let home = Home::new_through(Store::Postgres, &link.address()).await;
    let stub = Stub::start();
    let service = Service::first(&home, &stub).await;
    let token = service.token.clone();
    for _ in 0..3 {
        assert_eq!(service.chat(false).await.status, 200);
    }
    let held = service.hold(&stub).await;
    for commit in [Commit::Unconfirmed, Commit::Lost] {
        link.next_commit(commit);
        service.program.call("GET", "/admin/stats", ADMIN_TOKEN, None).await;
        until("a commit breaks", async || link.commit_met()).await;
        assert_eq!(service.chat(false).await.status, 200);
    }
    service.program.kill().await;
    drop(held);
    let service = Service::start(&home, &stub, &token).await;
    assert_eq!(json!(service.counts().await), json!([6, 5, 6, 6, 6]), "what was held is one");
    service.program.terminate().await;
}

/// Two processes on one directory: neither counts what the other one is at, until that dies.
#[actix_web::test]
async fn what_a_living_process_is_at_is_left_to_it() {
    let (home, stub) = (Home::new(Store::Postgres).await, Stub::start());
    let one = Service::first(&home, &stub).await;
    let two = Service::start(&home, &stub, &one.token).await;
    for _ in 0..3 {
        assert_eq!(one.chat(false).await.status, 200);
    }
    assert_eq!(json!(two.counts().await), json!([0, 0, 0, 0, 0]), "the other one's");
    assert_eq!(json!(one.counts().await), json!([3, 3, 3, 3, 3]));
    for service in [&one, &two] {
        assert_eq!(service.chat(false).await.status, 200);
    }
    one.program.kill().await;
    assert_eq!(json!(two.counts().await), json!([5, 5, 5, 5, 5]), "it has taken over");
    two.program.terminate().await;
    assert_eq!(segments(&home), 0);
}

#[actix_web::test]
async fn a_disk_that_takes_nothing_costs_no_request() {
    let home = Home::new(Store::Sqlite).await;
    fs::write(format!("{}/unwritten", home.settings().0), "no directory").expect("a file");
    let app = TestApp::start_in(home, &["--stats-flush-interval-ms=60000"]).await;
    app.add_key("sk-killed-0123456789").await;
    for _ in 0..3 {
        assert_eq!(app.ask("llama3.2").await.status, 200);
    }
    assert_eq!(app.stats().await["total_requests"], 3);
    fs::remove_file(format!("{}/unwritten", app.home.settings().0)).expect("it goes");
    assert_eq!(app.ask("llama3.2").await.status, 200);
    assert_eq!(app.stats().await["total_requests"], 4);
    assert_eq!(segments(&app.home), 1, "the next one's is there again");
    app.stop().await;
}

/// What is too much for one segment is read back from several.
#[actix_web::test]
async fn many_between_two_writes() {
    let app = TestApp::start(Store::Sqlite, &["--stats-flush-interval-ms=60000"]).await;
    let off = BTreeMap::from([("request_log".to_owned(), "false".to_owned())]);
    app.app.settings.change(&off);
    let record = Record {
        provider: Arc::from("ollama"),
        model: Arc::from("m"),
        asked: Arc::from("m"),
        token: 1,
        request_id: HeaderValue::try_from("a".repeat(1 << 16)).expect("a value"),
        stream: false,
        cache: Cow::Borrowed("BYPASS"),
        at: app.app.clock.now(),
        outcome: Outcome::Success,
        status: 200,
        latency_ms: 1,
        ttft_ms: 1,
        tokens: Tokens::default(),
        attempts: Vec::new(),
        told: None,
    };
    for _ in 0..4_800 {
        let number = app.app.actors.stats.begin();
        app.app.actors.stats.record(number, record.clone());
    }
    assert_eq!(segments(&app.home), 3, "of 128 MB each");
    let backlog = app.app.actors.stats.backlog();
    assert!(backlog.age.is_some());
    // Reading 300 MB back may take longer than whoever asks for it waits.
    let written = async || matches!(app.app.actors.stats.flush().await, Ok(Ok(())));
    until("all are written", written).await;
    assert_eq!(app.stats().await["total_requests"], 4_800);
    assert_eq!((segments(&app.home), app.app.actors.stats.counted().written), (1, 4_800));
    assert!(app.app.actors.stats.backlog().age.is_none(), "nothing waits");
    app.stop().await;
}
