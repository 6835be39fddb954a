//! What was refused, by the hour and by reason.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::db::Conn;
use crate::db::bulk::{self, Column};

/// What to add to a row of `refusals_hourly`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the columns, explained in the migration")]
pub struct RefusalRow {
    #[serde(with = "bulk::time")]
    pub hour: NaiveDateTime,
    pub day: NaiveDate,
    pub provider: String,
    pub reason: String,
    pub token_id: i64,
    pub refused: i64,
}

const COLUMNS: [Column; 6] = [
    ("hour", "timestamp"),
    ("day", "date"),
    ("provider", "text"),
    ("reason", "text"),
    ("token_id", "bigint"),
    ("refused", "bigint"),
];

/// `WHERE true` tells SQLite that `ON` begins no join.
const ADD: &str = "INSERT INTO refusals_hourly (hour, day, provider, reason, token_id, refused) \
     SELECT hour, day, provider, reason, token_id, refused FROM {rows} WHERE true \
     ON CONFLICT (hour, provider, reason, token_id) DO UPDATE SET \
     refused = refusals_hourly.refused + excluded.refused";

impl RefusalRow {
    /// Adds these counts.
    pub async fn add(conn: &mut Conn<'_>, rows: &[Self]) -> QueryResult<()> {
        bulk::execute(conn, ADD, &COLUMNS, rows).await.map(drop)
    }
}
