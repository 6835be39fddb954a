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

/// Days that are read at most: ten years of them.
const DAYS_MAX: i64 = 3_660;

impl SignIn {
    /// Checks a user in; `false` when they have done so that day.
    pub async fn add(
        conn: &mut Conn<'_>,
        user: i64,
        day: NaiveDate,
        now: NaiveDateTime,
    ) -> QueryResult<bool> {
        let added = with_conn!(conn, |conn| {
            diesel::insert_into(s::table)
                .values((s::user_id.eq(user), s::sign_day.eq(day), s::created_at.eq(now)))
                .on_conflict_do_nothing()
                .execute(conn)
                .await
        })?;
        Ok(added > 0)
    }

    /// The days on which a user checked in, newest first.
    pub async fn days(conn: &mut Conn<'_>, user: i64) -> QueryResult<Vec<NaiveDate>> {
        with_conn!(conn, |conn| {
            s::table
                .filter(s::user_id.eq(user))
                .order(s::sign_day.desc())
                .limit(DAYS_MAX)
                .select(s::sign_day)
                .load(conn)
                .await
        })
    }

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
