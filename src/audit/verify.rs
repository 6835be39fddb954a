//! Going over the whole chain.

use diesel::QueryResult;
use serde::Serialize;
use utoipa::ToSchema;

use super::noted::{Noted, NotedHead};
use super::plain;
use super::seal::ChainKeys;
use crate::clock::Millis;
use crate::db::Conn;
use crate::models::audit::{AuditHead, AuditKey, AuditRow};
use crate::vault::Vault;

/// Rows read at once: the log may be longer than memory.
const CHUNK: i64 = 1_000;

/// What is wrong with a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The row was changed, is missing or should not be there.
    Row,
    /// The row was made under an encryption key that is neither configured nor kept: it can't be
    /// checked.
    UnknownKey,
    /// When the row was appended, the end before it had been written by somebody without the key:
    /// rows before it may be missing.
    AfterForgery,
    /// The end of the chain was written by somebody without the key: rows after it may be missing.
    Head,
    /// The noted row is not in the chain, or has another hash.
    Noted,
}

/// What a walk over the chain came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Verified {
    /// Every row is as it was written, and none is missing or was put in; and the noted one is among
    /// them, if one was given.
    pub ok: bool,
    /// The number of the last row up to which all are as they were written.
    #[schema(example = 1204)]
    pub rows: i64,
    /// The hash of that row. Note it elsewhere with its number: a later look at whether it is still
    /// there finds an older state of the log that was put in the place of the newer one.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    pub head: String,
    /// The number of the first row that something is wrong with.
    #[schema(example = json!(null))]
    pub broken_at: Option<i64>,
    /// What is wrong there.
    pub fault: Option<Fault>,
    /// Rows up to this number were deleted for their age.
    #[schema(example = 0)]
    pub pruned: i64,
    /// Rows before this number have plain hashes, from before hashes had a key: what is proven of
    /// them is that they have not changed since.
    #[schema(example = 1)]
    pub sealed_from: i64,
    /// Whether the noted row is in the chain, if one was given.
    pub noted: Option<Noted>,
}

/// Walks over the chain from its first row to its end. It may run beside whoever appends. `noted` is
/// a head of the chain at some earlier moment.
pub async fn verify(
    conn: &mut Conn<'_>,
    vault: &Vault,
    noted: Option<&NotedHead>,
) -> QueryResult<Verified> {
    let keys = ChainKeys::with_retired(vault, &AuditKey::all(conn).await?);
    loop {
        let start = AuditHead::read(conn).await?;
        let pruned = start.pruned_seq;
        let found = Walk::new(&keys, start, noted).run(conn).await?;
        // What was deleted for its age meanwhile looks as if it was missing.
        if found.ok || AuditHead::read(conn).await?.pruned_seq == pruned {
            return Ok(found);
        }
    }
}

/// A walk that has come so far.
struct Walk<'a> {
    keys: &'a ChainKeys,
    /// The chain's end at the beginning of the walk.
    start: AuditHead,
    noted: Option<&'a NotedHead>,
    found: Option<Noted>,
    seq: i64,
    hash: String,
}

impl<'a> Walk<'a> {
    fn new(keys: &'a ChainKeys, start: AuditHead, noted: Option<&'a NotedHead>) -> Self {
        let (seq, hash) = (start.pruned_seq, start.pruned_hash.clone());
        let found = noted.and_then(|noted| match noted.seq < seq {
            true => Some(Noted::Pruned),
            false => noted.look(seq, &hash),
        });
        Self { keys, start, noted, found, seq, hash }
    }

    async fn run(mut self, conn: &mut Conn<'_>) -> QueryResult<Verified> {
        loop {
            // What was put in before the first row is to be met too.
            let last = if self.seq == self.start.pruned_seq { i64::MIN } else { self.seq };
            let chunk = AuditRow::after(conn, last, CHUNK).await?;
            if chunk.is_empty() {
                // Read after the rows: what was appended meanwhile shows as an end further on.
                let end = AuditHead::read(conn).await?;
                if end.seq > self.seq && !AuditRow::after(conn, last, 1).await?.is_empty() {
                    continue;
                }
                return Ok(self.end(&end));
            }
            for row in chunk {
                if let Err(fault) = self.step(row) {
                    let broken_at = Some(self.seq + 1);
                    return Ok(self.result(broken_at, Some(fault)));
                }
            }
        }
    }

    fn step(&mut self, row: AuditRow) -> Result<(), Fault> {
        // Moments are written to the millisecond, and the hash covers no more of them.
        let whole = Millis::from(row.at).naive() == row.at;
        if row.id != self.seq + 1 || !whole {
            return Err(Fault::Row);
        }
        if row.id < self.start.sealed_from || self.start.sealed_from == 0 {
            if !row.key_id.is_empty() || plain::hash(&row, &self.hash) != row.hash {
                return Err(Fault::Row);
            }
        } else {
            let key = self.keys.find(&row.key_id).ok_or(match row.key_id.as_str() {
                "" => Fault::Row,
                _ => Fault::UnknownKey,
            })?;
            if !key.is_hash(&row, &self.hash, true) {
                let forged = key.is_hash(&row, &self.hash, false);
                return Err(if forged { Fault::AfterForgery } else { Fault::Row });
            }
        }
        (self.seq, self.hash) = (row.id, row.hash);
        if let Some(noted) = self.noted {
            self.found = self.found.or_else(|| noted.look(self.seq, &self.hash));
        }
        Ok(())
    }

    /// What the chain's end says of a walk that has met no fault.
    fn end(self, end: &AuditHead) -> Verified {
        let seq = self.seq;
        if end.seq != seq {
            return self.result(Some(end.seq.min(seq) + 1), Some(Fault::Row));
        }
        if end.hash != self.hash || !self.keys.is_authentic(end) {
            return self.result(Some(seq), Some(Fault::Head));
        }
        match self.noted.map(|noted| (noted.seq, self.found)) {
            Some((_, Some(Noted::Contained | Noted::Pruned))) | None => self.result(None, None),
            Some((at, _)) => self.result(Some(at), Some(Fault::Noted)),
        }
    }

    fn result(self, broken_at: Option<i64>, fault: Option<Fault>) -> Verified {
        Verified {
            ok: fault.is_none(),
            rows: self.seq,
            head: self.hash,
            broken_at,
            fault,
            pruned: self.start.pruned_seq,
            sealed_from: self.start.sealed_from,
            noted: self.noted.map(|_| self.found.unwrap_or(Noted::Missing)),
        }
    }
}
