//! What deleted accounts leave, so that signing up again brings no fresh allowance.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::user::{SignIn, User, UserKey};
use crate::db::Conn;
use crate::db::schema::{former_users as f, usage_hourly};
use crate::with_conn;

/// A row of `former_users`.
#[derive(Debug, Clone, PartialEq, Eq, HasQuery, Insertable, AsChangeset)]
#[diesel(table_name = f)]
#[diesel(check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite))]
#[diesel(treat_none_as_null = true)]
#[expect(missing_docs, reason = "the columns, explained in the migration")]
pub struct FormerUser {
    pub email_hash: String,
    pub token_id: i64,
    pub key_expires_at: Option<NaiveDateTime>,
    pub last_sign_day: Option<NaiveDate>,
    pub deleted_at: NaiveDateTime,
}

impl FormerUser {
    /// Keeps what the account of this user leaves, in the transaction that deletes it.
    pub async fn keep(
        conn: &mut Conn<'_>,
        email_hash: String,
        user: i64,
        key: Option<&UserKey>,
        now: NaiveDateTime,
    ) -> QueryResult<()> {
        let row = Self {
            email_hash,
            token_id: key.map_or(0, |key| key.id),
            key_expires_at: key.and_then(|key| key.expires_at),
            last_sign_day: SignIn::days(conn, user).await?.into_iter().next(),
            deleted_at: now,
        };
        with_conn!(conn, |conn| {
            diesel::insert_into(f::table)
                .values(&row)
                .on_conflict(f::email_hash)
                .do_update()
                .set(&row)
                .execute(conn)
                .await
        })?;
        Ok(())
    }

    /// Takes out what an account of one of these hashes left.
    pub async fn take(conn: &mut Conn<'_>, email_hashes: &[String]) -> QueryResult<Option<Self>> {
        let found = f::table.filter(f::email_hash.eq_any(email_hashes));
        let rows: Vec<Self> = with_conn!(conn, |conn| {
            diesel::delete(found).returning(Self::as_returning()).get_results(conn).await
        })?;
        Ok(rows.into_iter().max_by_key(|row| row.deleted_at))
    }

    /// Gives the new account its check-in of the last day, and the new token its use of today.
    pub async fn hand_over(
        &self,
        conn: &mut Conn<'_>,
        user: i64,
        token: i64,
        now: NaiveDateTime,
    ) -> QueryResult<()> {
        if let Some(day) = self.last_sign_day {
            SignIn::add(conn, user, day, now).await?;
            User::checked_in(conn, user, day.and_time(NaiveTime::MIN)).await?;
        }
        if self.token_id == 0 {
            return Ok(());
        }
        use usage_hourly as u;
        let today = u::table.filter(u::token_id.eq(self.token_id)).filter(u::day.eq(now.date()));
        with_conn!(conn, |conn| {
            diesel::update(today).set(u::token_id.eq(token)).execute(conn).await
        })?;
        Ok(())
    }
}
