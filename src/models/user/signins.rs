//! Daily check-ins.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::db::Conn;
use crate::db::schema::user_signins as s;
use crate::models::page::Page;
use crate::with_conn;

/// A row of `user_signins`.
#[derive(Debug, Clone, HasQuery)]
#[diesel(table_name = s)]
#[diesel(check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite))]
#[expect(missing_docs, reason = "the columns, explained in the migration")]
pub struct SignIn {
    pub id: i64,
    pub sign_day: NaiveDate,
    pub created_at: NaiveDateTime,
}

impl SignIn {
    /// One page of a user's check-ins, newest first, and how many there are in all.
    pub async fn list(conn: &mut Conn<'_>, user: i64, page: Page) -> QueryResult<(Vec<Self>, i64)> {
        let of = s::user_id.eq(user);
        let total = with_conn!(conn, |conn| s::table.filter(of).count().get_result(conn).await)?;
        let rows = with_conn!(conn, |conn| {
            Self::query()
                .filter(of)
                .order((s::sign_day.desc(), s::id.desc()))
                .offset(page.offset())
                .limit(page.size())
                .load(conn)
                .await
        })?;
        Ok((rows, total))
    }
}
