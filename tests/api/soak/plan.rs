//! How large the run is, from the environment.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::outage::{Outage, Trouble};
use crate::chaos::number;

/// What a run is made of. Without `SOAK_OUTAGE_SECS` it is a short one.
pub struct Plan {
    /// `SOAK_SEED`: decides which attempt meets which fault.
    pub seed: u64,
    /// The run has the promised size, so the promised bounds hold.
    pub whole: bool,
    /// `SOAK_REPLICAS`: 1 on SQLite, or more on Postgres and Redis.
    pub replicas: usize,
    /// `SOAK_KEYS`: good keys; one in a hundred is added for accounts that are spent.
    pub keys: usize,
    /// `SOAK_RATE`: requests a second.
    pub rate: u64,
    /// `SOAK_FAULT_PERCENT`: attempts that meet a fault at random.
    pub faults_percent: u64,
    /// `SOAK_EARLY_HINTS`: 0 for no interim answers.
    pub early_hints: bool,
    /// `SOAK_OUTAGE_SECS`: how long each trouble lasts.
    pub trouble: Duration,
    /// `SOAK_CALM_SECS`: how long it is calm before the first trouble and after each.
    pub calm: Duration,
    /// How long after a trouble keys are looked at.
    pub look: Duration,
    /// Milliseconds until the pool gives up on an upstream that is silent.
    pub silence_ms: u64,
    /// Milliseconds between requests of a client whose requests always fail.
    pub poison_ms: u64,
    /// `SOAK_ONLY`: the troubles, in order.
    pub troubles: Vec<Trouble>,
    /// `SOAK_BINARY`: the program, where it is not the one built with the tests.
    pub binary: Option<PathBuf>,
}

impl Plan {
    /// As the environment says.
    pub fn from_env() -> Self {
        let outage = number("SOAK_OUTAGE_SECS");
        let whole = outage.is_some();
        let or = |name, whole_size, short| {
            number(name).unwrap_or(if whole { whole_size } else { short })
        };
        let size = |name, whole_size, short| {
            usize::try_from(or(name, whole_size, short)).expect("a small number")
        };
        let calm = Duration::from_secs(or("SOAK_CALM_SECS", 25, 4));
        let pick = |one, other| if whole { one } else { other };
        Self {
            seed: number("SOAK_SEED").unwrap_or_else(|| fastrand::u64(..1 << 32)),
            whole,
            replicas: size("SOAK_REPLICAS", 3, 3),
            keys: size("SOAK_KEYS", 5_000, 300),
            rate: or("SOAK_RATE", 200, 40),
            faults_percent: number("SOAK_FAULT_PERCENT").unwrap_or(9),
            early_hints: number("SOAK_EARLY_HINTS") != Some(0),
            trouble: Duration::from_secs(outage.unwrap_or(2)),
            calm,
            look: Duration::from_secs(10).min(calm.mul_f64(0.75)),
            silence_ms: pick(5_000, 1_500),
            poison_ms: pick(1_000, 200),
            troubles: troubles(),
            binary: text("SOAK_BINARY").map(PathBuf::from),
        }
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, replicas, keys, rate, faults_percent, .. } = self;
        let (trouble, calm, troubles) = (self.trouble, self.calm, self.troubles.len());
        write!(
            f,
            "SOAK_SEED={seed}: {replicas} processes, {keys} keys, {rate} requests a second, \
             {faults_percent} % faults, {troubles} troubles of {trouble:?}, {calm:?} between them"
        )
    }
}

/// All of them, or those that `SOAK_ONLY` names with commas between them.
fn troubles() -> Vec<Trouble> {
    let outages = Outage::ALL.into_iter().map(Trouble::Outage);
    let all: Vec<Trouble> = outages.chain([Trouble::Poison(500), Trouble::Poison(401)]).collect();
    let Some(only) = text("SOAK_ONLY") else { return all };
    let named = |name: &str| all.iter().copied().find(|one| one.name() == name.trim());
    only.split(',').map(|name| named(name).unwrap_or_else(|| panic!("no trouble {name}"))).collect()
}

fn text(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|text| !text.is_empty())
}
