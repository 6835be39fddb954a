//! Codes with which people may sign up where that takes an invitation.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::page::Page;
use crate::db::Conn;
use crate::db::schema::invitations as i;
use crate::with_conn;

/// A row of `invitations`, without the code.
#[derive(Debug, Clone, HasQuery)]
#[diesel(table_name = i)]
#[diesel(check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite))]
#[expect(missing_docs, reason = "the columns, explained in the migration")]
pub struct Invitation {
    pub id: i64,
    pub note: String,
    pub masked: String,
    pub uses: i32,
    pub uses_max: i32,
    pub created_at: NaiveDateTime,
    pub expires_at: Option<NaiveDateTime>,
}

/// An invitation to add.
#[derive(Debug, Insertable)]
#[diesel(table_name = i)]
#[expect(missing_docs, reason = "the columns, explained in the migration")]
pub struct NewInvitation<'a> {
    pub note: &'a str,
    pub masked: &'a str,
    pub code_hash: &'a str,
    pub uses_max: i32,
    pub created_at: NaiveDateTime,
    pub expires_at: Option<NaiveDateTime>,
}

impl Invitation {
    /// Adds one.
    pub async fn insert(conn: &mut Conn<'_>, new: &NewInvitation<'_>) -> QueryResult<Self> {
        with_conn!(conn, |conn| {
            diesel::insert_into(i::table)
                .values(new)
                .returning(Self::as_returning())
                .get_result(conn)
                .await
        })
    }

    /// One page of them, newest first, and how many there are in all.
    pub async fn list(conn: &mut Conn<'_>, page: Page) -> QueryResult<(Vec<Self>, i64)> {
        let total = with_conn!(conn, |conn| i::table.count().get_result(conn).await)?;
        let rows = with_conn!(conn, |conn| {
            Self::query()
                .order(i::id.desc())
                .offset(page.offset())
                .limit(page.size())
                .load(conn)
                .await
        })?;
        Ok((rows, total))
    }

    /// Deletes one; returns it as it was.
    pub async fn delete(conn: &mut Conn<'_>, id: i64) -> QueryResult<Option<Self>> {
        with_conn!(conn, |conn| {
            diesel::delete(i::table.find(id)).returning(Self::as_returning()).get_result(conn).await
        })
        .optional()
    }

    /// Uses the invitation with this hash once more; `false` when there is none that may be.
    pub async fn take(conn: &mut Conn<'_>, hash: &str, now: NaiveDateTime) -> QueryResult<bool> {
        let room = i::uses_max.eq(0).or(i::uses.lt(i::uses_max));
        let good = i::expires_at.is_null().or(i::expires_at.assume_not_null().gt(now));
        let this = i::table.filter(i::code_hash.eq(hash)).filter(room).filter(good);
        let taken = with_conn!(conn, |conn| {
            diesel::update(this).set(i::uses.eq(i::uses + 1)).execute(conn).await
        })?;
        Ok(taken > 0)
    }
}
