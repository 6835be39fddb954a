//! The run in figures.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use super::ending::Ending;
use super::keys::{Out, spent_accounts};
use super::load::Record;
use super::outage::Trouble;
use super::plan::Plan;
use super::timeline::Past;
use super::upstream::Upstream;

/// Requests that begin within this after an outage belong to it.
const GRACE: Duration = Duration::from_secs(3);

/// In a second that is still bad, at least this share of requests is lost.
const BAD_SHARE: f64 = 0.1;

/// All figures, as `target/soak.json` has them.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Which attempt met which fault.
    pub seed: u64,
    /// Processes.
    pub replicas: usize,
    /// Good keys.
    pub keys: usize,
    /// Requests a second.
    pub rate: u64,
    /// Attempts that met a fault, in a hundred.
    pub faults_percent: u64,
    /// Interim answers went before some good ones.
    pub early_hints: bool,
    /// How long each trouble lasted, in seconds.
    pub trouble_secs: u64,
    /// How long each calm lasted, in seconds.
    pub calm_secs: u64,
    /// The calm before the first trouble.
    pub first_calm: Span,
    /// All calms together.
    pub calm: Span,
    /// Each trouble and the calm after it.
    pub troubles: Vec<Row>,
    /// Requests that got something of another's answer.
    pub foreign: usize,
    /// Questions that the upstream was asked beside the calls.
    pub probes: usize,
    /// What spent accounts cost.
    pub spent: Spent,
}

/// What happened to requests that began within a time; those that always fail are left out.
#[derive(Debug, Default, Serialize)]
pub struct Span {
    /// Requests.
    pub requests: usize,
    /// Those without a good answer.
    pub lost: usize,
    /// Streams that the upstream cut after their first events: no pool can repeat them.
    pub cut: usize,
    /// Calls that came upstream in that time.
    pub calls: usize,
    /// How they ended.
    pub endings: BTreeMap<String, usize>,
}

/// A trouble and the calm after it.
#[derive(Debug, Serialize)]
pub struct Row {
    /// What was wrong.
    pub name: &'static str,
    /// The upstream failed for everybody.
    pub outage: bool,
    /// While it was wrong.
    pub during: Span,
    /// Requests that always fail, while it was wrong.
    pub poison: BTreeMap<String, usize>,
    /// Afterwards, from three seconds on.
    pub after: Span,
    /// Seconds from its end to the first good answer of each process; of the slowest one. None
    /// where one had no good answer before the calm was over.
    pub first_success_secs: Option<f64>,
    /// Seconds from its end to the last second that was still bad; none where that was the last
    /// one of the calm.
    pub recovered_secs: Option<u64>,
    /// Keys that were out before.
    pub out_before: Out,
    /// Keys that were out at its end.
    pub out_at_end: Out,
    /// Keys that were out ten seconds later.
    pub out_later: Out,
}

/// What spent accounts cost.
#[derive(Debug, Serialize)]
pub struct Spent {
    /// How many there are.
    pub accounts: usize,
    /// How many were asked.
    pub asked: usize,
    /// Calls that they refused.
    pub calls: usize,
    /// The most that one refused in its session window.
    pub most: usize,
    /// Calls that came three seconds after the first refusal or later: every process knew by then.
    pub late: usize,
    /// Milliseconds after the first refusal at which further calls came.
    pub further_ms: Vec<u128>,
}

impl Report {
    /// What a run came to whose load began then.
    pub fn of(
        plan: &Plan,
        began: Duration,
        past: &[Past],
        records: &[Record],
        upstream: &Upstream,
    ) -> Self {
        let until = began + plan.calm;
        let first_calm = Span::of(records, upstream, began, until);
        let troubles: Vec<Row> =
            past.iter().map(|one| Row::of(plan, one, records, upstream)).collect();
        let mut calm = Span::default();
        [&first_calm].into_iter().chain(troubles.iter().map(|row| &row.after)).for_each(|span| {
            calm.add(span);
        });
        Self {
            seed: plan.seed,
            replicas: plan.replicas,
            keys: plan.keys,
            rate: plan.rate,
            faults_percent: plan.faults_percent,
            early_hints: plan.early_hints,
            trouble_secs: plan.trouble.as_secs(),
            calm_secs: plan.calm.as_secs(),
            first_calm,
            calm,
            troubles,
            foreign: records.iter().filter(|one| one.ending == Ending::Foreign).count(),
            probes: upstream.probes(),
            spent: Spent::of(plan, &upstream.spent()),
        }
    }

    /// Writes it to `target/soak.json`.
    pub fn write(&self) {
        let path = concat!(env!("CARGO_TARGET_TMPDIR"), "/../soak.json");
        let text = serde_json::to_string_pretty(self).expect("JSON");
        std::fs::write(path, text + "\n").expect("target can be written");
    }
}

impl Spent {
    fn of(plan: &Plan, refused: &[Vec<Duration>]) -> Self {
        let further = refused
            .iter()
            .filter_map(|calls| calls.split_first())
            .flat_map(|(first, further)| further.iter().map(move |at| at.saturating_sub(*first)));
        let further: Vec<Duration> = further.collect();
        Self {
            accounts: spent_accounts(plan.keys),
            asked: refused.len(),
            calls: refused.iter().map(Vec::len).sum(),
            most: refused.iter().map(Vec::len).max().unwrap_or_default(),
            late: further.iter().filter(|after| **after >= GRACE).count(),
            further_ms: further.iter().map(Duration::as_millis).collect(),
        }
    }
}

impl Span {
    fn of(records: &[Record], upstream: &Upstream, from: Duration, to: Duration) -> Self {
        let mut span = Self { calls: upstream.calls(from, to), ..Self::default() };
        for one in records.iter().filter(|one| !one.poison && (from..to).contains(&one.began)) {
            span.requests += 1;
            match one.ending {
                Ending::Good => {}
                Ending::Cut => span.cut += 1,
                Ending::Foreign | Ending::Lost(_) => span.lost += 1,
            }
            *span.endings.entry(one.ending.label().to_owned()).or_default() += 1;
        }
        span
    }

    fn add(&mut self, other: &Self) {
        self.requests += other.requests;
        self.lost += other.lost;
        self.cut += other.cut;
        self.calls += other.calls;
        for (label, count) in &other.endings {
            *self.endings.entry(label.clone()).or_default() += count;
        }
    }

    /// Lost requests in a hundred.
    pub fn lost_percent(&self) -> f64 {
        ratio(self.lost, self.requests) * 100.0
    }

    /// Calls upstream for one request.
    pub fn calls_each(&self) -> f64 {
        ratio(self.calls, self.requests)
    }
}

impl Row {
    fn of(plan: &Plan, past: &Past, records: &[Record], upstream: &Upstream) -> Self {
        let outage = matches!(past.trouble, Trouble::Outage(_));
        let settled = if outage { past.ended + GRACE } else { past.ended };
        let mut poison = BTreeMap::new();
        let times = past.began..past.ended;
        for one in records.iter().filter(|one| one.poison && times.contains(&one.began)) {
            *poison.entry(one.ending.label().to_owned()).or_default() += 1;
        }
        Self {
            name: past.trouble.name(),
            outage,
            during: Span::of(records, upstream, past.began, past.ended),
            poison,
            after: Span::of(records, upstream, settled, past.calm_until),
            first_success_secs: first_success(plan.replicas, past, records),
            recovered_secs: recovered(past, records),
            out_before: past.before.clone(),
            out_at_end: past.at_end.clone(),
            out_later: past.later.clone(),
        }
    }
}

fn first_success(replicas: usize, past: &Past, records: &[Record]) -> Option<f64> {
    let times = past.ended..past.calm_until;
    let good = |one: &&Record| one.ending == Ending::Good && times.contains(&one.ended);
    let first = |which| {
        let ended = records.iter().filter(good).filter(|one| one.replica == which);
        ended.map(|one| one.ended - past.ended).min()
    };
    let slowest = (0..replicas).map(first).collect::<Option<Vec<_>>>()?.into_iter().max()?;
    Some(slowest.as_secs_f64())
}

fn recovered(past: &Past, records: &[Record]) -> Option<u64> {
    let seconds = (past.calm_until - past.ended).as_secs();
    let bad = |second: &u64| {
        let from = past.ended + Duration::from_secs(*second);
        let times = from..from + Duration::from_secs(1);
        let all = records.iter().filter(|one| !one.poison && times.contains(&one.began));
        let (mut requests, mut lost) = (0, 0);
        for one in all {
            requests += 1;
            lost += usize::from(matches!(one.ending, Ending::Lost(_) | Ending::Foreign));
        }
        ratio(lost, requests) >= BAD_SHARE
    };
    let last = (0..seconds).rev().find(bad).map_or(0, |second| second + 1);
    (last < seconds || seconds == 0).then_some(last)
}

#[expect(clippy::cast_precision_loss, reason = "counts are small")]
fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
