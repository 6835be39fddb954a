//! Asking for a job.

use diesel::QueryResult;
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::{Counts, Progress};
use crate::audit::{self, Actor, Deed};
use crate::clock::Millis;
use crate::db::Conn;
use crate::error::{ApiError, ErrorCode};
use crate::models::job::{JobRow, NewJob, RUNNING};

/// Jobs that may wait or run at once, over all processes.
const UNFINISHED_MAX: i64 = 100;

/// Stores a job of this kind, in the transaction of whatever belongs to it. False when there are
/// too many; then nothing is stored.
pub async fn store(
    conn: &mut Conn<'_>,
    actor: &Actor,
    now: Millis,
    (id, kind): (Uuid, &str),
    params: &impl Serialize,
    counts: Counts,
) -> QueryResult<bool> {
    if JobRow::unfinished(conn).await? >= UNFINISHED_MAX {
        return Ok(false);
    }
    let params = serde_json::to_value(params).unwrap_or_default();
    let deed = Deed::new("job.start", format!("job:{id}"));
    let deed = deed.after(json!({"kind": kind, "params": params}));
    audit::record(conn, actor, deed, now).await?;
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
    Ok(true)
}

/// What whoever asked is told when there are too many.
pub fn too_many_jobs() -> ApiError {
    ApiError::new(ErrorCode::RateLimited, "too many jobs are under way").retry_after(60)
}
