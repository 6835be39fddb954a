//! Browsers that have shown the admin token.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::db::Conn;
use crate::db::schema::admin_sessions as s;
use crate::with_conn;

/// The most of them: beyond it the oldest end.
const SESSIONS_MAX: i64 = 50;

/// A row of `admin_sessions`.
#[derive(Debug, Clone, HasQuery, Insertable)]
#[diesel(table_name = s)]
#[diesel(check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite))]
#[expect(missing_docs, reason = "the columns, explained in the migration")]
pub struct AdminSession {
    pub id: String,
    pub created_at: NaiveDateTime,
    pub expires_at: NaiveDateTime,
    pub seen_at: NaiveDateTime,
}

impl AdminSession {
    /// Begins it; the oldest ones end when there are too many.
    pub async fn begin(&self, conn: &mut Conn<'_>) -> QueryResult<()> {
        with_conn!(conn, |conn| diesel::insert_into(s::table).values(self).execute(conn).await)?;
        let beyond: Vec<String> = with_conn!(conn, |conn| {
            s::table
                .order((s::created_at.desc(), s::id.desc()))
                .offset(SESSIONS_MAX)
                .limit(SESSIONS_MAX)
                .select(s::id)
                .load(conn)
                .await
        })?;
        with_conn!(conn, |conn| {
            diesel::delete(s::table.filter(s::id.eq_any(&beyond))).execute(conn).await
        })?;
        Ok(())
    }

    /// The session with this id, unless it has ended.
    pub async fn by_id(
        conn: &mut Conn<'_>,
        id: &str,
        now: NaiveDateTime,
    ) -> QueryResult<Option<Self>> {
        with_conn!(conn, |conn| {
            Self::query().filter(s::id.eq(id).and(s::expires_at.gt(now))).first(conn).await
        })
        .optional()
    }

    /// Notes that it is used now.
    pub async fn touch(conn: &mut Conn<'_>, id: &str, now: NaiveDateTime) -> QueryResult<usize> {
        with_conn!(conn, |conn| {
            diesel::update(s::table.find(id)).set(s::seen_at.eq(now)).execute(conn).await
        })
    }

    /// Ends it; returns how many there were.
    pub async fn end(conn: &mut Conn<'_>, id: &str) -> QueryResult<usize> {
        with_conn!(conn, |conn| diesel::delete(s::table.find(id)).execute(conn).await)
    }
}
