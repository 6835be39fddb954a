//! What a client token may use holds over all replicas together.

use std::time::{Duration, Instant};

use awc::ClientResponse;
use futures_util::StreamExt;
use futures_util::future::join_all;
use futures_util::stream::FuturesUnordered;
use pool_stub::{Gate, Reply, Step};
use serde_json::{Value, json};

use super::{CHAT, Replicas};
use crate::support::{Answer, canary, in_time, until};

const REPLICAS: usize = 3;

/// After so long the places of a replica that died are free.
const LEASE: Duration = Duration::from_secs(10);

/// Three replicas that all know a key.
async fn start(secret: &str) -> Replicas {
    let replicas = Replicas::start(REPLICAS, &[]).await;
    replicas.add(0, secret).await;
    replicas.answer(&[0, 1, 2], 200, "added").await;
    replicas
}

impl Replicas {
    async fn token(&self, limits: Value) -> String {
        let mut body = json!({"name": "limited"});
        body.as_object_mut().expect("fields").extend(limits.as_object().expect("fields").clone());
        let made = self.admin(0, "POST", "/admin/tokens", body).await.json();
        let token = made["token"].as_str().expect("a token").to_owned();
        canary::release(&token);
        token
    }

    /// How many of so many are answered; the others must be refused in these words.
    async fn ask_at_once(&self, count: usize, token: &str, refusal: &str) -> usize {
        let answers = join_all((0..count).map(|number| self.chat_as(number, token))).await;
        let served = answers.iter().filter(|answer| answer.status == 200).count();
        for answer in answers.iter().filter(|answer| answer.status != 200) {
            assert_eq!((answer.status, answer.code().as_str()), (429, refusal));
        }
        served
    }

    /// A stream that is under way; `None` if it was refused.
    async fn stream(&self, which: usize, token: &str) -> Option<ClientResponse> {
        let client = awc::Client::builder().disable_timeout().finish();
        let url = format!("http://127.0.0.1:{}{CHAT}", self.all[which].port);
        let body = json!({"model": "m", "messages": [], "stream": true});
        let asked = client.post(url).bearer_auth(token).send_json(&body);
        let mut answer = in_time("an answer", asked).await.expect("the pool answers");
        if answer.status().as_u16() == 429 {
            return None;
        }
        let piece = in_time("its first piece", answer.next()).await;
        assert!(piece.is_some_and(|piece| piece.is_ok()));
        Some(answer)
    }
}

/// A stream that goes on until the gate is opened.
fn held_stream(gate: &Gate) -> Reply {
    let event = |text: &str| Step::Send(format!("data: {text}\n\n").into_bytes());
    let hello = r#"{"choices":[{"index":0,"delta":{"content":"Hello"},"finish_reason":null}]}"#;
    let stop = r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;
    Reply::sse_raw(vec![event(hello), Step::Wait(gate.clone()), event(stop), event("[DONE]")])
}

/// An answer that comes when the gate is opened.
fn held(gate: &Gate) -> Reply {
    let bytes = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}".to_vec();
    Reply::steps(vec![Step::Wait(gate.clone()), Step::Send(bytes)])
}

#[actix_web::test]
async fn of_many_requests_as_many_are_let_in_as_may() {
    let replicas = start("sk-limits-all-000001").await;
    for (name, code) in
        [("rpm", "token_requests_per_minute"), ("daily_requests", "token_daily_requests")]
    {
        let token = replicas.token(json!({name: 25})).await;
        let before = replicas.stub.calls().len();
        let mut served = 0;
        for _ in 0..3 {
            served += replicas.ask_at_once(30, &token, code).await;
        }
        assert_eq!((served, replicas.stub.calls().len() - before), (25, 25), "{name}");
    }
    replicas.stop().await;
}

#[actix_web::test]
async fn of_many_at_once_as_many_are_under_way_as_may() {
    let secret = "sk-limits-all-000002";
    let replicas = start(secret).await;
    let token = replicas.token(json!({"max_concurrency": 5})).await;
    let (gate, before) = (Gate::new(), replicas.stub.calls().len());
    replicas.stub.always("*", held(&gate));
    let mut all: FuturesUnordered<_> = (0..50).map(|n| replicas.chat_as(n, &token)).collect();
    for _ in 0..45 {
        let refused = tokio::select! {
            () = replicas.stub.arrived(before + 6) => panic!("a sixth was let in"),
            refused = in_time("a refusal", all.next()) => refused.expect("an answer"),
        };
        assert_eq!((refused.status, refused.code().as_str()), (429, "token_concurrency"));
    }
    in_time("the others", replicas.stub.arrived(before + 5)).await;
    gate.open();
    while let Some(answer) = in_time("an answer", all.next()).await {
        assert_eq!(answer.status, 200);
    }
    drop(all);

    replicas.stub.clear();
    for _ in 0..10 {
        let served = replicas.ask_at_once(50, &token, "token_concurrency").await;
        assert!(served >= 5, "as many as may, and whoever comes later: {served}");
    }
    assert_eq!(replicas.stub.peak(&[secret]), 5);
    replicas.stop().await;
}

#[actix_web::test]
async fn places_of_a_killed_replica_come_back() {
    let mut replicas = start("sk-limits-all-000003").await;
    let token = replicas.token(json!({"max_concurrency": 4})).await;
    let gate = Gate::new();
    replicas.stub.always("*", held_stream(&gate));
    let mut streams = vec![replicas.stream(0, &token).await.expect("let in")];
    let mut dying = Vec::new();
    for _ in 0..3 {
        dying.push(replicas.stream(2, &token).await.expect("let in"));
    }
    assert!(replicas.stream(0, &token).await.is_none());
    assert!(replicas.stream(1, &token).await.is_none());

    let since = Instant::now();
    replicas.all.remove(2).kill().await;
    until("its places", async || {
        streams.extend(replicas.stream(1, &token).await);
        streams.len() == 4
    })
    .await;
    assert!(since.elapsed() < LEASE + Duration::from_secs(3), "{:?}", since.elapsed());
    // Whoever lives on has kept its place meanwhile.
    assert!(replicas.stream(0, &token).await.is_none());
    assert!(replicas.stream(1, &token).await.is_none());
    gate.open();
    for stream in streams {
        assert!(Answer::read(stream).await.text().ends_with("data: [DONE]\n\n"));
    }
    replicas.stop().await;
}
