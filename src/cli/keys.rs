//! `keys list`, `keys verify`, `keys export`: upstream keys, picked by the same filters.

mod export;
mod list;
mod verify;

use clap::{Args, Subcommand};

use super::store::Store;
use super::{Outcome, Usage};
use crate::config::Config;
use crate::db::Conn;
use crate::models::key_list::{KeyFilter, KeyStatus};
use crate::models::upstream_key::UpstreamKey;

/// Rows read at once.
const CHUNK: i64 = 1_000;

/// What can be done.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// List keys, masked
    List(list::Arguments),
    /// Ask the upstreams whether keys work, without spending tokens; changes nothing. Exit code 1
    /// when one does not
    Verify(verify::Arguments),
    /// Write keys as CSV
    Export(export::Arguments),
}

/// Which keys.
#[derive(Debug, Clone, Args)]
pub struct Pick {
    /// One provider's only
    #[arg(long)]
    provider: Option<String>,
    /// In this state only: active, disabled, failed, cooling or expired
    #[arg(long, default_value = "all", value_parser = status)]
    status: KeyStatus,
    /// Of this model family only
    #[arg(long)]
    category: Option<String>,
    /// Whose name, account or masked key holds this text
    #[arg(long)]
    search: Option<String>,
}

/// Runs it.
pub async fn run(command: Command, config: &Config) -> anyhow::Result<Outcome> {
    match command {
        Command::List(arguments) => list::run(arguments, config).await,
        Command::Verify(arguments) => verify::run(arguments, config).await,
        Command::Export(arguments) => export::run(arguments, config).await,
    }
}

impl Pick {
    async fn filter(&self, store: &Store, config: &Config) -> anyhow::Result<KeyFilter> {
        if let Some(name) = &self.provider {
            store.provider(config, name).await?;
        }
        Ok(KeyFilter {
            provider: self.provider.clone(),
            status: self.status,
            category: self.category.clone(),
            search: self.search.clone(),
            ..KeyFilter::default()
        })
    }
}

/// The picked keys, chunk by chunk: however many there are, few are in memory.
struct Walk<'a, 'b> {
    store: &'a Store,
    conn: &'a mut Conn<'b>,
    filter: &'a KeyFilter,
    last: i64,
}

impl Walk<'_, '_> {
    async fn next(&mut self) -> diesel::QueryResult<Vec<UpstreamKey>> {
        let now = self.store.clock.now().naive();
        let rows = UpstreamKey::matching(self.conn, self.filter, self.last, CHUNK, now).await?;
        self.last = rows.last().map_or(self.last, |row| row.id);
        Ok(rows)
    }
}

fn status(text: &str) -> Result<KeyStatus, Usage> {
    serde_json::from_value(serde_json::Value::from(text))
        .map_err(|_| Usage("one of all, active, disabled, failed, cooling, expired".to_owned()))
}
