//! Codes that stand in for one of the second factor.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::db::Conn;
use crate::db::schema::totp_recovery_codes as r;
use crate::with_conn;

/// A row of `totp_recovery_codes`.
#[derive(Debug, Insertable)]
#[diesel(table_name = r)]
#[expect(missing_docs, reason = "the columns, explained in the migration")]
pub struct RecoveryCode<'a> {
    pub user_id: i64,
    pub code_hash: &'a str,
    pub created_at: NaiveDateTime,
}

impl RecoveryCode<'_> {
    /// Puts codes with these hashes in the place of those that the user has, in a transaction.
    pub async fn replace(
        conn: &mut Conn<'_>,
        user: i64,
        hashes: &[String],
        now: NaiveDateTime,
    ) -> QueryResult<()> {
        with_conn!(conn, |conn| {
            diesel::delete(r::table.filter(r::user_id.eq(user))).execute(conn).await
        })?;
        for code_hash in hashes {
            let row = RecoveryCode { user_id: user, code_hash, created_at: now };
            with_conn!(conn, |conn| {
                diesel::insert_into(r::table).values(&row).execute(conn).await
            })?;
        }
        Ok(())
    }

    /// Uses the code with this hash up; false when the user has no such code, or no longer.
    pub async fn take(conn: &mut Conn<'_>, user: i64, hash: &str) -> QueryResult<bool> {
        let this = r::table.find((user, hash));
        let taken = with_conn!(conn, |conn| diesel::delete(this).execute(conn).await)?;
        Ok(taken > 0)
    }

    /// How many the user has left.
    pub async fn count(conn: &mut Conn<'_>, user: i64) -> QueryResult<i64> {
        let own = r::table.filter(r::user_id.eq(user));
        with_conn!(conn, |conn| own.count().get_result(conn).await)
    }
}
