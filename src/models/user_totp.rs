//! The second factor of those administrators who have one.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::query_dsl::methods;
use diesel_async::RunQueryDsl;

use crate::db::Conn;
use crate::db::schema::user_totp as t;
use crate::vault::Sealed;
use crate::with_conn;

/// A row of `user_totp`.
#[derive(Debug, Clone, HasQuery)]
#[diesel(table_name = t)]
#[diesel(check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite))]
#[expect(missing_docs, reason = "the columns, explained in the migration")]
pub struct UserTotp {
    pub user_id: i64,
    pub sealed: String,
    pub sealed_with: String,
    pub confirmed: bool,
    pub step: i64,
    pub created_at: NaiveDateTime,
}

impl UserTotp {
    /// What this user has.
    pub async fn get(conn: &mut Conn<'_>, user: i64) -> QueryResult<Option<Self>> {
        with_conn!(conn, |conn| Self::query().filter(t::user_id.eq(user)).first(conn).await)
            .optional()
    }

    /// The secret.
    pub fn secret(&self) -> Sealed {
        Sealed { sealed: self.sealed.clone(), sealed_with: self.sealed_with.clone() }
    }

    /// Keeps a secret until it is confirmed, in the place of one that never was. False when there
    /// is a confirmed one, which stays: it must be deleted first, by whoever may.
    pub async fn put(
        conn: &mut Conn<'_>,
        user: i64,
        secret: &Sealed,
        now: NaiveDateTime,
    ) -> QueryResult<bool> {
        let columns = (
            t::sealed.eq(&secret.sealed),
            t::sealed_with.eq(&secret.sealed_with),
            t::created_at.eq(now),
        );
        let put = with_conn!(conn, |conn| {
            let put = diesel::insert_into(t::table)
                .values((t::user_id.eq(user), columns))
                .on_conflict(t::user_id)
                .do_update()
                .set(columns);
            methods::FilterDsl::filter(put, t::confirmed.eq(false)).execute(conn).await
        })?;
        Ok(put > 0)
    }

    /// Makes it count, since a code of this step was right. False when it counts already, or when
    /// another secret has taken its place.
    pub async fn confirm(&self, conn: &mut Conn<'_>, step: i64) -> QueryResult<bool> {
        let this = t::created_at.eq(self.created_at).and(t::confirmed.eq(false));
        let confirmed = with_conn!(conn, |conn| {
            diesel::update(t::table.find(self.user_id).filter(this))
                .set((t::confirmed.eq(true), t::step.eq(step)))
                .execute(conn)
                .await
        })?;
        Ok(confirmed > 0)
    }

    /// Uses the code of this step up. False when it, or a later one, was used already: then it must
    /// open nothing.
    pub async fn use_up(conn: &mut Conn<'_>, user: i64, step: i64) -> QueryResult<bool> {
        let unused = t::confirmed.eq(true).and(t::step.lt(step));
        let used = with_conn!(conn, |conn| {
            diesel::update(t::table.find(user).filter(unused))
                .set(t::step.eq(step))
                .execute(conn)
                .await
        })?;
        Ok(used > 0)
    }

    /// Takes it away. False when there is none.
    pub async fn delete(conn: &mut Conn<'_>, user: i64) -> QueryResult<bool> {
        let deleted =
            with_conn!(conn, |conn| diesel::delete(t::table.find(user)).execute(conn).await)?;
        Ok(deleted > 0)
    }
}
