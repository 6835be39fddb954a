//! Pages of upstream keys, filtered, sorted and counted by the database.

use std::collections::HashMap;

use chrono::NaiveDateTime;
use diesel::dsl::{not, sql};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Integer, Text};
use diesel_async::RunQueryDsl;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::db::Conn;
use crate::db::schema::upstream_keys as k;
use crate::pool::reason::Reason;
use crate::with_conn;

use super::key_sort::KeySort;
use super::page::Page;
use super::upstream_key::{HELD, UpstreamKey};

#[diesel::declare_sql_function]
extern "SQL" {
    /// SQL's own.
    fn lower(text: diesel::sql_types::Text) -> diesel::sql_types::Text;
}

/// The statuses that a list can be narrowed to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum KeyStatus {
    /// Any.
    #[default]
    All,
    /// In rotation.
    Active,
    /// Taken out by an administrator, or held back since its provider has moved.
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

/// Which keys, in which order.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
pub struct KeyFilter {
    /// One provider's only.
    pub provider: Option<String>,
    /// In this state only.
    pub status: KeyStatus,
    /// That have this model family, maybe among others.
    pub category: Option<String>,
    /// Of this account only.
    pub account: Option<String>,
    /// That this import brought.
    pub import_id: Option<i64>,
    /// Whose name, account or masked key holds this text, in any case.
    pub search: Option<String>,
    /// The order.
    #[serde(skip)]
    pub sort: KeySort,
    /// Largest first.
    #[serde(skip)]
    pub descending: bool,
}

/// From so many matches on, the keys are walked in the order of the list, or in that of the table,
/// and looked at one by one: with that many, a page is soon full. Fewer are found by index first.
const MANY: i64 = 20_000;

/// Where SQL decides what the pool decides in memory; the two must agree. `$by_index` lets the
/// database find a provider's keys by index. SQLite takes it for granted that those are few, and
/// fetches each from elsewhere in the table, which with nearly all of them takes ten times as long
/// as reading the table from end to end.
macro_rules! narrowed {
    ($filter:expr, $now:expr, $by_index:expr, $backend:ty) => {{
        let mut query = k::table.into_boxed::<$backend>();
        if let Some(provider) = &$filter.provider {
            query = if $by_index {
                query.filter(k::provider.eq(provider.clone()))
            } else {
                query.filter(sql::<Text>("provider || ''").eq(provider.clone()))
            };
        }
        if let Some(account) = &$filter.account {
            query = query.filter(k::account.eq(account.clone()));
        }
        if let Some(import) = $filter.import_id {
            query = query.filter(k::import_id.eq(import));
        }
        if let Some(category) = &$filter.category {
            // Several are stored with commas between them.
            let like = like_pattern(&format!(",{category},"));
            query = query.filter(sql::<Text>("',' || category || ','").like(like).escape('\\'));
        }
        if let Some(search) = &$filter.search {
            // The column is in lower case too, in the database's idea of it.
            query = query.filter(k::search.like(lower(like_pattern(search))).escape('\\'));
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
        let held = sql::<Bool>(HELD);
        let served = not(sql::<Bool>(HELD));
        match $filter.status {
            KeyStatus::All => query,
            KeyStatus::Expired => query.filter(expired),
            KeyStatus::Disabled => {
                let by_hand = benched.and(k::disabled_reason.eq(manual));
                query.filter(alive).filter(held.or(by_hand))
            }
            KeyStatus::Failed => query
                .filter(alive)
                .filter(served)
                .filter(benched)
                .filter(k::disabled_reason.ne(manual)),
            KeyStatus::Cooling => {
                query.filter(alive).filter(served).filter(off).filter(k::cooling_until.gt($now))
            }
            KeyStatus::Active => query
                .filter(alive)
                .filter(served)
                .filter(off)
                .filter(k::cooling_until.is_null().or(k::cooling_until.le($now))),
        }
    }};
}

impl UpstreamKey {
    /// One page of the keys that the filter names, and how many there are in all.
    ///
    /// Ids first, then their rows: what is sorted and passed over is narrow. A page of the second
    /// half is counted from the end, so that the last costs what the first does.
    pub async fn list(
        conn: &mut Conn<'_>,
        filter: &KeyFilter,
        page: Page,
        now: NaiveDateTime,
    ) -> QueryResult<(Vec<Self>, i64)> {
        let total = Self::count(conn, filter, now).await?;
        let wanted = page.size().min(total.saturating_sub(page.offset()));
        if wanted <= 0 {
            return Ok((Vec::new(), total));
        }
        let from_end = total - page.offset() - wanted;
        let backwards = from_end < page.offset();
        let order = filter.sort.order(filter.descending != backwards, now);
        let offset = if backwards { from_end } else { page.offset() };
        // Postgres knows how many there are, and which index pays: there the detours only cost, but
        // for a handful, which it would look for along the order of the list.
        let postgres = matches!(conn, Conn::Postgres(_));
        let many = if postgres { MANY / 20 } else { MANY };
        let mut ids: Vec<i64> = with_conn!(conn, |conn, Backend| {
            let query = if total < many {
                let few = narrowed!(filter, now, true, Backend).select(k::id);
                k::table.into_boxed::<Backend>().filter(k::id.eq_any(few))
            } else {
                narrowed!(filter, now, postgres, Backend)
            };
            let query = query.select(k::id).order(sql::<Integer>(&order));
            query.offset(offset).limit(wanted).load(conn).await
        })?;
        if backwards {
            ids.reverse();
        }
        let place: HashMap<i64, usize> = ids.iter().copied().zip(0..).collect();
        let mut rows = Self::by_ids(conn, &ids).await?;
        rows.sort_by_key(|row| place.get(&row.id).copied());
        Ok((rows, total))
    }

    /// The keys after `after` that the filter names, by id, at most `limit`: to walk over all of
    /// them, whatever changes meanwhile.
    pub async fn matching(
        conn: &mut Conn<'_>,
        filter: &KeyFilter,
        after: i64,
        limit: i64,
        now: NaiveDateTime,
    ) -> QueryResult<Vec<Self>> {
        let ids: Vec<i64> = with_conn!(conn, |conn, Backend| {
            narrowed!(filter, now, false, Backend)
                .filter(k::id.gt(after))
                .select(k::id)
                .order(k::id.asc())
                .limit(limit)
                .load(conn)
                .await
        })?;
        Self::by_ids(conn, &ids).await
    }

    /// How many keys the filter names.
    pub async fn count(
        conn: &mut Conn<'_>,
        filter: &KeyFilter,
        now: NaiveDateTime,
    ) -> QueryResult<i64> {
        with_conn!(conn, |conn, Backend| {
            narrowed!(filter, now, true, Backend).count().get_result(conn).await
        })
    }

    /// How the key stands by its columns, and by whether its provider has moved.
    pub fn status(&self, now: NaiveDateTime) -> KeyStatus {
        if self.expires_at.is_some_and(|at| at <= now) {
            return KeyStatus::Expired;
        }
        if self.held {
            return KeyStatus::Disabled;
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
pub fn like_pattern(text: &str) -> String {
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
