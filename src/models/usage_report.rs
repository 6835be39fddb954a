//! What the hours of `usage_hourly` add up to, by time and by who or what.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text, Timestamp};
use diesel_async::RunQueryDsl;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::db::Conn;
use crate::with_conn;

/// What time is divided into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum By {
    /// Hours.
    Hour,
    /// Days, in UTC.
    Day,
    /// Nothing: all of it is one.
    None,
}

impl By {
    /// The period of the column `hour`, as text.
    pub(super) const fn of_hour(self) -> &'static str {
        match self {
            Self::Hour => "SUBSTR(CAST(hour AS TEXT), 1, 19)",
            Self::Day => "SUBSTR(CAST(hour AS TEXT), 1, 10)",
            Self::None => "''",
        }
    }
}

/// What requests are put together by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "named for what they are")]
pub enum Group {
    Model,
    Provider,
    Key,
    Token,
    User,
    /// Why requests were refused, by the error's code: of nothing else.
    Reason,
    /// Nothing: one row a period.
    None,
}

impl Group {
    /// The group of a row of `usage_hourly u` or `refusals_hourly u` (with its token `t`).
    const fn of_usage(self) -> &'static str {
        match self {
            Self::Model => "u.model",
            Self::Provider => "u.provider",
            Self::Key => "CAST(u.key_id AS TEXT)",
            Self::Token => "CAST(u.token_id AS TEXT)",
            Self::User => "CAST(COALESCE(t.user_id, 0) AS TEXT)",
            Self::Reason => "u.reason",
            Self::None => "''",
        }
    }

    /// The group of a row of `latency_hourly`; `None` where it doesn't tell them apart.
    pub(super) const fn of_latency(self) -> Option<&'static str> {
        match self {
            Self::Model => Some("model"),
            Self::Provider => Some("provider"),
            Self::None => Some("''"),
            Self::Key | Self::Token | Self::User | Self::Reason => None,
        }
    }

    /// The name for people of the group `x.id`, and what to join for it. What was deleted since
    /// has none.
    const fn label(self) -> (&'static str, &'static str) {
        match self {
            Self::Model | Self::Provider | Self::Reason | Self::None => ("x.id", ""),
            Self::Key => ("k.masked", "LEFT JOIN upstream_keys k ON k.id = CAST(x.id AS BIGINT)"),
            Self::Token => ("n.name", "LEFT JOIN client_tokens n ON n.id = CAST(x.id AS BIGINT)"),
            Self::User => ("p.email", "LEFT JOIN users p ON p.id = CAST(x.id AS BIGINT)"),
        }
    }
}

/// Which requests a report is about.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "named for what they are")]
pub struct UsageFilter {
    /// The first hour.
    pub from: NaiveDateTime,
    /// The hour after the last.
    pub to: NaiveDateTime,
    pub provider: Option<String>,
    pub model: Option<String>,
    pub token: Option<i64>,
    pub key: Option<i64>,
    pub user: Option<i64>,
}

impl UsageFilter {
    /// All of a provider's, or of all providers', in that time.
    pub fn since(from: NaiveDateTime, to: NaiveDateTime, provider: Option<String>) -> Self {
        Self { from, to, provider, model: None, token: None, key: None, user: None }
    }
}

/// Which part of a report, and in which order.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "as in SQL")]
pub struct Slice {
    pub limit: i64,
    pub offset: i64,
    /// Within a period the busiest first; else by the group, which is the quicker and the steadier.
    pub busiest_first: bool,
}

/// A line of a report.
#[derive(Debug, Clone, Default, QueryableByName)]
#[expect(missing_docs, reason = "sums of the columns of usage_hourly")]
pub struct UsageSums {
    /// `2026-11-23 14:00:00`, `2026-11-23` or nothing.
    #[diesel(sql_type = Text)]
    pub period: String,
    /// The group: a name or a number.
    #[diesel(sql_type = Text)]
    pub id: String,
    #[diesel(sql_type = Nullable<Text>)]
    pub label: Option<String>,
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
    #[diesel(sql_type = BigInt)]
    pub status_4xx: i64,
    #[diesel(sql_type = BigInt)]
    pub status_429: i64,
    #[diesel(sql_type = BigInt)]
    pub status_5xx: i64,
    /// Of these requests; of these keys, where it is about keys.
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
    #[diesel(sql_type = BigInt)]
    pub ttft_ms_sum: i64,
}

/// Sums and the columns that they are of.
const SUMS: [&str; 15] = [
    "requests",
    "success",
    "failure",
    "cancelled",
    "client_errors",
    "refused",
    "status_4xx",
    "status_429",
    "status_5xx",
    "attempts",
    "failed_attempts",
    "prompt_tokens",
    "completion_tokens",
    "latency_ms_sum",
    "ttft_ms_sum",
];

impl UsageSums {
    /// A part of the report.
    pub async fn read(
        conn: &mut Conn<'_>,
        filter: &UsageFilter,
        by: By,
        group: Group,
        slice: Slice,
    ) -> QueryResult<Vec<Self>> {
        let sql = sql(filter, by, group, slice);
        with_conn!(conn, |conn| {
            diesel::sql_query(sql)
                .bind::<Timestamp, _>(filter.from)
                .bind::<Timestamp, _>(filter.to)
                .bind::<Text, _>(filter.provider.as_deref().unwrap_or_default())
                .bind::<Text, _>(filter.model.as_deref().unwrap_or_default())
                .load(conn)
                .await
        })
    }
}

/// Numbers are written into the text: with a parameter that may be missing no index could serve.
fn sql(filter: &UsageFilter, by: By, group: Group, slice: Slice) -> String {
    let sums = SUMS.map(|name| {
        let column = column(name, group);
        format!("CAST(SUM({column}) AS BIGINT) AS {name}")
    });
    let sums = sums.join(", ");
    let table = if group == Group::Reason { "refusals_hourly" } else { "usage_hourly" };
    let model = match group {
        // No model is told apart there: who asks for one asks for nothing.
        Group::Reason => "$4 = ''",
        _ => "($4 = '' OR u.model = $4)",
    };
    let mut narrowed = String::new();
    let days = (filter.from.date(), filter.to.date());
    let mut only = |column: &str, value: Option<i64>| {
        if let Some(value) = value {
            // The indices of single keys and tokens go on with the day.
            let days = format!("u.day >= '{}' AND u.day <= '{}'", days.0, days.1);
            narrowed.push_str(&format!(" AND {column} = {value} AND {days}"));
        }
    };
    only("u.token_id", filter.token);
    only("u.key_id", filter.key);
    only("t.user_id", filter.user);
    let tokens = match group == Group::User || filter.user.is_some() {
        true => "LEFT JOIN client_tokens t ON t.id = u.token_id",
        false => "",
    };
    let (label, join) = group.label();
    let order = if slice.busiest_first { "x.requests DESC, " } else { "" };
    format!(
        "SELECT x.*, {label} AS label FROM (SELECT {period} AS period, {id} AS id, {sums} \
         FROM {table} u {tokens} WHERE u.hour >= $1 AND u.hour < $2 \
         AND ($3 = '' OR u.provider = $3) AND {model}{narrowed} GROUP BY 1, 2) x \
         {join} ORDER BY x.period, {order}x.id LIMIT {limit} OFFSET {offset}",
        period = by.of_hour(),
        id = group.of_usage(),
        limit = slice.limit,
        offset = slice.offset,
    )
}

/// The column that a sum is of.
fn column(name: &str, group: Group) -> String {
    match (name, group) {
        ("requests" | "refused", Group::Reason) => "u.refused".to_owned(),
        (_, Group::Reason) => "0".to_owned(),
        // A request is its last key's, and an attempt is its own key's.
        ("attempts", _) => "u.key_attempts".to_owned(),
        ("failed_attempts", _) => "u.key_failures".to_owned(),
        _ => format!("u.{name}"),
    }
}
