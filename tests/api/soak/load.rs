//! The clients: so many requests a second, whatever becomes of those before.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use actix_web::rt::spawn;
use awc::Connector;
use fastrand::Rng;
use serde_json::json;
use tokio::time::{Instant, sleep, timeout};

use super::ending::Ending;
use super::fleet::Fleet;
use super::plan::Plan;
use super::upstream::{Upstream, marker};
use crate::support::{Answer, until};

/// Client tokens of the good requests.
const TOKENS: usize = 6;

const MODELS: [&str; 3] = ["llama3.2", "llama3.2", "gpt-oss:20b"];

/// How long a client waits for an answer, its end included.
const PATIENCE: Duration = Duration::from_secs(30);

/// Between two looks at how many requests are due.
const TICK: Duration = Duration::from_millis(5);

/// Connections are not used again after this: the pool closes them itself a little later.
const KEEP: Duration = Duration::from_secs(2);

/// One request, at moments since the run began.
#[derive(Debug, Clone)]
pub struct Record {
    /// When it was sent.
    pub began: Duration,
    /// When its end was known.
    pub ended: Duration,
    /// To which process.
    pub replica: usize,
    /// It is one of those that always fail.
    pub poison: bool,
    /// What became of it.
    pub ending: Ending,
}

/// The clients and what they met.
pub struct Load {
    upstream: Rc<Upstream>,
    http: awc::Client,
    seed: u64,
    urls: Vec<String>,
    /// The last one is of the client whose requests fail.
    tokens: Vec<String>,
    records: RefCell<Vec<Record>>,
    sent: Cell<u32>,
    open: Cell<usize>,
    stopped: Cell<bool>,
}

impl Load {
    /// Makes the tokens.
    pub async fn new(plan: &Plan, fleet: &Fleet, upstream: &Rc<Upstream>) -> Rc<Self> {
        let mut tokens = Vec::new();
        for _ in 0..=TOKENS {
            tokens.push(fleet.token().await);
        }
        let connector = Connector::new().limit(0).conn_keep_alive(KEEP);
        let http = awc::Client::builder().connector(connector).disable_timeout().finish();
        Rc::new(Self {
            upstream: upstream.clone(),
            http,
            seed: plan.seed,
            urls: (0..plan.replicas).map(|which| fleet.url(which)).collect(),
            tokens,
            records: RefCell::default(),
            sent: Cell::default(),
            open: Cell::default(),
            stopped: Cell::default(),
        })
    }

    /// Sends so many a second until it is stopped; ends when all are answered.
    pub async fn run(self: Rc<Self>, rate: u64) {
        let (begun, mut due) = (Instant::now(), 0);
        while !self.stopped.get() {
            let now = begun.elapsed().as_micros() * u128::from(rate) / 1_000_000;
            while due < now {
                self.send(false);
                due += 1;
            }
            sleep(TICK).await;
        }
        until("all requests are answered", async || {
            sleep(TICK).await;
            self.open.get() == 0
        })
        .await;
    }

    /// Sends no more.
    pub fn stop(&self) {
        self.stopped.set(true);
    }

    /// Sends one request; what becomes of it is recorded.
    pub fn send(self: &Rc<Self>, poison: bool) {
        let number = self.sent.get();
        self.sent.set(number + 1);
        self.open.set(self.open.get() + 1);
        let this = self.clone();
        spawn(async move {
            let began = this.upstream.begun.elapsed();
            let mut chance = Rng::with_seed(this.seed.wrapping_add(u64::from(number)));
            let replica = chance.usize(..this.urls.len());
            let asked = this.ask(number, replica, poison, &mut chance);
            let ending = match timeout(PATIENCE, asked).await {
                Ok(ending) => ending,
                Err(_) => Ending::Lost("no end in time".to_owned()),
            };
            let ended = this.upstream.begun.elapsed();
            this.records.borrow_mut().push(Record { began, ended, replica, poison, ending });
            this.open.set(this.open.get() - 1);
        });
    }

    async fn ask(&self, number: u32, replica: usize, poison: bool, chance: &mut Rng) -> Ending {
        let stream = chance.bool();
        let model = chance.choice(MODELS).expect("one of them");
        let token = if poison { TOKENS } else { chance.usize(..TOKENS) };
        let name = if poison { "poison" } else { "please" };
        let content = format!("{} {name} {}", marker(number), "and some more words ".repeat(10));
        let body = json!({"model": model, "stream": stream,
            "messages": [{"role": "user", "content": content}]});
        let asked = self.http.post(&self.urls[replica]).bearer_auth(&self.tokens[token]);
        match asked.send_json(&body).await {
            Ok(answer) => Ending::of(&Answer::read(answer).await, number, stream, &self.upstream),
            Err(_) => Ending::Lost("no answer".to_owned()),
        }
    }

    /// Whether less than a tenth was lost of what ended within this time.
    pub fn is_well(&self, within: Duration) -> bool {
        let since = self.upstream.begun.elapsed().saturating_sub(within);
        let records = self.records.borrow();
        let ended = || records.iter().rev().take_while(|one| one.ended >= since);
        let bad = ended().filter(|one| !matches!(one.ending, Ending::Good | Ending::Cut));
        bad.count() * 10 < ended().count()
    }

    /// What became of all requests so far.
    pub fn records(&self) -> Vec<Record> {
        self.records.borrow().clone()
    }
}
