//! A steady load on the pool while its upstream fails: at random all the time, and altogether in
//! outages of every kind. Measured are requests lost, keys benched, the time until the first success
//! and calls wasted; nobody may get another's answer. `docs/reliability.md` has the promises.
//!
//! As part of all tests it is short; `make soak` takes its time. `soak/plan.rs` has the settings.

mod bounds;
mod ending;
mod faults;
mod fleet;
mod keys;
mod load;
mod outage;
mod plan;
mod report;
mod table;
mod timeline;
mod upstream;

use std::rc::Rc;

use self::fleet::Fleet;
use self::load::Load;
use self::plan::Plan;
use self::report::Report;
use self::upstream::Upstream;
use crate::support::canary;

#[actix_web::test]
async fn outages_bench_no_key_and_lose_little() {
    canary::watch();
    let plan = Plan::from_env();
    eprintln!("{plan}");
    let upstream = Rc::new(Upstream::new(&plan));
    let fleet = Fleet::start(&plan, &upstream).await;
    let import = fleet.import(plan.keys).await;
    let load = Load::new(&plan, &fleet, &upstream).await;

    let began = upstream.begun.elapsed();
    let (troubles, ()) = tokio::join!(
        timeline::run(&plan, &fleet, &upstream, (&load, import)),
        load.clone().run(plan.rate)
    );
    let report = Report::of(&plan, began, &troubles, &load.records(), &upstream);
    report.write();
    eprintln!("{}", table::draw(&report));
    fleet.stop().await;
    let broken = bounds::broken(&plan, &report);
    assert!(broken.is_empty(), "SOAK_SEED={}: {broken:#?}", plan.seed);
}
