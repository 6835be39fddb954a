//! What finished requests add up to until the [`StatsActor`](crate::actors::stats) writes it down.

pub mod latency;
mod ledger;
mod lines;
mod open;
mod record;
mod sample;
mod spill;

pub use self::ledger::{Backlog, Counted, FlushError, Ledger};
pub use self::record::{Attempt, AttemptResult, Outcome, Record, Tokens};
pub use self::spill::Spill;
