//! Known and unknown addresses can't be told apart by how long an answer takes.
//!
//! Machines are noisy, so no time is compared with a limit: calls about the one and about the other
//! take turns, and their ranks are compared (Mann and Whitney's U). What differs does so in every
//! round; chance doesn't.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{post, sign_up};
use crate::support::{Store, TestApp, both_stores, each_store};

const KNOWN: &str = "ann@example.org";
const UNKNOWN: &str = "nob@example.org";
const WHO: [&str; 2] = [KNOWN, UNKNOWN];

/// Calls about each in a round. Without the work that is done for nobody, a password would take
/// next to no time where there is no account.
const PAIRS: usize = 60;

/// Standard deviations from where ranks are by chance: one round in some two thousand gets there
/// by itself, three in a row hardly ever.
const SUSPICIOUS: f64 = 3.5;
const ROUNDS: usize = 3;

async fn time(app: &TestApp, path: &str, body: &Value, status: u16) -> f64 {
    let begun = Instant::now();
    let answer = post(app, path, body).await;
    assert_eq!(answer.status, status, "{path} {body}: {}", answer.text());
    begun.elapsed().as_secs_f64()
}

/// The times of calls about the known address and about the unknown one.
#[derive(Default)]
struct Times([Vec<f64>; 2]);

impl Times {
    /// How far their ranks are from chance, in standard deviations.
    fn distance(&self) -> f64 {
        let [ours, theirs] = &self.0;
        let below = |x: &f64| theirs.iter().filter(|y| x > y).count() as f64;
        let u: f64 = ours.iter().map(below).sum();
        let (n, m) = (ours.len() as f64, theirs.len() as f64);
        (u - n * m / 2.0).abs() / (n * m * (n + m + 1.0) / 12.0).sqrt()
    }
}

/// Takes turns at who comes first.
fn in_turn(pair: usize) -> [usize; 2] {
    if pair.is_multiple_of(2) { [0, 1] } else { [1, 0] }
}

/// Fails when the times differ in every round.
async fn assert_alike(mut round: impl AsyncFnMut() -> Vec<Times>) {
    let mut told_apart = Vec::new();
    for _ in 0..ROUNDS {
        let distances: Vec<f64> = round().await.iter().map(Times::distance).collect();
        if distances.iter().all(|distance| *distance < SUSPICIOUS) {
            return;
        }
        told_apart.push(distances);
    }
    panic!("known and unknown addresses can be told apart: {told_apart:?}");
}

async fn without_limits(app: &TestApp) {
    let settings = json!({"sign_in_attempts": 1000, "account_requests_per_ip": 100_000,
        "account_mails_per_ip": 100_000, "account_mails_overall": 100_000});
    assert_eq!(app.admin("PATCH", "/admin/settings", &settings).await.status, 200);
}

/// Signs in wrongly, about each in turn.
async fn assert_passwords_alike(app: &TestApp) {
    assert_alike(async || {
        let mut times = Times::default();
        for pair in 0..PAIRS {
            for who in in_turn(pair) {
                let body = json!({"email": WHO[who], "password": "a wrong password"});
                times.0[who].push(time(app, "login", &body, 401).await);
            }
        }
        vec![times]
    })
    .await;
}

/// The hash of the known address is of the first cost, new ones are of the second.
async fn with_costs(store: Store, before: &str, after: &str) {
    let app = TestApp::start(store, &[before]).await;
    sign_up(&app, KNOWN).await;
    let app = TestApp::start_in(app.stop().await, &[after]).await;
    without_limits(&app).await;
    assert_passwords_alike(&app).await;
    app.stop().await;
}

each_store! {
    async fn an_old_hash_takes_as_long_as_a_new_one(store) {
        with_costs(store, "--bcrypt-cost=4", "--bcrypt-cost=7").await;
    }

    async fn nobody_takes_as_long_as_a_hash_of_dearer_days(store) {
        with_costs(store, "--bcrypt-cost=7", "--bcrypt-cost=4").await;
    }
}

both_stores! {
    async fn a_wrong_password_takes_as_long_for_nobody(app, ["--bcrypt-cost=6"]) {
        sign_up(&app, KNOWN).await;
        without_limits(&app).await;
        assert_passwords_alike(&app).await;
    }

    async fn a_code_is_sent_and_looked_at_as_quickly_for_nobody(app) {
        sign_up(&app, KNOWN).await;
        without_limits(&app).await;
        assert_alike(async || {
            let (mut sent, mut tried) = (Times::default(), Times::default());
            for pair in 0..PAIRS {
                // A new day has room for mails and tries.
                app.app.clock.advance(Duration::from_secs(86_400));
                for who in in_turn(pair) {
                    let body = json!({"email": WHO[who], "purpose": "login"});
                    sent.0[who].push(time(&app, "send-code", &body, 200).await);
                }
                for who in in_turn(pair) {
                    let body = json!({"email": WHO[who], "code": "none"});
                    tried.0[who].push(time(&app, "login", &body, 401).await);
                }
            }
            vec![sent, tried]
        })
        .await;
    }
}
