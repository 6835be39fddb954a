//! `audit verify`

use clap::Subcommand;

use super::store::Store;
use super::{Outcome, out};
use crate::audit::{self, Fault, Noted, NotedHead, Verified};
use crate::config::Config;
use crate::secrets;

/// What can be done.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Check the chain of hashes of the audit log; exit code 1 when it is broken
    Verify {
        /// A head that was noted elsewhere, as SEQ:HASH from the service's log: the chain must still
        /// contain it
        #[arg(long, value_name = "SEQ:HASH")]
        head: Option<NotedHead>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

/// Runs it.
pub async fn run(command: Command, config: &Config) -> anyhow::Result<Outcome> {
    let Command::Verify { head, json } = command;
    let store = Store::open(config).await?;
    let verified = {
        let vault = secrets::vault(config)?;
        audit::verify(&mut store.database.get().await?, &vault, head.as_ref()).await?
    };
    if json {
        out::json(&verified)?;
    } else {
        for line in lines(&verified) {
            out::line(&line)?;
        }
    }
    Ok(if verified.ok { Outcome::Done } else { Outcome::Partly })
}

/// What was found, for people.
fn lines(verified: &Verified) -> Vec<String> {
    let Verified { rows, head, broken_at, fault, pruned, sealed_from, noted, .. } = verified;
    let row = broken_at.unwrap_or_default();
    let found = match fault {
        None => format!("{rows} rows, unbroken; head {rows}:{head}"),
        Some(Fault::Row) => format!("The chain is broken at row {row}"),
        Some(Fault::UnknownKey) => format!(
            "Row {row} can't be verified: it was written under an ENCRYPTION_KEY that is neither \
             configured nor kept"
        ),
        Some(Fault::AfterForgery) => format!(
            "The chain is broken before row {row}: its end had been written by somebody without \
             the key when row {row} was appended"
        ),
        Some(Fault::Head) => format!(
            "The chain's end (row {row}) was not written under this ENCRYPTION_KEY: rows after it \
             may be missing"
        ),
        Some(Fault::Noted) => format!("The chain doesn't contain the noted row {row}"),
    };
    let mut lines = vec![found];
    if *pruned > 0 {
        lines.push(format!("Rows up to {pruned} were deleted for their age"));
    }
    if *sealed_from > pruned + 1 {
        lines.push(format!("Rows before {sealed_from} have hashes without a key"));
    }
    match noted {
        Some(Noted::Contained) => lines.push("The noted row is in the chain".to_owned()),
        Some(Noted::Pruned) => lines.push("The noted row was deleted for its age".to_owned()),
        Some(Noted::Missing) | None => {}
    }
    lines
}
