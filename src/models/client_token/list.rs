//! Pages of client tokens, filtered, sorted and counted by the database.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde::Deserialize;
use utoipa::ToSchema;

use super::ClientToken;
use crate::db::Conn;
use crate::db::schema::client_tokens as t;
use crate::models::key_list::{like_pattern, lower};
use crate::models::page::Page;
use crate::with_conn;

/// The statuses that a list can be narrowed to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum TokenStatus {
    /// Any.
    #[default]
    All,
    /// Switched on, and not past its end.
    Active,
    /// Switched off.
    Disabled,
    /// Past its end.
    Expired,
}

/// What a list can be sorted by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the columns")]
pub enum TokenSort {
    #[default]
    Id,
    Name,
    ExpiresAt,
    LastUsed,
    RequestCount,
}

/// Which tokens, in which order.
#[derive(Debug, Clone, Default)]
pub struct TokenFilter {
    /// Restricted to this provider, alone or among others.
    pub provider: Option<String>,
    /// In this state only.
    pub status: TokenStatus,
    /// Whose name or masked token holds this text, in any case.
    pub search: Option<String>,
    /// The order.
    pub sort: TokenSort,
    /// Largest first.
    pub descending: bool,
}

macro_rules! narrowed {
    ($filter:expr, $now:expr, $backend:ty) => {{
        let mut query = t::table.into_boxed::<$backend>();
        if let Some(provider) = &$filter.provider {
            let named = like_pattern(&format!("\"{provider}\""));
            let alone = t::provider.eq(provider.clone());
            query = query.filter(t::providers.like(named).escape('\\').or(alone));
        }
        if let Some(search) = &$filter.search {
            let like = like_pattern(search);
            query = query.filter(
                lower(t::name)
                    .like(lower(like.clone()))
                    .escape('\\')
                    .or(lower(t::masked).like(lower(like)).escape('\\')),
            );
        }
        let alive = t::expires_at.is_null().or(t::expires_at.gt($now));
        match $filter.status {
            TokenStatus::All => query,
            TokenStatus::Active => query.filter(t::enabled.eq(true)).filter(alive),
            TokenStatus::Disabled => query.filter(t::enabled.eq(false)),
            TokenStatus::Expired => {
                query.filter(t::expires_at.is_not_null().and(t::expires_at.le($now)))
            }
        }
    }};
}

/// The databases disagree about where NULL belongs, so that it is said.
macro_rules! ordered {
    ($query:expr, $filter:expr) => {
        match ($filter.sort, $filter.descending) {
            (TokenSort::Id, false) => $query.order(t::id.asc()),
            (TokenSort::Id, true) => $query.order(t::id.desc()),
            (TokenSort::Name, false) => $query.order((t::name.asc(), t::id.asc())),
            (TokenSort::Name, true) => $query.order((t::name.desc(), t::id.desc())),
            (TokenSort::RequestCount, false) => $query.order((t::request_count.asc(), t::id.asc())),
            (TokenSort::RequestCount, true) => {
                $query.order((t::request_count.desc(), t::id.desc()))
            }
            // Never used is longest ago.
            (TokenSort::LastUsed, false) => {
                $query.order((t::last_used_at.is_null().desc(), t::last_used_at.asc(), t::id.asc()))
            }
            (TokenSort::LastUsed, true) => $query.order((
                t::last_used_at.is_null().asc(),
                t::last_used_at.desc(),
                t::id.desc(),
            )),
            // No end is the latest.
            (TokenSort::ExpiresAt, false) => {
                $query.order((t::expires_at.is_null().asc(), t::expires_at.asc(), t::id.asc()))
            }
            (TokenSort::ExpiresAt, true) => {
                $query.order((t::expires_at.is_null().desc(), t::expires_at.desc(), t::id.desc()))
            }
        }
    };
}

impl ClientToken {
    /// One page of the tokens that the filter names, and how many there are in all.
    pub async fn list(
        conn: &mut Conn<'_>,
        filter: &TokenFilter,
        page: Page,
        now: NaiveDateTime,
    ) -> QueryResult<(Vec<Self>, i64)> {
        let total = with_conn!(conn, |conn, Backend| {
            narrowed!(filter, now, Backend).count().get_result(conn).await
        })?;
        let rows = with_conn!(conn, |conn, Backend| {
            ordered!(narrowed!(filter, now, Backend), filter)
                .select(Self::as_select())
                .offset(page.offset())
                .limit(page.size())
                .load(conn)
                .await
        })?;
        Ok((rows, total))
    }
}
