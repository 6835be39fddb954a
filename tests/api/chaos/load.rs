//! Clients that chat and, when an answer doesn't come, ask another process.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::time::Duration;

use fastrand::Rng;
use futures_util::future::join_all;
use serde_json::json;
use tokio::time::{Instant, sleep, timeout};

use super::fleet::{Fleet, REPLICAS};
use super::tries::{End, Try};
use crate::support::{canary, until};

const CLIENTS: usize = 16;

/// The limits of the tokens. Clients share all but the last one, which lets one request through at
/// once and belongs to one client: after a try that died it must wait for its place.
const TOKENS: [u64; 4] = [0, 0, 0, 1];

/// Keys that are there from the start, in this order of numbers: no other key ends like one.
pub const KEYS: std::ops::Range<usize> = 9_000..9_008;

/// What a client lets pass between two requests, in milliseconds.
const PAUSE_MS: std::ops::Range<u64> = 40..140;

/// How long a client goes on asking for one answer.
const PATIENCE: Duration = Duration::from_secs(15);
/// The same, where a place may have to come back first: what a dead process held is free after ten
/// seconds.
const PATIENCE_LIMITED: Duration = Duration::from_secs(30);
/// How long it waits for one process to answer.
const TRY: Duration = Duration::from_secs(5);
/// What it lets pass before it asks another one.
const RETRY: Duration = Duration::from_millis(50);
/// The same after a refusal by a limit, which tells to wait so long.
const RETRY_LIMITED: Duration = Duration::from_secs(1);

/// The clients and what they met.
pub struct Load {
    tokens: Vec<(i64, String)>,
    tries: RefCell<Vec<Try>>,
    requests: Cell<u64>,
}

impl Load {
    /// Makes keys and tokens.
    pub async fn begin(fleet: &Fleet) -> Self {
        for number in KEYS {
            let secret = secret(number);
            canary::release(&secret);
            let body = json!({"api_key": secret});
            fleet.admin(0, "POST", "/admin/api-keys", Some(&body)).await;
        }
        for which in 0..REPLICAS {
            until("it knows all keys", async || fleet.active_keys(which).await == KEYS.len()).await;
        }
        let mut tokens = Vec::new();
        for limit in TOKENS {
            let body = json!({"name": "chaos", "max_concurrency": limit});
            let made = fleet.admin(0, "POST", "/admin/tokens", Some(&body)).await;
            let token = made["token"].as_str().expect("a token").to_owned();
            canary::release(&token);
            tokens.push((made["id"].as_i64().expect("an id"), token));
        }
        Self { tokens, tries: RefCell::default(), requests: Cell::default() }
    }

    /// Each client chats until then.
    pub async fn run(&self, fleet: &Fleet, end: Instant) {
        join_all((0..=CLIENTS).map(|client| self.client(fleet, client, end))).await;
    }

    async fn client(&self, fleet: &Fleet, client: usize, end: Instant) {
        let limited = TOKENS.len() - 1;
        let tokens = if client == CLIENTS { limited..TOKENS.len() } else { 0..limited };
        let mut chance = fleet.story.chance(&format!("client {client}"));
        let http = awc::Client::builder().disable_timeout().finish();
        for request in 0.. {
            if Instant::now() >= end {
                break;
            }
            let token = chance.usize(tokens.clone());
            let name = format!("{client}-{request}");
            self.request(fleet, &http, &mut chance, token, &name).await;
            self.requests.update(|requests| requests + 1);
            sleep(Duration::from_millis(chance.u64(PAUSE_MS))).await;
        }
    }

    /// One request, tried until it is answered.
    async fn request(
        &self,
        fleet: &Fleet,
        http: &awc::Client,
        chance: &mut Rng,
        token: usize,
        name: &str,
    ) {
        let (began, limit) = (Instant::now(), TOKENS[token]);
        let patience = if limit > 0 { PATIENCE_LIMITED } else { PATIENCE };
        let (mut which, stream) = (chance.usize(..REPLICAS), chance.bool());
        let mut ends = Vec::new();
        for n in 0.. {
            let marker = format!("chaos-{name}-{n}");
            let body = json!({"model": "llama3.2", "stream": stream,
                "messages": [{"role": "user", "content": marker}]});
            let url = fleet.url(which, "/v1/chat/completions");
            let asked = http.post(url).bearer_auth(&self.tokens[token].1).send_json(&body);
            let end = timeout(TRY, async { End::of(asked.await.ok(), stream).await }).await;
            let end = end.unwrap_or(End::Broken("too slow"));
            if let End::Refused(status, code) = &end {
                fleet.story.note(format!("{marker}: {status} {code} of replica {which}"));
            }
            self.tries.borrow_mut().push(Try { marker, token, end: end.clone() });
            if end == End::Answered {
                return;
            }
            let again = end.may_be_tried_again(limit) && began.elapsed() < patience;
            let pause = if matches!(end, End::Refused(429, _)) { RETRY_LIMITED } else { RETRY };
            ends.push((which, began.elapsed(), end));
            assert!(again, "request {name} is lost: {ends:?}");
            which = (which + chance.usize(1..REPLICAS)) % REPLICAS;
            sleep(pause).await;
        }
    }

    /// All that was sent, and the ids of the tokens.
    pub fn sent(self) -> (Vec<Try>, Vec<i64>) {
        let ids = self.tokens.into_iter().map(|(id, _)| id).collect();
        (self.tries.into_inner(), ids)
    }

    /// It in figures.
    pub fn summary(&self) -> String {
        let (requests, tries) = (self.requests.get(), self.tries.borrow());
        let mut ends = BTreeMap::new();
        for one in tries.iter() {
            *ends.entry(format!("{:?}", one.end)).or_insert(0_usize) += 1;
        }
        format!("{requests} requests in {} tries: {ends:?}", tries.len())
    }
}

/// The key with this number.
pub fn secret(number: usize) -> String {
    format!("sk-chaos-key-{number:04}")
}
