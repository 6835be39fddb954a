//! Encrypting everything anew that is not under the first key.

use std::collections::HashSet;
use std::time::Duration;

use indicatif::ProgressBar;
use serde::Serialize;

use crate::cli::progress;
use crate::cli::store::Store;
use crate::db::Conn;
use crate::models::sealed::{Resealed, SEALED_TABLES, SealedRow, SealedTable};
use crate::vault::{Sealed, Vault, VaultError};

/// Secrets of one transaction: short, since the service writes to the same rows.
const CHUNK: i64 = 200;

/// A chunk that meets the service's own writes (a deadlock, or a busy file) is tried again.
const TRIES: u32 = 10;
const BETWEEN_TRIES: Duration = Duration::from_millis(200);

/// What came of a table's secrets.
#[derive(Debug, Default, Serialize)]
pub struct Counts {
    /// Which table.
    pub table: &'static str,
    /// Sealed anew.
    pub resealed: u64,
    /// Those of them that were in an older form.
    pub migrated: u64,
    /// Upstream keys that were there twice, under different encryption keys, and are one now.
    pub merged: u64,
    /// Still under an older key that is configured, or in an older form.
    pub left: u64,
    /// Under a key that is not configured, damaged, or moved from another row.
    pub unreadable: u64,
}

impl Counts {
    /// Adds what a later look did, and takes over what it found.
    pub fn add(&mut self, later: &Self) {
        self.resealed += later.resealed;
        self.migrated += later.migrated;
        self.merged += later.merged;
        (self.left, self.unreadable) = (later.left, later.unreadable);
    }
}

/// Whether anything is under another key than the first, or in an older form.
pub async fn is_any_left(store: &Store, vault: &Vault) -> anyhow::Result<bool> {
    let mut conn = store.database.get().await?;
    let first = first(vault);
    for table in &SEALED_TABLES {
        if table.count_outdated(&mut conn, &first).await? > 0 {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Encrypts all tables anew, however often that takes while others write.
pub async fn all(store: &Store, vault: &Vault, quiet: bool) -> anyhow::Result<Vec<Counts>> {
    let mut conn = store.database.get().await?;
    let first = first(vault);
    let mut total = 0;
    for table in &SEALED_TABLES {
        total += table.count_outdated(&mut conn, &first).await?;
    }
    let bar = progress::bar(total, "encrypting", quiet);
    let mut done = Vec::new();
    for table in &SEALED_TABLES {
        let mut counts = Counts { table: table.name, ..Counts::default() };
        let older = table.count_older(&mut conn).await?;
        // What a first look left over (a twin in the same chunk) the next one takes.
        while pass(table, &mut conn, vault, &bar, &mut counts).await? > 0 {}
        counts.migrated = older.saturating_sub(table.count_older(&mut conn).await?);
        // What was added since stays for the next look, too.
        let outdated = table.count_outdated(&mut conn, &first).await?;
        counts.left = outdated.saturating_sub(counts.unreadable);
        done.push(counts);
    }
    bar.finish_and_clear();
    Ok(done)
}

fn first(vault: &Vault) -> String {
    vault.key_ids().into_iter().next().unwrap_or_default()
}

/// Walks over the table once; returns how many secrets it encrypted anew.
async fn pass(
    table: &SealedTable,
    conn: &mut Conn<'_>,
    vault: &Vault,
    bar: &ProgressBar,
    counts: &mut Counts,
) -> anyhow::Result<u64> {
    let first = first(vault);
    let (mut place, mut number, mut changed) = (String::new(), 0, 0);
    counts.unreadable = 0;
    loop {
        let rows = table.outdated(conn, &first, (&place, number), CHUNK).await?;
        let Some(last) = rows.last() else { return Ok(changed) };
        (place, number) = (last.place.clone(), last.number);
        let (mut again, mut seen) = (Vec::new(), HashSet::new());
        for row in &rows {
            let Ok(row) = anew(table, vault, row) else {
                counts.unreadable += 1;
                continue;
            };
            if seen.insert((row.place.clone(), row.fingerprint.clone())) {
                again.push(row);
            }
        }
        let (resealed, merged) = write(table, conn, &again).await?;
        counts.resealed += resealed;
        counts.merged += merged;
        changed += resealed + merged;
        bar.inc(rows.len() as u64);
    }
}

fn anew(table: &SealedTable, vault: &Vault, row: &SealedRow) -> Result<Resealed, VaultError> {
    let bound = |identity: &str| (table.binding)(&row.owner, identity).ok_or(VaultError::Damaged);
    let old = Sealed { sealed: row.sealed.clone(), sealed_with: row.sealed_with.clone() };
    let secret = vault.open(&bound(&row.identity)?, &old)?;
    let fingerprint = vault.fingerprint(&secret);
    let new = match table.by_fingerprint {
        true => vault.seal(&bound(&fingerprint)?, &secret)?,
        false => vault.seal(&bound(&row.identity)?, &secret)?,
    };
    Ok(Resealed {
        place: row.place.clone(),
        number: row.number,
        was: row.sealed.clone(),
        sealed: new.sealed,
        sealed_with: new.sealed_with,
        fingerprint,
    })
}

async fn write(
    table: &SealedTable,
    conn: &mut Conn<'_>,
    rows: &[Resealed],
) -> anyhow::Result<(u64, u64)> {
    for attempt in 1.. {
        match table.reseal(conn, rows).await {
            Ok((resealed, merged)) => return Ok((resealed as u64, merged as u64)),
            Err(error) if attempt >= TRIES => return Err(error.into()),
            Err(_) => tokio::time::sleep(BETWEEN_TRIES).await,
        }
    }
    Ok((0, 0))
}
