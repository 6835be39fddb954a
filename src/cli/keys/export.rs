//! `keys export`

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use serde_json::json;

use super::{Pick, Walk};
use crate::audit::Deed;
use crate::cli::store::Store;
use crate::cli::{Outcome, progress};
use crate::clock::rfc3339;
use crate::config::Config;
use crate::models::upstream_key::UpstreamKey;
use crate::secrets;
use crate::spreadsheet::harmless;
use crate::vault::Vault;

/// What to export.
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    #[command(flatten)]
    pick: Pick,
    /// Write the keys themselves instead of masked ones; noted in the audit log
    #[arg(long)]
    secrets: bool,
    /// A new file to write, readable by its owner only; stdout unless given
    #[arg(long, short)]
    output: Option<PathBuf>,
}

/// `api_key`, `username`, `account` and `provider` are what an import reads.
const HEAD: [&str; 13] = [
    "id",
    "provider",
    "api_key",
    "username",
    "account",
    "category",
    "status",
    "created_at",
    "expires_at",
    "last_used",
    "total_requests",
    "success_count",
    "failure_count",
];

/// Runs it.
pub async fn run(arguments: Arguments, config: &Config) -> anyhow::Result<Outcome> {
    let store = match arguments.secrets {
        true => Store::open_to_write(config).await?,
        false => Store::open(config).await?,
    };
    let filter = arguments.pick.filter(&store, config).await?;
    let vault = arguments.secrets.then(|| secrets::vault(config)).transpose()?;
    let mut conn = store.database.get().await?;
    let total = UpstreamKey::count(&mut conn, &filter, store.clock.now().naive()).await?;
    drop(conn);
    let to = open(arguments.output.as_ref())?;
    // First the note: what is out can't be taken back.
    if vault.is_some() {
        let deed = Deed::new("key.export", "key:all").after(json!({
            "secrets": true,
            "keys": total,
            "provider": filter.provider,
            "status": filter.status.as_str(),
        }));
        store.note(deed).await?;
    }
    // Without a file the rows themselves show how far it is.
    let hidden = arguments.output.is_none();
    let bar = progress::bar(total.unsigned_abs(), "exporting", hidden);
    let mut conn = store.database.get().await?;
    let mut walk = Walk { store: &store, conn: &mut conn, filter: &filter, last: 0 };
    let (mut csv, mut closed) = (csv::Writer::from_writer(to), 0);
    csv.write_record(HEAD).map_err(told)?;
    loop {
        let keys = walk.next().await?;
        if keys.is_empty() {
            break;
        }
        for key in &keys {
            let shown = shown(key, vault.as_ref());
            closed += usize::from(shown.is_none());
            let row = row(key, shown.as_deref().unwrap_or_default(), &store);
            csv.write_record(row).map_err(told)?;
        }
        bar.inc(keys.len() as u64);
    }
    csv.flush()?;
    bar.finish_and_clear();
    if closed > 0 {
        eprintln!(
            "{closed} keys can't be decrypted (another ENCRYPTION_KEY, or a changed row): left empty"
        );
        return Ok(Outcome::Partly);
    }
    Ok(Outcome::Done)
}

/// The masked key, or the key itself; `None` when it can't be opened.
fn shown(key: &UpstreamKey, vault: Option<&Vault>) -> Option<String> {
    match vault {
        None => Some(harmless(&key.masked).into_owned()),
        Some(vault) => key.open(vault).ok(),
    }
}

fn row(key: &UpstreamKey, shown: &str, store: &Store) -> [String; 13] {
    let time = |at: Option<chrono::NaiveDateTime>| at.map(rfc3339).unwrap_or_default();
    [
        key.id.to_string(),
        key.provider.clone(),
        shown.to_owned(),
        harmless(&key.username).into_owned(),
        harmless(&key.account).into_owned(),
        harmless(&key.category).into_owned(),
        key.status(store.clock.now().naive()).as_str().to_owned(),
        rfc3339(key.created_at),
        time(key.expires_at),
        time(key.last_used_at),
        key.total_requests.to_string(),
        key.success_count.to_string(),
        key.failure_count.to_string(),
    ]
}

fn open(path: Option<&PathBuf>) -> anyhow::Result<Box<dyn Write>> {
    let Some(path) = path else { return Ok(Box::new(io::stdout())) };
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    Ok(Box::new(file.with_context(|| format!("{} can't be made", path.display()))?))
}

/// The writer's error as the system told it.
fn told(error: csv::Error) -> anyhow::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error.into(),
        other => anyhow::anyhow!("{other:?}"),
    }
}
