//! Pages of upstream keys, filtered, sorted and counted by the database.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::db::Conn;
use crate::db::schema::upstream_keys as k;
use crate::pool::reason::Reason;
use crate::with_conn;

use super::page::Page;
use super::upstream_key::UpstreamKey;

#[diesel::declare_sql_function]
extern "SQL" {
    /// SQL's own.
    fn lower(text: diesel::sql_types::Text) -> diesel::sql_types::Text;
}

/// The statuses that a list can be narrowed to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyStatus {
    /// Any.
    #[default]
    All,
    /// In rotation.
    Active,
    /// Taken out by an administrator.
    Disabled,
    /// Taken out by failures or by the upstream's refusal.
    Failed,
    /// Waiting for a limit to pass.
    Cooling,
    /// Past its end.
    Expired,
}

impl KeyStatus {
    /// The name in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Active => "active",
            Self::Disabled => "disabled",
            Self::Failed => "failed",
            Self::Cooling => "cooling",
            Self::Expired => "expired",
        }
    }
}

/// What a list can be sorted by. A leading `-` in the query turns it round.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the columns")]
pub enum KeySort {
    #[default]
    Id,
    Username,
    CreatedAt,
    LastUsed,
    TotalRequests,
}

/// Which keys, in which order.
#[derive(Debug, Clone, Default)]
pub struct KeyFilter {
    /// One provider's only.
    pub provider: Option<String>,
    /// In this state only.
    pub status: KeyStatus,
    /// Of this model family only.
    pub category: Option<String>,
    /// Whose name, account or masked key holds this text, in any case.
    pub search: Option<String>,
    /// The order.
    pub sort: KeySort,
    /// Largest first.
    pub descending: bool,
}

/// Where SQL decides what the pool decides in memory; the two must agree.
macro_rules! narrowed {
    ($filter:expr, $now:expr, $backend:ty) => {{
        let mut query = k::table.into_boxed::<$backend>();
        if let Some(provider) = &$filter.provider {
            query = query.filter(k::provider.eq(provider.clone()));
        }
        if let Some(category) = &$filter.category {
            query = query.filter(k::category.eq(category.clone()));
        }
        if let Some(search) = &$filter.search {
            let like = like_pattern(search);
            // Postgres minds the case, SQLite does not: neither does with both sides lowered.
            query = query.filter(
                lower(k::username)
                    .like(lower(like.clone()))
                    .escape('\\')
                    .or(lower(k::account).like(lower(like.clone())).escape('\\'))
                    .or(lower(k::masked).like(lower(like)).escape('\\')),
            );
        }
        let expired = k::expires_at.le($now).and(k::expires_at.is_not_null());
        let alive = k::expires_at.is_null().or(k::expires_at.gt($now));
        let benched = k::disabled_reason
            .is_not_null()
            .and(k::disabled_until.is_null().or(k::disabled_until.gt($now)));
        let off = k::disabled_reason
            .is_null()
            .or(k::disabled_until.is_not_null().and(k::disabled_until.le($now)));
        let manual = Reason::Manual.as_str();
        match $filter.status {
            KeyStatus::All => query,
            KeyStatus::Expired => query.filter(expired),
            KeyStatus::Disabled => {
                query.filter(alive).filter(benched).filter(k::disabled_reason.eq(manual))
            }
            KeyStatus::Failed => {
                query.filter(alive).filter(benched).filter(k::disabled_reason.ne(manual))
            }
            KeyStatus::Cooling => query.filter(alive).filter(off).filter(k::cooling_until.gt($now)),
            KeyStatus::Active => query
                .filter(alive)
                .filter(off)
                .filter(k::cooling_until.is_null().or(k::cooling_until.le($now))),
        }
    }};
}

impl UpstreamKey {
    /// One page of the keys that the filter names, and how many there are in all.
    pub async fn list(
        conn: &mut Conn<'_>,
        filter: &KeyFilter,
        page: Page,
        now: NaiveDateTime,
    ) -> QueryResult<(Vec<Self>, i64)> {
        let total = Self::count(conn, filter, now).await?;
        let rows = with_conn!(conn, |conn, Backend| {
            let query = narrowed!(filter, now, Backend);
            let query = match (filter.sort, filter.descending) {
                (KeySort::Id, false) => query.order(k::id.asc()),
                (KeySort::Id, true) => query.order(k::id.desc()),
                (KeySort::Username, false) => query.order((k::username.asc(), k::id.asc())),
                (KeySort::Username, true) => query.order((k::username.desc(), k::id.desc())),
                (KeySort::CreatedAt, false) => query.order((k::created_at.asc(), k::id.asc())),
                (KeySort::CreatedAt, true) => query.order((k::created_at.desc(), k::id.desc())),
                // The databases disagree about where NULL belongs: never used is longest ago.
                (KeySort::LastUsed, false) => query.order((
                    k::last_used_at.is_null().desc(),
                    k::last_used_at.asc(),
                    k::id.asc(),
                )),
                (KeySort::LastUsed, true) => query.order((
                    k::last_used_at.is_null().asc(),
                    k::last_used_at.desc(),
                    k::id.desc(),
                )),
                (KeySort::TotalRequests, false) => {
                    query.order((k::total_requests.asc(), k::id.asc()))
                }
                (KeySort::TotalRequests, true) => {
                    query.order((k::total_requests.desc(), k::id.desc()))
                }
            };
            query
                .select(Self::as_select())
                .offset(page.offset())
                .limit(page.size())
                .load(conn)
                .await
        })?;
        Ok((rows, total))
    }

    /// The keys that the filter names with an id above `after`, by id: to walk over them while they
    /// change.
    pub async fn list_after(
        conn: &mut Conn<'_>,
        filter: &KeyFilter,
        after: i64,
        limit: i64,
        now: NaiveDateTime,
    ) -> QueryResult<Vec<Self>> {
        with_conn!(conn, |conn, Backend| {
            narrowed!(filter, now, Backend)
                .filter(k::id.gt(after))
                .order(k::id)
                .select(Self::as_select())
                .limit(limit)
                .load(conn)
                .await
        })
    }

    /// How many keys the filter names.
    pub async fn count(
        conn: &mut Conn<'_>,
        filter: &KeyFilter,
        now: NaiveDateTime,
    ) -> QueryResult<i64> {
        with_conn!(conn, |conn, Backend| {
            narrowed!(filter, now, Backend).count().get_result(conn).await
        })
    }

    /// How the key stands by its columns.
    pub fn status(&self, now: NaiveDateTime) -> KeyStatus {
        if self.expires_at.is_some_and(|at| at <= now) {
            return KeyStatus::Expired;
        }
        match &self.disabled_reason {
            Some(reason) if self.disabled_until.is_none_or(|until| until > now) => {
                let manual = reason == Reason::Manual.as_str();
                return if manual { KeyStatus::Disabled } else { KeyStatus::Failed };
            }
            _ => {}
        }
        let cooling = self.cooling_until.is_some_and(|until| until > now);
        if cooling { KeyStatus::Cooling } else { KeyStatus::Active }
    }
}

/// The search text as a pattern in which its own `%`, `_` and `\` mean themselves.
fn like_pattern(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}
