//! `migrate-from-v3`: takes over the database of the JavaScript version.

mod keys;
mod report;
mod row;
mod source;
mod tokens;
mod usage;
mod users;

use chrono::NaiveDateTime;
use clap::Args;
use serde_json::json;

use self::report::Table;
use self::source::Source;
use super::store::Store;
use super::{Outcome, Usage, out};
use crate::audit::Deed;
use crate::config::Config;
use crate::db::Conn;
use crate::secrets;
use crate::vault::Vault;

/// What the old tables' names begin with, and whose they are.
const PREFIXES: [(&str, &str); 2] = [("ollama_api", "ollama"), ("openrouter_api", "openrouter")];

/// What to take over.
#[derive(Debug, Clone, Args)]
#[command(long_about = "Take over the database of version 3, the JavaScript one\n\n\
    Keys, client tokens (they keep working), statistics, users without their passwords, and \
    check-ins. The old database is only read. All of it happens in one transaction; run again, it \
    takes what has come since and nothing twice.")]
pub struct Arguments {
    /// The old database, postgres://…; better by the environment than where `ps` shows it
    #[arg(env = "V3_DATABASE_URL", hide_env_values = true, value_name = "DATABASE_URL")]
    source: String,
    /// Report what would be taken and take nothing
    #[arg(long)]
    dry_run: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// A migration under way.
struct Migration<'a> {
    source: Source,
    vault: &'a Vault,
    now: NaiveDateTime,
}

/// Why the transaction is rolled back.
#[derive(Debug, thiserror::Error)]
enum Stop {
    #[error("a dry run")]
    DryRun(Vec<Table>),
    #[error(transparent)]
    Failed(#[from] anyhow::Error),
}

impl From<diesel::result::Error> for Stop {
    fn from(error: diesel::result::Error) -> Self {
        Self::Failed(error.into())
    }
}

/// Runs it.
pub async fn run(arguments: Arguments, config: &Config) -> anyhow::Result<Outcome> {
    let source = Source::open(&arguments.source, config.database.plaintext()).await?;
    let store = Store::open_to_write(config).await?;
    let _sealing = secrets::file::sealing(&config.database.data_dir)?;
    let vault = secrets::vault(config)?;
    let mut m = Migration { source, vault: &vault, now: store.clock.now().naive() };
    let mut conn = store.database.get().await?;
    let moved = conn.transaction(async |conn| {
        let tables = m.all(conn).await?;
        if arguments.dry_run {
            return Err(Stop::DryRun(tables));
        }
        let deed = Deed::new("v3.migrate", "database").after(json!({ "tables": tables }));
        store.did(conn, deed).await?;
        Ok(tables)
    });
    let tables = match moved.await {
        Ok(tables) | Err(Stop::DryRun(tables)) => tables,
        Err(Stop::Failed(error)) => return Err(error),
    };
    print(&tables, &arguments)?;
    let failed = tables.iter().any(|table| table.failed > 0);
    Ok(if failed { Outcome::Partly } else { Outcome::Done })
}

impl Migration<'_> {
    async fn all(&mut self, conn: &mut Conn<'_>) -> anyhow::Result<Vec<Table>> {
        let mut tables = keys::bring(self, conn).await?;
        tables.extend(tokens::bring(self, conn).await?);
        tables.extend(usage::bring(self, conn).await?);
        tables.extend(users::bring(self, conn).await?);
        // What is there says nothing is missing, or which columns are; what is not says so.
        if tables.iter().all(|table| table.read == 0 && !table.notes.is_empty()) {
            let words = "that database has no tables of version 3 (ollama_api_keys and others)";
            return Err(Usage(words.to_owned()).into());
        }
        Ok(tables)
    }

    /// An empty report that names the columns that are missing; an error when the table itself is,
    /// or a column that it can't be read without.
    async fn table(
        &mut self,
        name: &str,
        columns: &[&str],
        needed: &[&str],
    ) -> anyhow::Result<Result<Table, Table>> {
        let Some(there) = self.source.columns(name).await? else {
            return Ok(Err(Table::absent(name, "not there")));
        };
        if let Some(lacking) = needed.iter().find(|column| !there.contains(**column)) {
            return Ok(Err(Table::absent(name, format!("skipped: it has no column {lacking}"))));
        }
        let mut table = Table::new(name);
        let missing = columns.iter().filter(|column| !there.contains(**column));
        table.notes = missing.map(|column| format!("no column {column}")).collect();
        Ok(Ok(table))
    }
}

fn print(tables: &[Table], arguments: &Arguments) -> anyhow::Result<()> {
    if arguments.json {
        return out::json(&json!({"dry_run": arguments.dry_run, "tables": tables}));
    }
    let cells = |table: &Table| {
        let counts = [table.read, table.taken, table.existing, table.skipped, table.failed];
        let first = std::iter::once(table.table.clone());
        let cells = first.chain(counts.map(|count| count.to_string()));
        cells.chain(std::iter::once(table.notes.join(", "))).collect()
    };
    let rows: Vec<Vec<String>> = tables.iter().map(cells).collect();
    out::table(&["table", "read", "taken", "existing", "skipped", "failed", "notes"], &rows)?;
    if arguments.dry_run {
        eprintln!("A dry run: nothing was taken");
    }
    Ok(())
}
