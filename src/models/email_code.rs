//! Codes that were mailed, and what addresses have had of mails.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use diesel::sql_types::{Date, Integer, Text, Timestamp};
use diesel_async::RunQueryDsl;

use crate::db::Conn;
use crate::db::schema::{email_codes as c, email_limits as l};
use crate::with_conn;

/// A row of `email_codes`.
#[derive(Debug, Clone, Insertable, AsChangeset)]
#[diesel(table_name = c)]
#[expect(missing_docs, reason = "the columns, explained in the migration")]
pub struct EmailCode<'a> {
    pub email: &'a str,
    pub purpose: &'a str,
    pub code_hash: &'a str,
    pub expires_at: NaiveDateTime,
    pub tries: i32,
}

impl EmailCode<'_> {
    /// Puts this code in the place of the one before it.
    pub async fn put(&self, conn: &mut Conn<'_>) -> QueryResult<usize> {
        with_conn!(conn, |conn| {
            diesel::insert_into(c::table)
                .values(self)
                .on_conflict((c::email, c::purpose))
                .do_update()
                .set(self)
                .execute(conn)
                .await
        })
    }

    /// The hash of the code that an address has for this purpose and that is still good.
    pub async fn hash_of(
        conn: &mut Conn<'_>,
        email: &str,
        purpose: &str,
        now: NaiveDateTime,
    ) -> QueryResult<Option<String>> {
        with_conn!(conn, |conn| {
            c::table
                .find((email, purpose))
                .filter(c::expires_at.gt(now))
                .select(c::code_hash)
                .first(conn)
                .await
        })
        .optional()
    }

    /// Counts a try at the code with this hash; `false`, and nothing is counted, when it has had
    /// `max`.
    pub async fn count_try(
        conn: &mut Conn<'_>,
        email: &str,
        purpose: &str,
        hash: &str,
        max: i32,
    ) -> QueryResult<bool> {
        let this = c::table.find((email, purpose)).filter(c::code_hash.eq(hash));
        let open = this.filter(c::tries.lt(max));
        let counted = with_conn!(conn, |conn| {
            diesel::update(open).set(c::tries.eq(c::tries + 1)).execute(conn).await
        })?;
        Ok(counted > 0)
    }

    /// Takes the code with this hash out; `false` when somebody else was quicker.
    pub async fn take(
        conn: &mut Conn<'_>,
        email: &str,
        purpose: &str,
        hash: &str,
    ) -> QueryResult<bool> {
        let this = c::table.find((email, purpose)).filter(c::code_hash.eq(hash));
        let taken = with_conn!(conn, |conn| diesel::delete(this).execute(conn).await)?;
        Ok(taken > 0)
    }
}

/// A row of `email_limits`.
#[derive(Debug, Clone, HasQuery)]
#[diesel(table_name = l)]
#[diesel(check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite))]
#[expect(missing_docs, reason = "the columns, explained in the migration")]
pub struct EmailLimit {
    pub mailed_at: NaiveDateTime,
    pub mail_day: NaiveDate,
    pub mails: i32,
}

/// Counts a mail, if the last one is old enough and the day has room: one statement, so that
/// requests side by side get one mail.
const COUNT_MAIL: &str = "INSERT INTO email_limits AS l \
     (email, mailed_at, mail_day, mails, tries_since, tries) VALUES ($1, $2, $3, 1, $2, 0) \
     ON CONFLICT (email) DO UPDATE SET mailed_at = $2, mail_day = $3, \
     mails = CASE WHEN l.mail_day = $3 THEN l.mails + 1 ELSE 1 END \
     WHERE l.mailed_at <= $4 AND (l.mail_day <> $3 OR l.mails < $5)";

impl EmailLimit {
    /// What this address has had.
    pub async fn of(conn: &mut Conn<'_>, email: &str) -> QueryResult<Option<Self>> {
        with_conn!(conn, |conn| Self::query().filter(l::email.eq(email)).first(conn).await)
            .optional()
    }

    /// Counts a mail to this address; `false`, and nothing is counted, when the last one is younger
    /// than `before`, or the UTC day has had `max`.
    pub async fn count_mail(
        conn: &mut Conn<'_>,
        email: &str,
        now: NaiveDateTime,
        before: NaiveDateTime,
        max: i32,
    ) -> QueryResult<bool> {
        let counted = with_conn!(conn, |conn| {
            diesel::sql_query(COUNT_MAIL)
                .bind::<Text, _>(email)
                .bind::<Timestamp, _>(now)
                .bind::<Date, _>(now.date())
                .bind::<Timestamp, _>(before)
                .bind::<Integer, _>(max)
                .execute(conn)
                .await
        })?;
        Ok(counted > 0)
    }
}
