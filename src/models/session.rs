//! Who is signed in.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::user::User;
use crate::db::Conn;
use crate::db::schema::{sessions as s, users};
use crate::with_conn;

/// The most sessions of one user: beyond it the oldest end.
const SESSIONS_MAX: i64 = 20;

/// A row of `sessions`.
#[derive(Debug, Clone, HasQuery, Insertable)]
#[diesel(table_name = s)]
#[diesel(check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite))]
#[expect(missing_docs, reason = "the columns, explained in the migration")]
pub struct Session {
    pub id: String,
    pub user_id: i64,
    pub address: String,
    pub agent: String,
    pub created_at: NaiveDateTime,
    pub expires_at: NaiveDateTime,
    pub proven_at: Option<NaiveDateTime>,
    pub seen_at: Option<NaiveDateTime>,
}

impl Session {
    /// Begins it; the user's oldest ones end when there are too many.
    pub async fn begin(&self, conn: &mut Conn<'_>) -> QueryResult<()> {
        with_conn!(conn, |conn| diesel::insert_into(s::table).values(self).execute(conn).await)?;
        let beyond: Vec<String> = with_conn!(conn, |conn| {
            s::table
                .filter(s::user_id.eq(self.user_id))
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

    /// The session with this id and its user, unless it has ended.
    pub async fn with_user(
        conn: &mut Conn<'_>,
        id: &str,
        now: NaiveDateTime,
    ) -> QueryResult<Option<(Self, User)>> {
        with_conn!(conn, |conn| {
            s::table
                .inner_join(users::table.on(users::id.eq(s::user_id)))
                .filter(s::id.eq(id).and(s::expires_at.gt(now)))
                .select((Self::as_select(), User::as_select()))
                .first(conn)
                .await
        })
        .optional()
    }

    /// A user's sessions, newest first.
    pub async fn of_user(
        conn: &mut Conn<'_>,
        user: i64,
        now: NaiveDateTime,
    ) -> QueryResult<Vec<Self>> {
        with_conn!(conn, |conn| {
            Self::query()
                .filter(s::user_id.eq(user).and(s::expires_at.gt(now)))
                .order((s::created_at.desc(), s::id.desc()))
                .load(conn)
                .await
        })
    }

    /// Notes that its user has shown now who they are; false when it has ended meanwhile.
    pub async fn prove(
        conn: &mut Conn<'_>,
        user: i64,
        id: &str,
        now: NaiveDateTime,
    ) -> QueryResult<bool> {
        let of = s::user_id.eq(user).and(s::id.eq(id));
        let proven = with_conn!(conn, |conn| {
            let update = diesel::update(s::table.filter(of)).set(s::proven_at.eq(now));
            update.execute(conn).await
        })?;
        Ok(proven > 0)
    }

    /// When it was last used, to the minute.
    pub fn last_use(&self) -> NaiveDateTime {
        self.seen_at.unwrap_or(self.created_at)
    }

    /// Notes that it is used now.
    pub async fn touch(conn: &mut Conn<'_>, id: &str, now: NaiveDateTime) -> QueryResult<usize> {
        with_conn!(conn, |conn| {
            diesel::update(s::table.find(id)).set(s::seen_at.eq(now)).execute(conn).await
        })
    }

    /// Forgets, in all sessions of this user, that they have shown who they are.
    pub async fn forget_proofs(conn: &mut Conn<'_>, user: i64) -> QueryResult<usize> {
        let never: Option<NaiveDateTime> = None;
        with_conn!(conn, |conn| {
            let update = diesel::update(s::table.filter(s::user_id.eq(user)));
            update.set(s::proven_at.eq(never)).execute(conn).await
        })
    }

    /// Ends one of a user's sessions; returns how many there were.
    pub async fn end(conn: &mut Conn<'_>, user: i64, id: &str) -> QueryResult<usize> {
        let of = s::user_id.eq(user).and(s::id.eq(id));
        with_conn!(conn, |conn| diesel::delete(s::table.filter(of)).execute(conn).await)
    }

    /// Ends all sessions of these users, but for the one that is kept.
    pub async fn end_all(
        conn: &mut Conn<'_>,
        users: &[i64],
        kept: Option<&str>,
    ) -> QueryResult<usize> {
        let of = s::user_id.eq_any(users).and(s::id.ne(kept.unwrap_or_default()));
        with_conn!(conn, |conn| diesel::delete(s::table.filter(of)).execute(conn).await)
    }
}
