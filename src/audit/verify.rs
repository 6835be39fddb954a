//! Going over the whole chain.

use diesel::QueryResult;
use serde::Serialize;
use utoipa::ToSchema;

use crate::clock::Millis;
use crate::db::Conn;
use crate::models::audit::{AuditHead, AuditRow};

/// Rows read at once: the log may be longer than memory.
const CHUNK: i64 = 1_000;

/// What a walk over the chain came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Verified {
    /// Every row is as it was written, and none is missing or was put in.
    pub ok: bool,
    /// Rows that are as they were written, from the first on.
    #[schema(example = 1204)]
    pub rows: i64,
    /// The hash of the last of them: note it elsewhere, and a later look at whether it is still
    /// there shows a chain that was written anew as a whole.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    pub head: String,
    /// The number of the first row that was changed, is missing or should not be there.
    #[schema(example = json!(null))]
    pub broken_at: Option<i64>,
}

/// Walks over the chain from its first row to its end. It may run beside whoever appends.
pub async fn verify(conn: &mut Conn<'_>) -> QueryResult<Verified> {
    let (mut rows, mut head) = (0, String::new());
    loop {
        // What was put in before the first row is to be met too.
        let last = if rows == 0 { i64::MIN } else { rows };
        let chunk = AuditRow::after(conn, last, CHUNK).await?;
        if chunk.is_empty() {
            // Read after the rows: what was appended meanwhile shows as an end further on.
            let end = AuditHead::read(conn).await?;
            if end.seq > rows && !AuditRow::after(conn, last, 1).await?.is_empty() {
                continue;
            }
            let broken_at = (end.seq != rows).then(|| end.seq.min(rows) + 1);
            let broken_at = broken_at.or_else(|| (end.hash != head).then_some(rows));
            return Ok(Verified { ok: broken_at.is_none(), rows, head, broken_at });
        }
        for row in chunk {
            // Moments are written to the millisecond, and the hash covers no more of them.
            let whole = Millis::from(row.at).naive() == row.at;
            if row.id != rows + 1 || !whole || row.hash_after(&head) != row.hash {
                return Ok(Verified { ok: false, rows, head, broken_at: Some(rows + 1) });
            }
            (rows, head) = (row.id, row.hash);
        }
    }
}
