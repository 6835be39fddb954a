//! Statistics by the hour: adding batches, each exactly once.

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use diesel::prelude::*;
use diesel::upsert::excluded;
use diesel_async::RunQueryDsl;

use crate::db::Conn;
use crate::db::schema::{client_tokens, stats_batches, upstream_keys, usage_hourly};
use crate::with_conn;

/// How long the ids of batches are kept: far longer than a batch is retried.
const BATCH_IDS_KEPT: TimeDelta = TimeDelta::days(2);

/// What an hour adds up to for one combination; a row of `usage_hourly`.
#[derive(Debug, Clone, Insertable, Queryable)]
#[diesel(table_name = usage_hourly)]
#[expect(missing_docs, reason = "the columns, explained in the migration")]
pub struct UsageRow {
    pub hour: NaiveDateTime,
    pub day: NaiveDate,
    pub provider: String,
    pub key_id: i64,
    pub model: String,
    pub token_id: i64,
    pub requests: i64,
    pub success: i64,
    pub failure: i64,
    pub cancelled: i64,
    pub status_4xx: i64,
    pub status_429: i64,
    pub status_5xx: i64,
    pub attempts: i64,
    pub prompt_tokens: i64,
    pub completion_tokens: i64,
    pub latency_ms_sum: i64,
    pub ttft_ms_sum: i64,
}

/// What to add to a key's own counters.
#[derive(Debug, Clone, Copy, Default)]
#[expect(missing_docs, reason = "the columns of upstream_keys")]
pub struct KeyTally {
    pub total: i64,
    pub success: i64,
    pub failure: i64,
    pub last_used_at: NaiveDateTime,
    pub last_success_at: Option<NaiveDateTime>,
    pub last_failure_at: Option<NaiveDateTime>,
}

/// Statistics that are written together.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// Its name, so that it is counted once although it may be sent twice.
    pub id: String,
    /// By the hour.
    pub hours: Vec<UsageRow>,
    /// By key.
    pub keys: Vec<(i64, KeyTally)>,
    /// By client token: requests, and the last one.
    pub tokens: Vec<(i64, i64, NaiveDateTime)>,
}

impl Batch {
    /// Adds the batch to the tables in one transaction, unless it is there already.
    pub async fn apply(&self, conn: &mut Conn<'_>, now: NaiveDateTime) -> QueryResult<()> {
        conn.transaction(async |conn| {
            if !self.claim(conn, now).await? {
                return Ok(());
            }
            for row in &self.hours {
                add_hour(conn, row).await?;
            }
            for (id, tally) in &self.keys {
                add_key(conn, *id, tally).await?;
            }
            for (id, requests, last) in &self.tokens {
                add_token(conn, *id, *requests, *last).await?;
            }
            Ok(())
        })
        .await
    }

    async fn claim(&self, conn: &mut Conn<'_>, now: NaiveDateTime) -> QueryResult<bool> {
        use stats_batches as b;
        let row = (b::id.eq(&self.id), b::applied_at.eq(now));
        let new = with_conn!(conn, |conn| {
            diesel::insert_into(b::table).values(row).on_conflict_do_nothing().execute(conn).await
        })?;
        with_conn!(conn, |conn| {
            diesel::delete(b::table.filter(b::applied_at.lt(now - BATCH_IDS_KEPT)))
                .execute(conn)
                .await
        })?;
        Ok(new == 1)
    }
}

async fn add_hour(conn: &mut Conn<'_>, row: &UsageRow) -> QueryResult<usize> {
    use usage_hourly as u;
    with_conn!(conn, |conn| {
        diesel::insert_into(u::table)
            .values(row)
            .on_conflict((u::hour, u::provider, u::key_id, u::model, u::token_id))
            .do_update()
            .set((
                u::requests.eq(u::requests + excluded(u::requests)),
                u::success.eq(u::success + excluded(u::success)),
                u::failure.eq(u::failure + excluded(u::failure)),
                u::cancelled.eq(u::cancelled + excluded(u::cancelled)),
                u::status_4xx.eq(u::status_4xx + excluded(u::status_4xx)),
                u::status_429.eq(u::status_429 + excluded(u::status_429)),
                u::status_5xx.eq(u::status_5xx + excluded(u::status_5xx)),
                u::attempts.eq(u::attempts + excluded(u::attempts)),
                u::prompt_tokens.eq(u::prompt_tokens + excluded(u::prompt_tokens)),
                u::completion_tokens.eq(u::completion_tokens + excluded(u::completion_tokens)),
                u::latency_ms_sum.eq(u::latency_ms_sum + excluded(u::latency_ms_sum)),
                u::ttft_ms_sum.eq(u::ttft_ms_sum + excluded(u::ttft_ms_sum)),
            ))
            .execute(conn)
            .await
    })
}

async fn add_key(conn: &mut Conn<'_>, id: i64, tally: &KeyTally) -> QueryResult<()> {
    use upstream_keys as k;
    with_conn!(conn, |conn| {
        diesel::update(k::table.find(id))
            .set((
                k::total_requests.eq(k::total_requests + tally.total),
                k::success_count.eq(k::success_count + tally.success),
                k::failure_count.eq(k::failure_count + tally.failure),
                k::last_used_at.eq(tally.last_used_at),
            ))
            .execute(conn)
            .await
    })?;
    if let Some(at) = tally.last_success_at {
        with_conn!(conn, |conn| {
            diesel::update(k::table.find(id)).set(k::last_success_at.eq(at)).execute(conn).await
        })?;
    }
    if let Some(at) = tally.last_failure_at {
        with_conn!(conn, |conn| {
            diesel::update(k::table.find(id)).set(k::last_failure_at.eq(at)).execute(conn).await
        })?;
    }
    Ok(())
}

async fn add_token(
    conn: &mut Conn<'_>,
    id: i64,
    requests: i64,
    last: NaiveDateTime,
) -> QueryResult<usize> {
    use client_tokens as t;
    with_conn!(conn, |conn| {
        diesel::update(t::table.find(id))
            .set((t::request_count.eq(t::request_count + requests), t::last_used_at.eq(last)))
            .execute(conn)
            .await
    })
}
