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
    /// Under the first key now.
    pub resealed: u64,
    /// Upstream keys that were there twice, under different encryption keys, and are one now.
    pub merged: u64,
    /// Still under an older key that is configured.
    pub left: u64,
    /// Under a key that is not configured, or damaged.
    pub unreadable: u64,
}

impl Counts {
    /// Adds what a later look did, and takes over what it found.
    pub fn add(&mut self, later: &Self) {
        self.resealed += later.resealed;
        self.merged += later.merged;
        (self.left, self.unreadable) = (later.left, later.unreadable);
    }
}

/// Whether anything is under another key than the first.
pub async fn is_any_left(store: &Store, vault: &Vault) -> anyhow::Result<bool> {
    let mut conn = store.database.get().await?;
    for table in &SEALED_TABLES {
        if outside(table, &mut conn, vault).await? > 0 {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Encrypts all tables anew, however often that takes while others write.
pub async fn all(store: &Store, vault: &Vault, quiet: bool) -> anyhow::Result<Vec<Counts>> {
    let mut conn = store.database.get().await?;
    let mut total = 0;
    for table in &SEALED_TABLES {
        total += outside(table, &mut conn, vault).await?;
    }
    let bar = progress::bar(total, "encrypting", quiet);
    let mut done = Vec::new();
    for table in &SEALED_TABLES {
        let mut counts = Counts { table: table.name, ..Counts::default() };
        // What a first look left over (a twin in the same chunk) the next one takes.
        while pass(table, &mut conn, vault, &bar, &mut counts).await? > 0 {}
        let (ids, all) = (vault.key_ids(), table.by_key(&mut conn).await?);
        for under in all.iter().filter(|under| Some(&under.place) != ids.first()) {
            match ids.contains(&under.place) {
                true => counts.left += under.number.unsigned_abs(),
                false => counts.unreadable += under.number.unsigned_abs(),
            }
        }
        done.push(counts);
    }
    bar.finish_and_clear();
    Ok(done)
}

async fn outside(table: &SealedTable, conn: &mut Conn<'_>, vault: &Vault) -> anyhow::Result<u64> {
    let (ids, all) = (vault.key_ids(), table.by_key(conn).await?);
    let outside = all.iter().filter(|under| Some(&under.place) != ids.first());
    Ok(outside.map(|under| under.number.unsigned_abs()).sum())
}

/// Walks over the table once; returns how many secrets it encrypted anew.
async fn pass(
    table: &SealedTable,
    conn: &mut Conn<'_>,
    vault: &Vault,
    bar: &ProgressBar,
    counts: &mut Counts,
) -> anyhow::Result<u64> {
    let ids = vault.key_ids();
    let first = ids.first().map(String::as_str).unwrap_or_default();
    let (mut place, mut number, mut changed) = (String::new(), 0, 0);
    loop {
        let rows = table.not_under(conn, first, (&place, number), CHUNK).await?;
        let Some(last) = rows.last() else { return Ok(changed) };
        (place, number) = (last.place.clone(), last.number);
        let (mut again, mut seen) = (Vec::new(), HashSet::new());
        for row in &rows {
            // What can't be opened is counted at the end, by the name of its key.
            let Ok(row) = anew(table, vault, row) else { continue };
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
    let old = Sealed { sealed: row.sealed.clone(), sealed_with: row.sealed_with.clone() };
    let mut opened = Err(VaultError::Damaged);
    for purpose in table.purposes {
        opened = vault.open(purpose, &old).map(|secret| (*purpose, secret));
        if opened.is_ok() {
            break;
        }
    }
    let (purpose, secret) = opened?;
    let new = vault.seal(purpose, &secret)?;
    Ok(Resealed {
        place: row.place.clone(),
        number: row.number,
        was: row.sealed_with.clone(),
        sealed: new.sealed,
        sealed_with: new.sealed_with,
        fingerprint: vault.fingerprint(&secret),
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
