//! Taking out what is old, a little at a time, so that other writers needn't wait long.

use chrono::{NaiveDateTime, TimeDelta};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Timestamp};
use diesel_async::RunQueryDsl;

use crate::db::Conn;
use crate::with_conn;

/// Rows of one statement.
pub const CHUNK: usize = 5_000;

/// How long the ids of batches are kept: far longer than a batch is retried.
const BATCH_IDS_KEPT: TimeDelta = TimeDelta::days(2);

/// A table that grows with time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "named for their tables")]
pub enum Growing {
    RequestLog,
    UsageHourly,
    LatencyHourly,
    StatsBatches,
}

impl Growing {
    const fn table_and_time(self) -> (&'static str, &'static str) {
        match self {
            Self::RequestLog => ("request_log", "at"),
            Self::UsageHourly => ("usage_hourly", "hour"),
            Self::LatencyHourly => ("latency_hourly", "hour"),
            Self::StatsBatches => ("stats_batches", "applied_at"),
        }
    }

    /// Deletes rows from before `end`, [`CHUNK`] at most; returns how many.
    pub async fn delete_before(
        self,
        conn: &mut Conn<'_>,
        end: NaiveDateTime,
    ) -> QueryResult<usize> {
        let (table, time) = self.table_and_time();
        let old = |row: &str| format!("SELECT {row} FROM {table} WHERE {time} < $1 LIMIT {CHUNK}");
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
