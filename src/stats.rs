//! What finished requests add up to until the [`StatsActor`](crate::actors::stats) writes it down.

mod ledger;
mod record;

pub use self::ledger::{FlushError, Ledger};
pub use self::record::{AttemptResult, Outcome, Record, Tokens};
