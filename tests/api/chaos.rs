//! Three processes under load on a Postgres and a Redis of their own, and everything dies: processes
//! by `kill -9`, Redis with all it remembers, Postgres in the midst of what it does. Each comes back
//! within seconds. No client may lose a request, and when all is quiet every count must be right.
//!
//! `CHAOS_SECS` says for how long. What happens when follows from `CHAOS_SEED`, which is printed.

mod counts;
mod faults;
mod fleet;
mod jobs;
mod load;
mod office;
mod servers;
mod story;
mod tries;

use std::time::Duration;

use tokio::time::Instant;

use self::fleet::Fleet;
use self::jobs::Jobs;
use self::load::Load;
use self::story::Story;
use crate::support::canary;

/// As part of all tests; `make chaos` takes longer.
const SECS: u64 = 45;

/// A number in the environment.
pub fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok().filter(|text| !text.is_empty())?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

#[actix_web::test]
async fn nothing_is_lost_and_nothing_counts_twice() {
    canary::watch();
    let seed = number("CHAOS_SEED").unwrap_or_else(|| fastrand::u64(..1 << 32));
    let story = Story::begin(seed);
    let fleet = Fleet::start(&story).await;
    let load = Load::begin(&fleet).await;
    let jobs = Jobs::default();

    let end = Instant::now() + Duration::from_secs(number("CHAOS_SECS").unwrap_or(SECS));
    tokio::join!(faults::cause(&fleet, end), load.run(&fleet, end), jobs.run(&fleet, end));
    story.note("the end: everything stays up");
    fleet.all_is_well().await;
    let imported = jobs.check(&fleet).await;
    let summary = format!("{}; {imported}", load.summary());
    story.note(&summary);
    let counted = counts::check(&fleet, load).await;
    fleet.stop().await;
    story.tell(&format!("{summary}; {counted}"));
}
