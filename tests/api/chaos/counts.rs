//! Whether the pool's statistics are the upstream's own count.

use std::collections::HashMap;

use serde_json::Value;

use super::fleet::Fleet;
use super::load::Load;
use super::tries::End;

/// What must have been counted at least, and what may have been beside: requests that died with
/// their process before their clients had the whole answer.
#[derive(Debug, Default, Clone, Copy)]
struct Bounds {
    sure: u64,
    unsure: u64,
}

impl Bounds {
    fn add(&mut self, answered: bool) {
        *(if answered { &mut self.sure } else { &mut self.unsure }) += 1;
    }
}

/// Where counts are wrong.
#[derive(Default)]
struct Wrong(Vec<String>);

/// How many attempts may be counted that never came: they died with their process in the very
/// moment between being noted and being sent, and a process is at few of those at once.
struct Unsent(u64);

impl Unsent {
    /// Takes what this count is beyond its bounds out of it, as far as it goes.
    fn excuse(&mut self, counted: &Value, bounds: Bounds) -> Bounds {
        let counted = counted.as_u64().expect("a count");
        let beyond = counted.saturating_sub(bounds.sure + bounds.unsure).min(self.0);
        self.0 -= beyond;
        Bounds { unsure: bounds.unsure + beyond, ..bounds }
    }
}

impl Wrong {
    fn compare(&mut self, what: &str, counted: &Value, bounds: Bounds) {
        let counted = counted.as_u64().expect("a count");
        if !(bounds.sure..=bounds.sure + bounds.unsure).contains(&counted) {
            self.0.push(format!("{what}: counted {counted}, and it was {bounds:?}"));
        }
    }
}

/// Compares all counts; returns them in figures.
pub async fn check(fleet: &Fleet, load: Load) -> String {
    let mut wrong = Wrong::default();
    let (tries, ids) = load.sent();
    let answered: HashMap<&str, bool> =
        tries.iter().map(|one| (one.marker.as_str(), one.end == End::Answered)).collect();
    assert_eq!(answered.len(), tries.len(), "a name for each");

    let (mut all, mut keys) = (Bounds::default(), HashMap::<String, Bounds>::new());
    for call in fleet.stub.calls() {
        let body: Value = serde_json::from_slice(&call.body).expect("as it was sent");
        let marker = body["messages"][0]["content"].as_str().expect("a name");
        let answered = answered[marker];
        keys.entry(ending(&call.key)).or_default().add(answered);
        all.add(answered);
    }
    let (mut attempts, mut unsent) = (0, Unsent(fleet.story.deeds()));
    for (key, counted) in counted_by_key(fleet).await {
        attempts += counted["totalRequests"].as_u64().expect("a count");
        let bounds = keys.remove(&key).unwrap_or_default();
        let excused = unsent.excuse(&counted["totalRequests"], bounds);
        wrong.compare(&format!("attempts with key {key}"), &counted["totalRequests"], excused);
        wrong.compare(&format!("successes of key {key}"), &counted["successCount"], bounds);
        wrong.compare(
            &format!("failures of key {key}"),
            &counted["failureCount"],
            Bounds::default(),
        );
    }
    assert!(keys.is_empty(), "keys that the pool doesn't list: {keys:?}");
    // What dies with its process is counted, too.
    let asked = fleet.stub.calls().len() as u64;
    let (apart, deeds) = (attempts.abs_diff(asked), fleet.story.deeds());
    if apart > deeds {
        wrong.0.push(format!("{attempts} attempts are counted, and {asked} came: {deeds} deeds"));
    }

    let totals = fleet.admin(0, "GET", "/admin/stats?provider=all", None).await;
    wrong.compare("successes", &totals["success_count"], all);
    let latency = fleet.admin(0, "GET", "/admin/latency", None).await;
    wrong.compare("latencies", &latency["total"]["requests"], all);
    // What was refused is counted as well, unless it was refused before anybody knew whose it is.
    let mut sent = Bounds::default();
    let mut tokens = HashMap::<i64, Bounds>::new();
    for one in &tries {
        sent.add(one.end == End::Answered);
        tokens.entry(ids[one.token]).or_default().add(one.end == End::Answered);
    }
    wrong.compare("requests", &totals["total_requests"], sent);
    let listed = fleet.admin(0, "GET", "/admin/tokens?pageSize=200", None).await;
    for token in listed["tokens"].as_array().expect("tokens") {
        let bounds = tokens[&token["id"].as_i64().expect("an id")];
        wrong.compare(
            &format!("requests of token {}", token["id"]),
            &token["requestCount"],
            bounds,
        );
    }
    assert!(wrong.0.is_empty(), "{:#?}", wrong.0);
    format!("{asked} calls upstream, {attempts} counted")
}

/// A row of the statistics for each key, by how it ends.
async fn counted_by_key(fleet: &Fleet) -> Vec<(String, Value)> {
    let (mut rows, mut pages) = (Vec::new(), 1);
    for page in 1.. {
        if page > pages {
            break;
        }
        let path = format!("/admin/keys/stats?provider=all&pageSize=200&page={page}");
        let answer = fleet.admin(0, "GET", &path, None).await;
        pages = answer["totalPages"].as_u64().expect("a number");
        let stats = answer["stats"].as_array().expect("keys").iter();
        rows.extend(stats.map(|key| (ending(key["apiKey"].as_str().expect("text")), key.clone())));
    }
    rows
}

/// What a masked key still shows.
fn ending(key: &str) -> String {
    key.chars().skip(key.chars().count() - 4).collect()
}
