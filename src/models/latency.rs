//! How long answers took, by the hour, as counts of buckets (see [`crate::stats::latency`]).

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Text, Timestamp};
use diesel_async::RunQueryDsl;
use serde::{Deserialize, Serialize};

use super::usage_report::{By, Group, UsageFilter};
use crate::db::Conn;
use crate::db::bulk::{self, Column};
use crate::stats::latency::Spread;
use crate::with_conn;

/// The most buckets that one report reads: some thousand hours or models. Beyond it percentiles
/// are left out.
const BUCKETS_MAX: i64 = 300_000;

/// What to add to a row of `latency_hourly`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the columns, explained in the migration")]
pub struct LatencyRow {
    #[serde(with = "bulk::time")]
    pub hour: NaiveDateTime,
    pub provider: String,
    pub model: String,
    pub bucket: i32,
    pub latency: i64,
    pub ttft: i64,
}

const COLUMNS: [Column; 6] = [
    ("hour", "timestamp"),
    ("provider", "text"),
    ("model", "text"),
    ("bucket", "integer"),
    ("latency", "bigint"),
    ("ttft", "bigint"),
];

const ADD: &str = "INSERT INTO latency_hourly (hour, provider, model, bucket, latency, ttft) \
     SELECT hour, provider, model, bucket, latency, ttft FROM {rows} WHERE true \
     ON CONFLICT (hour, provider, model, bucket) DO UPDATE SET \
     latency = latency_hourly.latency + excluded.latency, \
     ttft = latency_hourly.ttft + excluded.ttft";

impl LatencyRow {
    /// Adds these counts.
    pub async fn add(conn: &mut Conn<'_>, rows: &[Self]) -> QueryResult<()> {
        bulk::execute(conn, ADD, &COLUMNS, rows).await.map(drop)
    }
}

/// How long answers took, and how long until their first byte.
#[derive(Debug, Clone, Default)]
#[expect(missing_docs, reason = "named for what they are")]
pub struct Spreads {
    pub latency: Spread,
    pub ttft: Spread,
}

/// By period and group, as a report names them.
pub type SpreadsBy = BTreeMap<(String, String), Spreads>;

#[derive(QueryableByName)]
struct BucketRow {
    #[diesel(sql_type = Text)]
    period: String,
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Integer)]
    bucket: i32,
    #[diesel(sql_type = BigInt)]
    latency: i64,
    #[diesel(sql_type = BigInt)]
    ttft: i64,
}

impl Spreads {
    /// By period and group. `None` where they aren't counted so finely: by key, token or user; or
    /// where there are too many.
    pub async fn read(
        conn: &mut Conn<'_>,
        filter: &UsageFilter,
        by: By,
        group: Group,
    ) -> QueryResult<Option<SpreadsBy>> {
        let Some(id) = group.of_latency() else { return Ok(None) };
        if filter.token.is_some() || filter.key.is_some() || filter.user.is_some() {
            return Ok(None);
        }
        let sql = format!(
            "SELECT {period} AS period, {id} AS id, bucket, CAST(SUM(latency) AS BIGINT) AS latency, \
             CAST(SUM(ttft) AS BIGINT) AS ttft FROM latency_hourly \
             WHERE hour >= $1 AND hour < $2 AND ($3 = '' OR provider = $3) \
             AND ($4 = '' OR model = $4) GROUP BY 1, 2, 3 LIMIT $5",
            period = by.of_hour(),
        );
        let rows: Vec<BucketRow> = with_conn!(conn, |conn| {
            diesel::sql_query(sql)
                .bind::<Timestamp, _>(filter.from)
                .bind::<Timestamp, _>(filter.to)
                .bind::<Text, _>(filter.provider.as_deref().unwrap_or_default())
                .bind::<Text, _>(filter.model.as_deref().unwrap_or_default())
                .bind::<BigInt, _>(BUCKETS_MAX + 1)
                .load(conn)
                .await
        })?;
        if i64::try_from(rows.len()).is_ok_and(|rows| rows > BUCKETS_MAX) {
            return Ok(None);
        }
        let mut all = SpreadsBy::new();
        for row in rows {
            let spreads = all.entry((row.period, row.id)).or_default();
            spreads.latency.add(row.bucket, row.latency);
            spreads.ttft.add(row.bucket, row.ttft);
        }
        Ok(Some(all))
    }
}
