//! What administrators tell everyone, users, or each other.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::page::Page;
use crate::db::Conn;
use crate::db::schema::announcements as a;
use crate::with_conn;

/// The most announcements that anyone is shown at once.
const PUBLIC_MAX: i64 = 50;

/// A row of `announcements`.
#[derive(Debug, Clone, HasQuery)]
#[diesel(table_name = a)]
#[diesel(check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite))]
#[expect(missing_docs, reason = "the columns, explained in the migration")]
pub struct Announcement {
    pub id: i64,
    pub title: String,
    pub body: String,
    pub level: String,
    pub audience: String,
    pub starts_at: Option<NaiveDateTime>,
    pub ends_at: Option<NaiveDateTime>,
    pub created_at: NaiveDateTime,
    pub updated_at: NaiveDateTime,
}

/// What an announcement says, to whom and when.
#[derive(Debug, Clone, PartialEq, Eq, Insertable, AsChangeset)]
#[diesel(table_name = a)]
#[diesel(treat_none_as_null = true)]
#[expect(missing_docs, reason = "the columns, explained in the migration")]
pub struct Notice {
    pub title: String,
    pub body: String,
    pub level: String,
    pub audience: String,
    pub starts_at: Option<NaiveDateTime>,
    pub ends_at: Option<NaiveDateTime>,
}

impl Announcement {
    /// One page, newest first, and how many there are in all.
    pub async fn list(conn: &mut Conn<'_>, page: Page) -> QueryResult<(Vec<Self>, i64)> {
        let total = with_conn!(conn, |conn| a::table.count().get_result(conn).await)?;
        let rows = with_conn!(conn, |conn| {
            Self::query()
                .order(a::id.desc())
                .offset(page.offset())
                .limit(page.size())
                .load(conn)
                .await
        })?;
        Ok((rows, total))
    }

    /// The one with this id.
    pub async fn by_id(conn: &mut Conn<'_>, id: i64) -> QueryResult<Option<Self>> {
        with_conn!(conn, |conn| Self::query().filter(a::id.eq(id)).first(conn).await).optional()
    }

    /// Those for everyone that have begun and not ended, newest first.
    pub async fn public(conn: &mut Conn<'_>, now: NaiveDateTime) -> QueryResult<Vec<Self>> {
        with_conn!(conn, |conn| {
            Self::query()
                .filter(a::audience.eq("all"))
                .filter(a::starts_at.is_null().or(a::starts_at.le(now)))
                .filter(a::ends_at.is_null().or(a::ends_at.gt(now)))
                .order(a::id.desc())
                .limit(PUBLIC_MAX)
                .load(conn)
                .await
        })
    }

    /// Adds one.
    pub async fn insert(
        conn: &mut Conn<'_>,
        notice: &Notice,
        now: NaiveDateTime,
    ) -> QueryResult<Self> {
        with_conn!(conn, |conn| {
            diesel::insert_into(a::table)
                .values((notice, a::created_at.eq(now), a::updated_at.eq(now)))
                .returning(Self::as_returning())
                .get_result(conn)
                .await
        })
    }

    /// Changes one. `None` when there is none.
    pub async fn change(
        conn: &mut Conn<'_>,
        id: i64,
        notice: &Notice,
        now: NaiveDateTime,
    ) -> QueryResult<Option<Self>> {
        with_conn!(conn, |conn| {
            diesel::update(a::table.find(id))
                .set((notice, a::updated_at.eq(now)))
                .returning(Self::as_returning())
                .get_result(conn)
                .await
        })
        .optional()
    }

    /// Deletes one; returns it as it was.
    pub async fn delete(conn: &mut Conn<'_>, id: i64) -> QueryResult<Option<Self>> {
        with_conn!(conn, |conn| {
            diesel::delete(a::table.find(id)).returning(Self::as_returning()).get_result(conn).await
        })
        .optional()
    }
}
