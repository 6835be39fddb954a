//! What one key was used for.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Text};
use diesel_async::RunQueryDsl;

use crate::db::Conn;
use crate::with_conn;

/// A day and a model, and what the key was tried for.
#[derive(Debug, Clone, QueryableByName)]
#[expect(missing_docs, reason = "sums of the columns of usage_hourly")]
pub struct KeyUsage {
    #[diesel(sql_type = Date)]
    pub day: NaiveDate,
    #[diesel(sql_type = Text)]
    pub model: String,
    #[diesel(sql_type = BigInt)]
    pub requests: i64,
    #[diesel(sql_type = BigInt)]
    pub success: i64,
    #[diesel(sql_type = BigInt)]
    pub failure: i64,
    #[diesel(sql_type = BigInt)]
    pub cancelled: i64,
    #[diesel(sql_type = BigInt)]
    pub client_errors: i64,
    #[diesel(sql_type = BigInt)]
    pub attempts: i64,
    #[diesel(sql_type = BigInt)]
    pub failed_attempts: i64,
    #[diesel(sql_type = BigInt)]
    pub prompt_tokens: i64,
    #[diesel(sql_type = BigInt)]
    pub completion_tokens: i64,
    #[diesel(sql_type = BigInt)]
    pub latency_ms_sum: i64,
}

const BY_DAY: &str = "SELECT day, model, CAST(SUM(requests) AS BIGINT) AS requests, \
     CAST(SUM(success) AS BIGINT) AS success, CAST(SUM(failure) AS BIGINT) AS failure, \
     CAST(SUM(cancelled) AS BIGINT) AS cancelled, \
     CAST(SUM(client_errors) AS BIGINT) AS client_errors, \
     CAST(SUM(key_attempts) AS BIGINT) AS attempts, \
     CAST(SUM(key_failures) AS BIGINT) AS failed_attempts, \
     CAST(SUM(prompt_tokens) AS BIGINT) AS prompt_tokens, \
     CAST(SUM(completion_tokens) AS BIGINT) AS completion_tokens, \
     CAST(SUM(latency_ms_sum) AS BIGINT) AS latency_ms_sum \
     FROM usage_hourly WHERE key_id = $1 AND day >= $2 \
     GROUP BY day, model ORDER BY day DESC, attempts DESC, model LIMIT $3";

impl KeyUsage {
    /// By day and model since `since`, newest first, at most `limit` rows.
    pub async fn by_day(
        conn: &mut Conn<'_>,
        key: i64,
        since: NaiveDate,
        limit: i64,
    ) -> QueryResult<Vec<Self>> {
        with_conn!(conn, |conn| {
            diesel::sql_query(BY_DAY)
                .bind::<BigInt, _>(key)
                .bind::<Date, _>(since)
                .bind::<BigInt, _>(limit)
                .load(conn)
                .await
        })
    }
}
