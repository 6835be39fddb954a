//! Pages of users, filtered, sorted and counted by the database.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{Account, Role, User, UserKey};
use crate::db::Conn;
use crate::db::schema::{client_tokens as t, users as u};
use crate::models::key_list::{like_pattern, lower};
use crate::models::page::Page;
use crate::with_conn;

/// What a list can be sorted by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the columns")]
pub enum UserSort {
    #[default]
    Id,
    Email,
    LastLogin,
    LastSignIn,
    KeyExpires,
    KeyRequests,
}

/// Which users, in which order.
#[derive(Debug, Clone, Default)]
pub struct UserFilter {
    /// Whose address holds this text, in any case.
    pub search: Option<String>,
    /// Of this role only.
    pub role: Option<Role>,
    /// Switched on, or off.
    pub is_active: Option<bool>,
    /// Waiting for an administrator, or not.
    pub pending: Option<bool>,
    /// The order.
    pub sort: UserSort,
    /// Largest first.
    pub descending: bool,
}

macro_rules! narrowed {
    ($table:expr, $filter:expr, $backend:ty) => {{
        let mut query = $table.into_boxed::<$backend>();
        if let Some(search) = &$filter.search {
            query = query.filter(u::email.like(lower(like_pattern(search))).escape('\\'));
        }
        if let Some(role) = $filter.role {
            query = query.filter(u::role.eq(role.as_str()));
        }
        if let Some(is_active) = $filter.is_active {
            query = query.filter(u::is_active.eq(is_active));
        }
        if let Some(pending) = $filter.pending {
            query = query.filter(u::pending.eq(pending));
        }
        query
    }};
}

/// The databases disagree about where NULL belongs: what never was is longest ago, and what has no
/// end ends last.
macro_rules! ordered {
    ($query:expr, $filter:expr) => {
        match ($filter.sort, $filter.descending) {
            (UserSort::Id, false) => $query.order(u::id.asc()),
            (UserSort::Id, true) => $query.order(u::id.desc()),
            (UserSort::Email, false) => $query.order(u::email.asc()),
            (UserSort::Email, true) => $query.order(u::email.desc()),
            (UserSort::LastLogin, false) => $query.order((
                u::last_login_at.is_null().desc(),
                u::last_login_at.asc(),
                u::id.asc(),
            )),
            (UserSort::LastLogin, true) => $query.order((
                u::last_login_at.is_null().asc(),
                u::last_login_at.desc(),
                u::id.desc(),
            )),
            (UserSort::LastSignIn, false) => $query.order((
                u::last_sign_in_at.is_null().desc(),
                u::last_sign_in_at.asc(),
                u::id.asc(),
            )),
            (UserSort::LastSignIn, true) => $query.order((
                u::last_sign_in_at.is_null().asc(),
                u::last_sign_in_at.desc(),
                u::id.desc(),
            )),
            (UserSort::KeyExpires, false) => {
                $query.order((t::expires_at.is_null().asc(), t::expires_at.asc(), u::id.asc()))
            }
            (UserSort::KeyExpires, true) => {
                $query.order((t::expires_at.is_null().desc(), t::expires_at.desc(), u::id.desc()))
            }
            (UserSort::KeyRequests, false) => $query.order((
                t::request_count.is_null().desc(),
                t::request_count.asc(),
                u::id.asc(),
            )),
            (UserSort::KeyRequests, true) => $query.order((
                t::request_count.is_null().asc(),
                t::request_count.desc(),
                u::id.desc(),
            )),
        }
    };
}

impl Account {
    /// One page of the users that the filter names, and how many there are in all.
    pub async fn list(
        conn: &mut Conn<'_>,
        filter: &UserFilter,
        page: Page,
    ) -> QueryResult<(Vec<Self>, i64)> {
        let total = with_conn!(conn, |conn, Backend| {
            narrowed!(u::table, filter, Backend).count().get_result(conn).await
        })?;
        let rows: Vec<(User, Option<UserKey>)> = with_conn!(conn, |conn, Backend| {
            let joined = u::table.left_join(t::table.on(t::user_id.eq(u::id.nullable())));
            let query = narrowed!(joined, filter, Backend);
            ordered!(query, filter)
                .select((User::as_select(), Option::<UserKey>::as_select()))
                .offset(page.offset())
                .limit(page.size())
                .load(conn)
                .await
        })?;
        Ok((rows.into_iter().map(Self::from).collect(), total))
    }
}
