//! The order of a rotation: no moment in which a secret can't be opened.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::bail;
use serde::Serialize;
use serde_json::json;

use super::reseal::{self, Counts};
use crate::audit::Deed;
use crate::cli::store::Store;
use crate::cli::{Outcome, Usage, out};
use crate::config::Config;
use crate::secrets::file::{SecretsFile, lock, rotation_lock};
use crate::secrets::{self, presence};
use crate::vault::{Vault, random_hex};

/// What a request sealed under the old key, just before its service took up the new one, is stored
/// within this: it waits at most five seconds for a connection.
const LATE_WRITES: Duration = Duration::from_secs(6);

/// Each waits five seconds for a writer to end.
const TRIES: u32 = 12;

#[derive(Serialize)]
struct Report {
    encryption_key: String,
    /// Nothing is left under an older key.
    complete: bool,
    tables: Vec<Counts>,
}

/// Rotates.
pub async fn run(config: &Config, json: bool) -> anyhow::Result<Outcome> {
    let dir = &config.database.data_dir;
    let store = Store::open(config).await?;
    let Some(_only) = lock(&rotation_lock(dir), false)? else {
        bail!("another rotation, or a command that stores secrets, is under way");
    };
    let given = config.auth.encryption_key.0.is_some() || !config.database.is_embedded();
    let vault = if given { from_environment(config, &store).await? } else { from_file(config)? };
    let running = everywhere(dir, &vault, given).await?;
    let vault = Arc::new(vault);
    let store = store.writing_under(vault.clone()).await?;
    let first = vault.key_ids().first().cloned().unwrap_or_default();
    store.note(Deed::new("secrets.rotate", format!("encryption-key:{first}"))).await?;
    let mut tables = reseal::all(&store, &vault, json).await?;
    if running > 0 {
        settle(&store).await?;
        let late = reseal::all(&store, &vault, json).await?;
        tables.iter_mut().zip(late).for_each(|(counts, late)| counts.add(&late));
    }
    let complete = tables.iter().all(|counts| counts.left == 0);
    if complete && !given {
        retire(dir, &vault).await?;
    }
    let deed = Deed::new("secrets.rotated", format!("encryption-key:{first}"));
    store.note(deed.after(json!({"complete": complete, "tables": tables}))).await?;
    print(Report { encryption_key: first, complete, tables }, given, json)
}

/// Waits for what was sealed under the old key and is just being stored.
async fn settle(store: &Store) -> anyhow::Result<()> {
    tokio::time::sleep(LATE_WRITES).await;
    let mut conn = store.database.get().await?;
    for attempt in 1.. {
        // With SQLite there is one writer at a time, so an import under way has ended after this.
        match conn.transaction(async |_| Ok::<_, diesel::result::Error>(())).await {
            Ok(()) => break,
            Err(error) if attempt >= TRIES => return Err(error.into()),
            Err(_) => {}
        }
    }
    Ok(())
}

/// Makes the new key, unless a rotation was begun and not finished.
fn from_file(config: &Config) -> anyhow::Result<Vault> {
    let file = SecretsFile::in_dir(&config.database.data_dir);
    let mut stored = file.read_or_make()?;
    if !stored.encryption_key.contains(',') {
        let new = random_hex(32)?;
        stored = file.change(|stored| {
            stored.encryption_key = format!("{new},{}", stored.encryption_key);
        })?;
    }
    Ok(Vault::parse(&stored.encryption_key)?)
}

/// The keys that the operator has set, if there is anything to do with them.
async fn from_environment(config: &Config, store: &Store) -> anyhow::Result<Vault> {
    let vault = secrets::vault(config)?;
    if vault.key_ids().len() > 1 || reseal::is_any_left(store, &vault).await? {
        return Ok(vault);
    }
    let words = "everything is under the one key of ENCRYPTION_KEY. To rotate, put a new one \
                 (`openssl rand -hex 32`) before it, ENCRYPTION_KEY=NEW,OLD; restart every process \
                 of the service with it; then run this again";
    Err(Usage(words.to_owned()).into())
}

/// Waits until every service over this directory seals under the first key and opens under all.
/// Returns how many there are.
async fn everywhere(dir: &Path, vault: &Vault, given: bool) -> anyhow::Result<usize> {
    let wanted = vault.key_ids();
    if !given {
        return presence::until_all(dir, |taken| taken.encryption_keys == wanted).await;
    }
    let running = presence::running(dir)?;
    // Its environment changes only with a restart, so there is nothing to wait for.
    if running.iter().any(|taken| taken.encryption_keys != wanted) {
        bail!("the running service has another ENCRYPTION_KEY: restart it with this one first");
    }
    Ok(running.len())
}

/// Takes the older keys out.
async fn retire(dir: &Path, vault: &Vault) -> anyhow::Result<()> {
    let keep = |all: &str| all.split(',').next().unwrap_or_default().trim().to_owned();
    SecretsFile::in_dir(dir)
        .change(|stored| stored.encryption_key = keep(&stored.encryption_key))?;
    let first = vault.key_ids().into_iter().take(1).collect::<Vec<_>>();
    presence::until_all(dir, |taken| taken.encryption_keys == first).await?;
    Ok(())
}

fn print(report: Report, given: bool, json: bool) -> anyhow::Result<Outcome> {
    let complete = report.complete;
    if json {
        out::json(&report)?;
    } else {
        let cells = |counts: &Counts| {
            let Counts { resealed, migrated, merged, left, unreadable, .. } = *counts;
            let numbers = [resealed, migrated, merged, left, unreadable];
            let name = std::iter::once(counts.table.to_owned());
            name.chain(numbers.map(|number| number.to_string())).collect()
        };
        let rows: Vec<Vec<String>> = report.tables.iter().map(cells).collect();
        out::table(
            &["table", "encrypted anew", "from an older form", "merged", "left", "unreadable"],
            &rows,
        )?;
    }
    let unreadable: u64 = report.tables.iter().map(|counts| counts.unreadable).sum();
    if unreadable > 0 {
        eprintln!(
            "{unreadable} secrets are under keys that are not configured, damaged, or moved from \
             another row: left as they are"
        );
    }
    match (complete, given) {
        (false, _) => {
            eprintln!(
                "Something is left under an older key or in an older form: keep the key, and run \
                 this again"
            )
        }
        (true, true) => {
            eprintln!("Nothing is left: set ENCRYPTION_KEY to its first key and restart")
        }
        (true, false) => eprintln!("Nothing is left under an older key, and it is gone"),
    }
    Ok(if complete && unreadable == 0 { Outcome::Done } else { Outcome::Partly })
}
