//! Asking for a job.

use diesel::QueryResult;
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::{Counts, Progress};
use crate::audit::{Actor, Deed};
use crate::clock::Millis;
use crate::db::Conn;
use crate::error::{ApiError, ErrorCode};
use crate::models::job::{JobRow, NewJob, RUNNING};

/// Jobs that may wait or run at once, over all processes.
const UNFINISHED_MAX: i64 = 100;

/// Stores a job of this kind, in the transaction of whatever belongs to it; returns what to note in
/// the audit log when all of that is stored. `None` when there are too many jobs; then nothing is.
pub async fn store(
    conn: &mut Conn<'_>,
    actor: &Actor,
    now: Millis,
    (id, kind): (Uuid, &str),
    params: &impl Serialize,
    counts: Counts,
) -> QueryResult<Option<Deed>> {
    if JobRow::unfinished(conn).await? >= UNFINISHED_MAX {
        return Ok(None);
    }
    let params = serde_json::to_value(params).unwrap_or_default();
    let new = NewJob {
        id: &id.to_string(),
        kind,
        status: RUNNING,
        actor: &actor.name,
        params: &params.to_string(),
        progress: &Progress { counts, cursor: 0 }.to_column(),
        created_at: now.naive(),
    };
    new.insert(conn).await?;
    let deed = Deed::new("job.start", format!("job:{id}"));
    Ok(Some(deed.after(json!({"kind": kind, "params": params}))))
}

/// What whoever asked is told when there are too many.
pub fn too_many_jobs() -> ApiError {
    ApiError::new(ErrorCode::RateLimited, "too many jobs are under way").retry_after(60)
}
