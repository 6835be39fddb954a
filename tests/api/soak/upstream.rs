//! The upstream: well but for faults at random, or failing for everybody, as the timeline says.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use fastrand::Rng;
use parking_lot::Mutex;
use pool_stub::{Call, Decide, Reply, Stub};

use super::faults::{Fault, good};
use super::keys;
use super::outage::{Trouble, error};
use super::plan::Plan;

/// The end of Ollama's session window: each second since 1970 that this divides.
const SESSION_SECS: u64 = 18_000;

/// What a spent account is told, in Ollama's words.
const SPENT: &str = "you have reached your session usage limit, upgrade for higher limits";

/// What markers begin with; the number of the request follows, in eight digits.
pub const MARKER: &str = "soak-";
/// The length of a marker.
pub const MARKER_LEN: usize = MARKER.len() + 8;

/// The upstream and what it counts.
pub struct Upstream {
    /// The server.
    pub stub: Stub,
    /// When the run began: moments are counted from here.
    pub begun: Instant,
    state: Arc<State>,
}

struct State {
    begun: Instant,
    seed: u64,
    faults_percent: u64,
    early_hints: bool,
    /// What is wrong now.
    trouble: Mutex<Option<Trouble>>,
    /// The next connection is reset.
    refuse_next: AtomicBool,
    counts: Mutex<Counts>,
}

#[derive(Default)]
struct Counts {
    /// When calls came.
    calls: Vec<Duration>,
    probes: usize,
    /// Attempts of each request.
    attempts: HashMap<u32, u64>,
    /// Requests whose stream was cut after its first events.
    cut: HashSet<u32>,
    /// When keys were last refused at random, by how their secrets end.
    refused: HashMap<String, Duration>,
    /// When spent accounts refused calls, by account and session window.
    spent: HashMap<(String, u64), Vec<Duration>>,
}

impl Upstream {
    /// Listens, and is well.
    pub fn new(plan: &Plan) -> Self {
        let begun = Instant::now();
        let state = Arc::new(State {
            begun,
            seed: plan.seed,
            faults_percent: plan.faults_percent,
            early_hints: plan.early_hints,
            trouble: Mutex::default(),
            refuse_next: AtomicBool::new(false),
            counts: Mutex::default(),
        });
        Self { stub: Stub::deciding(state.clone()), begun, state }
    }

    /// From now on this is wrong.
    pub fn set(&self, trouble: Option<Trouble>) {
        *self.state.trouble.lock() = trouble;
    }

    /// How many calls came between two moments.
    pub fn calls(&self, from: Duration, to: Duration) -> usize {
        let counts = self.state.counts.lock();
        counts.calls.iter().filter(|at| (from..to).contains(*at)).count()
    }

    /// How many questions came that spend nothing.
    pub fn probes(&self) -> usize {
        self.state.counts.lock().probes
    }

    /// Whether this request's stream was cut after its first events.
    pub fn cut(&self, request: u32) -> bool {
        self.state.counts.lock().cut.contains(&request)
    }

    /// Which keys were refused at random since this moment, by how their secrets end.
    pub fn refused_since(&self, moment: Duration) -> HashSet<String> {
        let counts = self.state.counts.lock();
        let since = counts.refused.iter().filter(|(_, at)| **at >= moment);
        since.map(|(ending, _)| ending.clone()).collect()
    }

    /// When each spent account that was asked refused a call, in each session window.
    pub fn spent(&self) -> Vec<Vec<Duration>> {
        self.state.counts.lock().spent.values().cloned().collect()
    }
}

impl Decide for State {
    fn accepts(&self) -> bool {
        let outage = *self.trouble.lock() == Some(Trouble::Outage(super::outage::Outage::Refused));
        !outage && !self.refuse_next.swap(false, Ordering::Relaxed)
    }

    fn reply(&self, call: &Call) -> Reply {
        let trouble = *self.trouble.lock();
        let Some(request) = request_of(&call.body).filter(|_| call.method == "POST") else {
            self.counts.lock().probes += 1;
            return self.probe(call, trouble);
        };
        let mut counts = self.counts.lock();
        counts.calls.push(self.begun.elapsed());
        let attempts = counts.attempts.entry(request).or_default();
        *attempts += 1;
        let attempt = *attempts;
        if let Some(Trouble::Outage(outage)) = trouble {
            return outage.reply();
        }
        if let Some(account) = keys::spent_account(&call.key) {
            let now = self.begun.elapsed();
            counts.spent.entry((account, session())).or_default().push(now);
            return error(429, SPENT);
        }
        let text = String::from_utf8_lossy(&call.body);
        match trouble {
            Some(Trouble::Poison(status)) if text.contains("poison") => {
                return error(status, "this request always fails");
            }
            _ => {}
        }
        let stream = text.contains("\"stream\":true");
        let mut chance = self.chance(request, attempt);
        let marker = marker(request);
        // One client's failures are measured by themselves.
        let percent = if trouble.is_some() { 0 } else { self.faults_percent };
        let Some(fault) = Fault::draw(&mut chance, percent) else {
            return good(&mut chance, &marker, stream, self.early_hints);
        };
        match fault {
            Fault::Refused => self.refuse_next.store(true, Ordering::Relaxed),
            Fault::Cut if stream => drop(counts.cut.insert(request)),
            _ if fault.refuses_key() => {
                counts.refused.insert(keys::ending(&call.key), self.begun.elapsed());
            }
            _ => {}
        }
        fault.reply(&mut chance, &marker, stream)
    }
}

impl State {
    /// Chance for one attempt: the same in each run with this seed.
    fn chance(&self, request: u32, attempt: u64) -> Rng {
        let request = u64::from(request).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        Rng::with_seed(self.seed ^ request ^ attempt.wrapping_mul(0xd1b5_4a32_d192_ed03))
    }

    /// What a question about an account or for the catalogue is answered: an outage hits these, too.
    fn probe(&self, call: &Call, trouble: Option<Trouble>) -> Reply {
        if let Some(Trouble::Outage(outage)) = trouble {
            return outage.reply();
        }
        let spent = keys::spent_account(&call.key).is_some();
        match call.path.split('?').next().unwrap_or_default() {
            "/api/usage" => {
                let usage = if spent { 1.0 } else { 0.1 };
                let limits = format!(
                    r#"{{"limits":{{"session":{{"usage":{usage}}},"weekly":{{"usage":0.2}}}}}}"#
                );
                Reply::json(200, &limits)
            }
            "/api/balance" => Reply::json(200, &balance(spent)),
            // The stub knows the others.
            _ => Reply::ok(),
        }
    }
}

fn balance(spent: bool) -> String {
    let remaining = if spent { 0 } else { 90 };
    let resets_at = (session() + 1) * SESSION_SECS;
    let resets_at = chrono::DateTime::from_timestamp(resets_at.cast_signed(), 0);
    let resets_at = resets_at.expect("a moment").to_rfc3339();
    format!(
        r#"{{"included":{{"session":{{"remaining_percent":{remaining},"resets_at":"{resets_at}"}},"weekly":{{"remaining_percent":80,"resets_at":"{resets_at}"}}}},"purchased":{{"balance_usd":0}}}}"#
    )
}

/// The number of the session window.
fn session() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    now.as_secs() / SESSION_SECS
}

/// What a request with this number says, and its answer repeats.
pub fn marker(request: u32) -> String {
    format!("{MARKER}{request:08}")
}

/// The number in the first marker of a text.
pub fn request_of(text: &[u8]) -> Option<u32> {
    markers(text).next()
}

/// The numbers in all markers of a text.
pub fn markers(text: &[u8]) -> impl Iterator<Item = u32> + '_ {
    text.windows(MARKER_LEN).filter_map(|part| {
        let digits = part.strip_prefix(MARKER.as_bytes())?;
        std::str::from_utf8(digits).ok()?.parse().ok()
    })
}
