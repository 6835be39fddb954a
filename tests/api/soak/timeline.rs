//! One trouble after the other, and a calm after each.

use std::collections::HashSet;
use std::rc::Rc;
use std::time::Duration;

use tokio::time::sleep;

use super::fleet::Fleet;
use super::keys::Out;
use super::load::Load;
use super::outage::Trouble;
use super::plan::Plan;
use super::upstream::Upstream;

/// How long a pool that has not recovered in the calm after a trouble is given before the next one,
/// so that each is measured by itself.
const MEND_MAX: Duration = Duration::from_secs(60);

/// Between two looks whether it has.
const MEND_LOOK: Duration = Duration::from_secs(1);

/// A trouble that is over, at moments since the run began.
pub struct Past {
    /// What it was.
    pub trouble: Trouble,
    /// When it began.
    pub began: Duration,
    /// When the upstream was well again.
    pub ended: Duration,
    /// When the calm after it was over.
    pub calm_until: Duration,
    /// Keys that were out at its beginning.
    pub before: Out,
    /// Keys that were out at its end.
    pub at_end: Out,
    /// Keys that were out when they had had time to come back.
    pub later: Out,
}

/// The whole run: everything that goes wrong, in order.
pub async fn run(
    plan: &Plan,
    fleet: &Fleet,
    upstream: &Upstream,
    (load, import): (&Rc<Load>, i64),
) -> Vec<Past> {
    let mut past = Vec::new();
    sleep(plan.calm).await;
    for trouble in &plan.troubles {
        let before = fleet.out(import, HashSet::new).await;
        mend(fleet, upstream, (load, import), before.benched()).await;
        let began = upstream.begun.elapsed();
        upstream.set(Some(*trouble));
        match trouble {
            Trouble::Outage(_) => sleep(plan.trouble).await,
            Trouble::Poison(_) => poison(plan, load, upstream, began).await,
        }
        upstream.set(None);
        let ended = upstream.begun.elapsed();
        let refused = || upstream.refused_since(ended);
        let at_end = fleet.out(import, refused).await;
        sleep_until(upstream, ended + plan.look).await;
        let later = fleet.out(import, refused).await;
        sleep_until(upstream, ended + plan.calm).await;
        let calm_until = upstream.begun.elapsed();
        past.push(Past { trouble: *trouble, began, ended, calm_until, before, at_end, later });
        eprintln!("{:6.0} s: {} is over", calm_until.as_secs_f64(), trouble.name());
    }
    load.stop();
    past
}

/// Enables the keys that are out, and waits until the pool answers again, or not for ever.
async fn mend(
    fleet: &Fleet,
    upstream: &Upstream,
    (load, import): (&Rc<Load>, i64),
    benched: usize,
) {
    if benched > 0 {
        fleet.enable(import).await;
    }
    let until = upstream.begun.elapsed() + MEND_MAX;
    while upstream.begun.elapsed() < until && !load.is_well(MEND_LOOK) {
        sleep(MEND_LOOK).await;
    }
}

/// One client's requests that always fail, evenly.
async fn poison(plan: &Plan, load: &Rc<Load>, upstream: &Upstream, began: Duration) {
    let every = Duration::from_millis(plan.poison_ms);
    let mut next = began;
    while next < began + plan.trouble {
        load.send(true);
        next += every;
        sleep_until(upstream, next).await;
    }
}

async fn sleep_until(upstream: &Upstream, moment: Duration) {
    sleep(moment.saturating_sub(upstream.begun.elapsed())).await;
}
