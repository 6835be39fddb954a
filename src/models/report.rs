//! What the statistics add up to.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Nullable, Text, Timestamp};
use diesel_async::RunQueryDsl;

use crate::db::Conn;
use crate::with_conn;

/// Requests by outcome. `requests = success + failure + cancelled + client_errors + refused`: what a
/// client left, or was itself to blame for, is no failure of the pool.
#[derive(Debug, Clone, Copy, Default, QueryableByName)]
pub struct Totals {
    /// All.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub requests: Option<i64>,
    /// Answered well.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub success: Option<i64>,
    /// Failed although keys were tried.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub failure: Option<i64>,
    /// Left by their clients.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub cancelled: Option<i64>,
    /// The upstream found fault with them.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub client_errors: Option<i64>,
    /// Turned away before a key was tried.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub refused: Option<i64>,
}

/// A model and its requests.
#[derive(Debug, Clone, QueryableByName)]
#[expect(missing_docs, reason = "as in Totals")]
pub struct ModelTotals {
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
    pub refused: i64,
}

/// An hour and its requests.
#[derive(Debug, Clone, QueryableByName)]
#[expect(missing_docs, reason = "as in Totals")]
pub struct HourTotals {
    #[diesel(sql_type = Timestamp)]
    pub hour: NaiveDateTime,
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
    pub refused: i64,
}

/// Sums, as both databases return them; a bare `SUM` of bigints is `NUMERIC` on Postgres.
macro_rules! sums {
    ($rest:literal) => {
        concat!(
            "CAST(SUM(requests) AS BIGINT) AS requests, CAST(SUM(success) AS BIGINT) AS success, ",
            "CAST(SUM(failure) AS BIGINT) AS failure, ",
            "CAST(SUM(cancelled) AS BIGINT) AS cancelled, ",
            "CAST(SUM(client_errors) AS BIGINT) AS client_errors, ",
            "CAST(SUM(refused) AS BIGINT) AS refused FROM usage_hourly ",
            $rest
        )
    };
}

impl Totals {
    /// Everything of a provider, or of all (`None`).
    pub async fn ever(conn: &mut Conn<'_>, provider: Option<&str>) -> QueryResult<Self> {
        let sql = concat!("SELECT ", sums!("WHERE ($1 = '' OR provider = $1)"));
        with_conn!(conn, |conn| {
            diesel::sql_query(sql)
                .bind::<Text, _>(provider.unwrap_or_default())
                .get_result(conn)
                .await
        })
    }

    /// Requests of one day, in UTC.
    pub async fn requests_on(
        conn: &mut Conn<'_>,
        provider: Option<&str>,
        day: NaiveDate,
    ) -> QueryResult<i64> {
        let sql = concat!("SELECT ", sums!("WHERE ($1 = '' OR provider = $1) AND day = $2"));
        let totals: Self = with_conn!(conn, |conn| {
            diesel::sql_query(sql)
                .bind::<Text, _>(provider.unwrap_or_default())
                .bind::<Date, _>(day)
                .get_result(conn)
                .await
        })?;
        Ok(totals.requests.unwrap_or(0))
    }
}

impl ModelTotals {
    /// The models with the most requests since `since`, of those with one of these names and at
    /// least one success.
    pub async fn top(
        conn: &mut Conn<'_>,
        provider: &str,
        since: NaiveDateTime,
        names: &[String],
        limit: i64,
    ) -> QueryResult<Vec<Self>> {
        let names = serde_json::to_string(names)
            .map_err(|error| diesel::result::Error::SerializationError(error.into()))?;
        let listed = match conn {
            Conn::Postgres(_) => "json_array_elements_text($3::json) AS listed(value)",
            Conn::Sqlite(_) => "json_each($3) AS listed",
        };
        let sql = concat!(
            "SELECT model, ",
            sums!(
                "WHERE provider = $1 AND hour >= $2 AND model <> '' \
                 AND model IN (SELECT listed.value FROM {listed}) \
                 GROUP BY model HAVING SUM(success) > 0 ORDER BY 2 DESC, model LIMIT $4"
            )
        );
        let sql = sql.replace("{listed}", listed);
        with_conn!(conn, |conn| {
            diesel::sql_query(sql)
                .bind::<Text, _>(provider)
                .bind::<Timestamp, _>(since)
                .bind::<Text, _>(names)
                .bind::<BigInt, _>(limit)
                .load(conn)
                .await
        })
    }
}

impl HourTotals {
    /// The hours since `since` that had requests, oldest first.
    pub async fn since(
        conn: &mut Conn<'_>,
        provider: &str,
        since: NaiveDateTime,
    ) -> QueryResult<Vec<Self>> {
        let sql = concat!(
            "SELECT hour, ",
            sums!("WHERE provider = $1 AND hour >= $2 GROUP BY hour ORDER BY hour")
        );
        with_conn!(conn, |conn| {
            diesel::sql_query(sql)
                .bind::<Text, _>(provider)
                .bind::<Timestamp, _>(since)
                .load(conn)
                .await
        })
    }
}
