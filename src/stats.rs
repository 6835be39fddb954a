//! What finished requests add up to until the [`StatsActor`](crate::actors::stats) writes it down.

mod journal;
pub mod latency;
mod ledger;
mod lines;
mod models;
mod open;
mod record;
mod refusals;
mod sample;

pub use self::journal::Journal;
pub use self::ledger::{Backlog, Counted, FlushError, Ledger};
pub use self::record::{Attempt, AttemptResult, Outcome, Record, Tokens, ToldError};
