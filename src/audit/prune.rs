//! Deleting old rows from the front of the chain, which stays verifiable: its head says where it
//! begins.

use chrono::NaiveDateTime;
use diesel::QueryResult;

use super::seal::ChainKeys;
use crate::db::Conn;
use crate::models::audit::{AuditHead, AuditRow};
use crate::vault::Vault;

/// Rows of one transaction: who appends waits for it.
pub const CHUNK: i64 = 1_000;

/// Deletes the first rows as long as they are from before `end`, [`CHUNK`] at most; returns how many.
/// A chain whose head is not authentic is left as it is.
pub async fn prune(conn: &mut Conn<'_>, vault: &Vault, end: NaiveDateTime) -> QueryResult<usize> {
    let head = AuditHead::read(conn).await?;
    let rows = AuditRow::after(conn, head.pruned_seq, CHUNK).await?;
    let Some(last) = rows.into_iter().take_while(|row| row.at < end).last() else { return Ok(0) };
    conn.transaction(async |conn| {
        let mut head = AuditHead::lock(conn).await?;
        let keys = ChainKeys::of(vault);
        if !keys.is_authentic(&head) || head.pruned_seq >= last.id {
            return Ok(0);
        }
        let deleted = AuditRow::delete(conn, head.pruned_seq, last.id).await?;
        (head.pruned_seq, head.pruned_hash) = (last.id, last.hash);
        head.macs = keys.macs(&head);
        head.put(conn).await?;
        Ok(deleted)
    })
    .await
}
