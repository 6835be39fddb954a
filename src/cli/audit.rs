//! `audit verify`

use clap::Subcommand;

use super::store::Store;
use super::{Outcome, out};
use crate::audit;
use crate::config::Config;

/// What can be done.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Check the chain of hashes of the audit log; exit code 1 when it is broken
    Verify {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

/// Runs it.
pub async fn run(command: Command, config: &Config) -> anyhow::Result<Outcome> {
    let Command::Verify { json } = command;
    let store = Store::open(config).await?;
    let verified = audit::verify(&mut store.database.get().await?).await?;
    if json {
        out::json(&verified)?;
    } else {
        match verified.broken_at {
            None => {
                out::line(&format!("{} rows, unbroken; head {}", verified.rows, verified.head))?
            }
            Some(row) => out::line(&format!("The chain is broken at row {row}"))?,
        }
    }
    Ok(if verified.ok { Outcome::Done } else { Outcome::Partly })
}
