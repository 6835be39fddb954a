//! Taking out what is old, a little at a time, so that other writers needn't wait long.

use chrono::{NaiveDateTime, TimeDelta};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Timestamp};
use diesel_async::RunQueryDsl;

use crate::db::Conn;
use crate::with_conn;

/// Rows of one statement.
pub const CHUNK: usize = 5_000;

/// How long the ids of batches are kept. What was sent longer ago is not sent again.
pub const BATCH_IDS_KEPT: TimeDelta = TimeDelta::days(2);

/// How long notes of changed tokens are kept: far longer than any process goes without a look.
const CHANGES_KEPT: TimeDelta = TimeDelta::hours(1);

/// How long it is known what an address had of mails and tries: longer than any of its limits.
const LIMITS_KEPT: TimeDelta = TimeDelta::days(2);

/// How long a deleted account is remembered: longer than a key lives without check-ins.
const FORMER_USERS_KEPT: TimeDelta = TimeDelta::days(90);

/// How long administrators still see invitations that open nothing any more.
const INVITATIONS_KEPT: TimeDelta = TimeDelta::days(30);

/// A table that grows with time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "named for their tables")]
pub enum Growing {
    RequestLog,
    UsageHourly,
    LatencyHourly,
    RefusalsHourly,
    StatsBatches,
    TokenChanges,
    Sessions,
    AdminSessions,
    EmailCodes,
    EmailLimits,
    Invitations,
    FormerUsers,
}

impl Growing {
    /// Its name, and which of its rows are from before `$1`.
    const fn table_and_old(self) -> (&'static str, &'static str) {
        match self {
            Self::RequestLog => ("request_log", "at < $1"),
            Self::UsageHourly => ("usage_hourly", "hour < $1"),
            Self::LatencyHourly => ("latency_hourly", "hour < $1"),
            Self::RefusalsHourly => ("refusals_hourly", "hour < $1"),
            Self::StatsBatches => ("stats_batches", "applied_at < $1"),
            Self::TokenChanges => ("token_changes", "at < $1"),
            Self::Sessions => ("sessions", "expires_at < $1"),
            Self::AdminSessions => ("admin_sessions", "expires_at < $1"),
            Self::EmailCodes => ("email_codes", "expires_at < $1"),
            Self::EmailLimits => ("email_limits", "mailed_at < $1 AND tries_since < $1"),
            Self::FormerUsers => ("former_users", "deleted_at < $1"),
            // When the last use was is not kept.
            Self::Invitations => (
                "invitations",
                "(expires_at < $1 OR uses_max > 0 AND uses >= uses_max AND created_at < $1)",
            ),
        }
    }

    /// Deletes rows from before `end`, [`CHUNK`] at most; returns how many.
    pub async fn delete_before(
        self,
        conn: &mut Conn<'_>,
        end: NaiveDateTime,
    ) -> QueryResult<usize> {
        let (table, old) = self.table_and_old();
        let old = |row: &str| format!("SELECT {row} FROM {table} WHERE {old} LIMIT {CHUNK}");
        let sql = match conn {
            // With `IN` Postgres would read the whole table for each chunk.
            Conn::Postgres(_) => {
                format!("DELETE FROM {table} WHERE ctid = ANY(ARRAY({}))", old("ctid"))
            }
            Conn::Sqlite(_) => format!("DELETE FROM {table} WHERE rowid IN ({})", old("rowid")),
        };
        with_conn!(conn, |conn| {
            diesel::sql_query(sql).bind::<Timestamp, _>(end).execute(conn).await
        })
    }
}

/// Until when the ids of batches are old.
pub fn old_batches(now: NaiveDateTime) -> NaiveDateTime {
    now - BATCH_IDS_KEPT
}

/// Until when what is kept of accounts is old.
pub fn old_of_accounts(now: NaiveDateTime) -> [(Growing, NaiveDateTime); 6] {
    [
        (Growing::Sessions, now),
        (Growing::AdminSessions, now),
        (Growing::EmailCodes, now),
        (Growing::EmailLimits, now - LIMITS_KEPT),
        (Growing::Invitations, now - INVITATIONS_KEPT),
        (Growing::FormerUsers, now - FORMER_USERS_KEPT),
    ]
}

/// Until when notes of changed tokens are old.
pub fn old_changes(now: NaiveDateTime) -> NaiveDateTime {
    now - CHANGES_KEPT
}

#[derive(QueryableByName)]
struct At {
    #[diesel(sql_type = Timestamp)]
    at: NaiveDateTime,
}

/// The time of the line that has `kept` newer ones; `None` when there are fewer.
pub async fn log_beyond(conn: &mut Conn<'_>, kept: i64) -> QueryResult<Option<NaiveDateTime>> {
    let sql = "SELECT at FROM request_log ORDER BY at DESC LIMIT 1 OFFSET $1";
    let found: Option<At> = with_conn!(conn, |conn| {
        diesel::sql_query(sql).bind::<BigInt, _>(kept).get_result(conn).await
    })
    .optional()?;
    Ok(found.map(|row| row.at))
}
