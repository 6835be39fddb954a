//! `db migrate`

use anyhow::Context;
use clap::Subcommand;
use serde_json::json;

use super::{Outcome, out};
use crate::config::Config;
use crate::db::Database;
use crate::secrets;

/// What can be done.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Bring the schema up to date, as a start of the service does
    Migrate {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

/// Runs it.
pub async fn run(command: Command, config: &Config) -> anyhow::Result<Outcome> {
    let Command::Migrate { json } = command;
    let url = config.database.url();
    if config.database.is_embedded() {
        secrets::make_data_dir(&config.database.data_dir)?;
    }
    let applied = Database::migrate(&url, config.database.plaintext()).await;
    let applied = applied.context("DATABASE_URL: the database can't be migrated")?;
    if json {
        out::json(&json!({ "applied": applied }))?;
    } else if applied.is_empty() {
        out::line("The schema is up to date")?;
    } else {
        out::line(&format!("Applied: {}", applied.join(", ")))?;
    }
    Ok(Outcome::Done)
}
