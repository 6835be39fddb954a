//! What dies, when, and for how long: decided by the seed.

use std::time::Duration;

use fastrand::Rng;
use futures_util::future::join_all;
use tokio::time::{Instant, sleep, sleep_until};

use super::fleet::{Fleet, REPLICAS};

/// How long something lasts, in milliseconds.
type Span = std::ops::Range<u64>;

const REPLICA_UP_MS: Span = 2_000..9_000;
const REPLICA_AWAY_MS: Span = 0..2_500;
const REDIS_UP_MS: Span = 3_000..12_000;
const REDIS_AWAY_MS: Span = 0..3_000;
const POSTGRES_UP_MS: Span = 5_000..15_000;
const POSTGRES_AWAY_MS: Span = 0..4_000;

/// Everything that goes wrong until then. At its end everything is up.
pub async fn cause(fleet: &Fleet, end: Instant) {
    let replicas = join_all((0..REPLICAS).map(|which| replica(fleet, which, end)));
    let redis = server(fleet, "redis", (REDIS_UP_MS, REDIS_AWAY_MS), end);
    let postgres = server(fleet, "postgres", (POSTGRES_UP_MS, POSTGRES_AWAY_MS), end);
    tokio::join!(replicas, redis, postgres);
}

async fn replica(fleet: &Fleet, which: usize, end: Instant) {
    let mut chance = fleet.story.chance(&format!("replica {which}"));
    while wait(&mut chance, REPLICA_UP_MS, end).await {
        let away = chance.u64(REPLICA_AWAY_MS);
        // One must be there for the clients to try.
        if fleet.up() == 1 {
            fleet.story.note(format!("replica {which} is spared: it is the last"));
            continue;
        }
        fleet.kill(which).await;
        sleep(Duration::from_millis(away)).await;
        fleet.begin(which).await;
    }
}

/// Ended well or killed: Postgres then has to recover, and Redis remembers nothing either way.
async fn server(fleet: &Fleet, name: &str, (up, away): (Span, Span), end: Instant) {
    let mut chance = fleet.story.chance(name);
    while wait(&mut chance, up.clone(), end).await {
        let how = chance.choice(["stop", "kill"]).expect("one of them");
        let away = Duration::from_millis(chance.u64(away.clone()));
        fleet.take_away(name, how, away).await;
    }
}

/// Lets a random time pass; whether that was before the end.
async fn wait(chance: &mut Rng, span: Span, end: Instant) -> bool {
    let at = Instant::now() + Duration::from_millis(chance.u64(span));
    sleep_until(at.min(end)).await;
    at < end
}
