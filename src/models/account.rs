//! Accounts: what the keys of one add up to.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Nullable, Text, Timestamp};
use diesel_async::RunQueryDsl;

use crate::db::Conn;
use crate::with_conn;

use super::page::Page;

/// An account of a provider and its keys.
#[derive(Debug, Clone, QueryableByName)]
#[expect(missing_docs, reason = "sums of the columns of upstream_keys")]
pub struct AccountRow {
    #[diesel(sql_type = Text)]
    pub provider: String,
    #[diesel(sql_type = Text)]
    pub account: String,
    #[diesel(sql_type = BigInt)]
    pub keys: i64,
    /// In rotation.
    #[diesel(sql_type = BigInt)]
    pub active: i64,
    /// The account's own wait, while it lasts.
    #[diesel(sql_type = Nullable<Timestamp>)]
    pub cooling_until: Option<NaiveDateTime>,
    /// Requests at once; 0 for no cap.
    #[diesel(sql_type = Integer)]
    pub max_concurrency: i32,
    #[diesel(sql_type = BigInt)]
    pub requests: i64,
    #[diesel(sql_type = BigInt)]
    pub success: i64,
    #[diesel(sql_type = BigInt)]
    pub failure: i64,
    #[diesel(sql_type = Nullable<Timestamp>)]
    pub last_used_at: Option<NaiveDateTime>,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    total: i64,
}

/// The accounts that a list is about: of the provider `$n`, or of all when it is '', and with names
/// like `$m`, or all when it is ''. SQLite counts parameters in the order in which they appear.
fn named(what: &str, provider: &str, [n, m]: [u8; 2]) -> String {
    let of = if provider.is_empty() { format!("${n} = ''") } else { format!("provider = ${n}") };
    format!(
        "SELECT {what} FROM upstream_keys WHERE account <> '' AND {of} \
         AND (${m} = '' OR lower(account) LIKE lower(${m}) ESCAPE '\\')"
    )
}

fn count(provider: &str) -> String {
    format!(
        "SELECT COUNT(*) AS total FROM ({}) AS a",
        named("DISTINCT provider, account", provider, [1, 2])
    )
}

/// The page is cut from the index before anything is added up.
fn page_of(provider: &str) -> String {
    format!(
        "SELECT k.provider, k.account, COUNT(*) AS keys, \
         CAST(SUM(CASE WHEN (k.expires_at IS NULL OR k.expires_at > $1) \
         AND (k.disabled_reason IS NULL OR k.disabled_until <= $1) \
         AND (k.cooling_until IS NULL OR k.cooling_until <= $1) THEN 1 ELSE 0 END) AS BIGINT) \
         AS active, \
         MAX(CASE WHEN k.cooling_account AND k.cooling_until > $1 THEN k.cooling_until END) \
         AS cooling_until, MAX(k.max_concurrency) AS max_concurrency, \
         CAST(SUM(k.total_requests) AS BIGINT) AS requests, \
         CAST(SUM(k.success_count) AS BIGINT) AS success, \
         CAST(SUM(k.failure_count) AS BIGINT) AS failure, MAX(k.last_used_at) AS last_used_at \
         FROM ({} GROUP BY provider, account ORDER BY provider, account LIMIT $4 OFFSET $5) AS page \
         JOIN upstream_keys k ON k.provider = page.provider AND k.account = page.account \
         GROUP BY k.provider, k.account ORDER BY k.provider, k.account",
        named("provider, account", provider, [2, 3])
    )
}

impl AccountRow {
    /// One page of a provider's accounts (`None`: of all), by name, and how many there are.
    pub async fn list(
        conn: &mut Conn<'_>,
        provider: Option<&str>,
        search: Option<&str>,
        page: Page,
        now: NaiveDateTime,
    ) -> QueryResult<(Vec<Self>, i64)> {
        let provider = provider.unwrap_or_default();
        let like = search.map(super::key_list::like_pattern).unwrap_or_default();
        with_conn!(conn, |conn| {
            let counting =
                diesel::sql_query(count(provider)).bind::<Text, _>(provider).bind::<Text, _>(&like);
            let Count { total } = counting.get_result(conn).await?;
            let rows = diesel::sql_query(page_of(provider))
                .bind::<Timestamp, _>(now)
                .bind::<Text, _>(provider)
                .bind::<Text, _>(&like)
                .bind::<BigInt, _>(page.size())
                .bind::<BigInt, _>(page.offset())
                .load(conn)
                .await?;
            Ok((rows, total))
        })
    }
}
