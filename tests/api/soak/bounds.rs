//! What is promised, and where a run breaks it.

use super::plan::Plan;
use super::report::{Report, Row};

/// The most of each.
struct Bounds {
    /// Requests in a hundred that are lost outside outages, and beside a client whose requests fail.
    lost_percent: f64,
    /// Keys in a hundred that are out ten seconds after a trouble, and were not refused themselves
    /// since.
    benched_percent: f64,
    /// Seconds from the end of an outage to each process's first success.
    first_success_secs: f64,
    /// Calls that a spent account refuses until its reset, those included that came before its
    /// first refusal was known everywhere.
    wasted: Option<usize>,
}

/// For a run of the promised size.
const PROMISED: Bounds =
    Bounds { lost_percent: 0.5, benched_percent: 0.1, first_success_secs: 3.0, wasted: Some(1) };

/// For a short run beside all other tests: a few requests are several percent, and processes wait
/// for a processor. It has few keys, so that all processes meet the spent ones at the same moment.
const SHORT: Bounds =
    Bounds { lost_percent: 3.0, benched_percent: 2.0, first_success_secs: 3.9, wasted: None };

/// Each bound that is broken, in words.
pub fn broken(plan: &Plan, report: &Report) -> Vec<String> {
    let bounds = if plan.whole { PROMISED } else { SHORT };
    let mut broken = Vec::new();
    if report.foreign > 0 {
        broken.push(format!("{} requests got another's answer", report.foreign));
    }
    let lost = report.calm.lost_percent();
    if lost > bounds.lost_percent {
        broken.push(format!("outside outages {lost:.2} % of requests are lost"));
    }
    if bounds.wasted.is_some_and(|wasted| report.spent.most > wasted) {
        broken.push(format!("a spent account was asked {} times", report.spent.most));
    }
    if report.spent.late > 0 {
        broken.push(format!("spent accounts were asked again: {:?} ms", report.spent.further_ms));
    }
    if report.spent.asked == 0 {
        broken.push("no spent account was asked: nothing is known of them".to_owned());
    }
    report.troubles.iter().for_each(|row| bounds.check(row, report.keys, &mut broken));
    broken
}

impl Bounds {
    fn check(&self, row: &Row, keys: usize, broken: &mut Vec<String>) {
        let out = &row.out_later;
        let (name, benched) = (row.name, out.benched() - out.by_chance);
        #[expect(clippy::cast_precision_loss, reason = "counts are small")]
        if benched as f64 > keys as f64 * self.benched_percent / 100.0 {
            broken.push(format!("{name}: {benched} keys are out afterwards"));
        }
        let lost = row.during.lost_percent();
        if !row.outage && lost > self.lost_percent {
            broken.push(format!("{name}: {lost:.2} % of the others' requests are lost"));
        }
        match row.first_success_secs {
            _ if !row.outage => {}
            Some(secs) if secs <= self.first_success_secs => {}
            Some(secs) => broken.push(format!("{name}: the first success came after {secs:.1} s")),
            None => broken.push(format!("{name}: no success came in the calm after it")),
        }
    }
}
