//! The pool against its invariants, over random histories and a clock of the test's own.

mod accounts;
mod history;
mod replicas;
mod world;

use super::Rules;
use crate::clock::Millis;
use crate::peers::Share;

const PROVIDER: &str = "p";
const RULES: Rules = Rules {
    failure_threshold: 3,
    disable_secs: 3600,
    max_ejected_percent: 100,
    share: Share::WHOLE,
};
const NOW: Millis = Millis(1_700_000_000_000);
