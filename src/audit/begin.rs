//! The first step of every process: the chain has keys from here on, and keeps those of its old rows.

use diesel::QueryResult;
use serde_json::json;

use super::seal::{self, ChainKeys};
use super::{Actor, Deed, append};
use crate::clock::Millis;
use crate::db::Conn;
use crate::models::audit::{AuditHead, AuditKey};
use crate::vault::Vault;

/// Gives the chain its keys, once for each database. Rows that are there have plain hashes: the first
/// one with a key covers their end.
pub async fn begin(conn: &mut Conn<'_>, vault: &Vault, now: Millis) -> QueryResult<()> {
    if AuditHead::read(conn).await?.sealed_from == 0 {
        conn.transaction(async |conn| {
            let head = AuditHead::lock(conn).await?;
            if head.sealed_from == 0 { seal(conn, vault, head, now).await } else { Ok(()) }
        })
        .await?;
    }
    keep_keys(conn, vault).await
}

/// Whether the log's end was written under another encryption key: a row that is appended now could
/// never be told from one after a forgery.
pub async fn is_foreign(conn: &mut Conn<'_>, vault: &Vault) -> QueryResult<bool> {
    Ok(!ChainKeys::of(vault).know(&AuditHead::read(conn).await?))
}

async fn seal(
    conn: &mut Conn<'_>,
    vault: &Vault,
    mut head: AuditHead,
    now: Millis,
) -> QueryResult<()> {
    if head.seq == 0 {
        head.sealed_from = 1;
        head.macs = ChainKeys::of(vault).macs(&head);
        return head.put(conn).await;
    }
    log::warn!(
        "the audit log is keyed from row {} on. This happens once, with the first start of this \
         version: a second time means that somebody has put other rows in the place of the log",
        head.seq + 1
    );
    let deed = Deed::new("audit.seal", "audit").after(json!({"rows": head.seq, "head": head.hash}));
    append(conn, vault, head, true, &Actor::service(), deed, now).await
}

/// Keeps the chain's keys whose encryption keys may be taken out, sealed under the first one: old
/// rows stay verifiable.
async fn keep_keys(conn: &mut Conn<'_>, vault: &Vault) -> QueryResult<()> {
    let kept = AuditKey::all(conn).await?;
    let first = vault.key_ids().into_iter().next().unwrap_or_default();
    let outdated = kept.iter().filter(|row| row.sealed_with != first);
    // What can't be opened stays as it is: its encryption key may come back.
    let again = outdated.filter_map(|row| seal::open(vault, row).ok());
    let older = ChainKeys::of(vault).older().to_vec();
    let fresh = older.into_iter().filter(|key| kept.iter().all(|row| row.id != key.id()));
    for key in again.chain(fresh) {
        match key.keep(vault) {
            Ok(row) => row.put(conn).await?,
            Err(error) => log::error!("a key of the audit log can't be kept: {error}"),
        }
    }
    Ok(())
}
