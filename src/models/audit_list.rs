//! Pages of the audit log, filtered and counted by the database.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text};
use diesel_async::RunQueryDsl;
use serde::Deserialize;
use utoipa::ToSchema;

use super::audit::AuditRow;
use super::key_list::{like_pattern, lower};
use super::page::Page;
use crate::db::Conn;
use crate::db::schema::audit_log as a;
use crate::with_conn;

#[diesel::declare_sql_function]
extern "SQL" {
    /// SQL's own.
    fn coalesce(text: Nullable<Text>, otherwise: Text) -> Text;
}

/// Kind of what is noted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum AuditKind {
    /// What administrators and commands did.
    Admin,
    /// Signing in, sessions, and what people do with their own accounts.
    Auth,
}

/// Actions of [`AuditKind::Auth`].
const AUTH_PATTERN: &str = "auth.%";

/// Which rows.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Done by exactly this one.
    pub actor: Option<String>,
    /// Whose action begins with this.
    pub action: Option<String>,
    /// Only of this kind.
    pub kind: Option<AuditKind>,
    /// Done to exactly this.
    pub target: Option<String>,
    /// From this moment on.
    pub from: Option<NaiveDateTime>,
    /// Before this moment.
    pub to: Option<NaiveDateTime>,
    /// With this text in any column, in any case.
    pub search: Option<String>,
}

macro_rules! narrowed {
    ($filter:expr, $backend:ty) => {{
        let mut query = a::table.into_boxed::<$backend>();
        if let Some(actor) = &$filter.actor {
            query = query.filter(a::actor.eq(actor.clone()));
        }
        if let Some(action) = &$filter.action {
            let pattern = like_pattern(action).split_off(1);
            query = query.filter(a::action.like(pattern).escape('\\'));
        }
        match $filter.kind {
            Some(AuditKind::Auth) => query = query.filter(a::action.like(AUTH_PATTERN)),
            Some(AuditKind::Admin) => query = query.filter(a::action.not_like(AUTH_PATTERN)),
            None => {}
        }
        if let Some(target) = &$filter.target {
            query = query.filter(a::target.eq(target.clone()));
        }
        if let Some(from) = $filter.from {
            query = query.filter(a::at.ge(from));
        }
        if let Some(to) = $filter.to {
            query = query.filter(a::at.lt(to));
        }
        if let Some(search) = &$filter.search {
            let like = like_pattern(search);
            let holds = || lower(like.clone());
            query = query.filter(
                lower(a::action)
                    .like(holds())
                    .escape('\\')
                    .or(lower(a::target).like(holds()).escape('\\'))
                    .or(lower(a::actor).like(holds()).escape('\\'))
                    .or(lower(a::address).like(holds()).escape('\\'))
                    .or(lower(a::request_id).like(holds()).escape('\\'))
                    .or(lower(coalesce(a::before, "")).like(holds()).escape('\\'))
                    .or(lower(coalesce(a::after, "")).like(holds()).escape('\\')),
            );
        }
        query
    }};
}

impl AuditRow {
    /// One page of the rows that the filter names, newest first, and how many there are in all.
    pub async fn list(
        conn: &mut Conn<'_>,
        filter: &AuditFilter,
        page: Page,
    ) -> QueryResult<(Vec<Self>, i64)> {
        let total = with_conn!(conn, |conn, Backend| {
            narrowed!(filter, Backend).count().get_result(conn).await
        })?;
        let rows = with_conn!(conn, |conn, Backend| {
            narrowed!(filter, Backend)
                .order(a::id.desc())
                .select(Self::as_select())
                .offset(page.offset())
                .limit(page.size())
                .load(conn)
                .await
        })?;
        Ok((rows, total))
    }
}
