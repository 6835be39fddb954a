//! What people sign in with.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text};
use diesel_async::RunQueryDsl;

use super::User;
use crate::db::Conn;
use crate::db::schema::users as u;
use crate::with_conn;

/// A user and what they sign in with. Has no `Debug`: nothing prints it.
pub struct Credentials {
    /// Who.
    pub user: User,
    /// The hash of their password; without one they sign in by code.
    pub password_hash: Option<String>,
}

/// A hash begins as `$2b$12$`: its cost always has two digits.
const COST_MAX: &str = "SELECT MAX(substr(password_hash, 5, 2)) AS cost FROM users";

#[derive(QueryableByName)]
struct Cost {
    #[diesel(sql_type = Nullable<Text>)]
    cost: Option<String>,
}

impl Credentials {
    /// Those of the user with this address.
    pub async fn by_email(conn: &mut Conn<'_>, email: &str) -> QueryResult<Option<Self>> {
        let found: Option<(User, Option<String>)> = with_conn!(conn, |conn| {
            u::table
                .filter(u::email.eq(email))
                .select((User::as_select(), u::password_hash))
                .first(conn)
                .await
        })
        .optional()?;
        Ok(found.map(|(user, password_hash)| Self { user, password_hash }))
    }

    /// The highest cost of all hashes; none without any.
    pub async fn cost_max(conn: &mut Conn<'_>) -> QueryResult<Option<u32>> {
        let found: Cost =
            with_conn!(conn, |conn| diesel::sql_query(COST_MAX).get_result(conn).await)?;
        Ok(found.cost.and_then(|cost| cost.parse().ok()))
    }
}

impl User {
    /// Sets their password.
    pub async fn set_password(
        conn: &mut Conn<'_>,
        id: i64,
        hash: &str,
        now: NaiveDateTime,
    ) -> QueryResult<usize> {
        let set = (u::password_hash.eq(hash), u::updated_at.eq(now));
        with_conn!(conn, |conn| diesel::update(u::table.find(id)).set(set).execute(conn).await)
    }

    /// Notes that they signed in.
    pub async fn signed_in(conn: &mut Conn<'_>, id: i64, now: NaiveDateTime) -> QueryResult<usize> {
        let set = u::last_login_at.eq(now);
        with_conn!(conn, |conn| diesel::update(u::table.find(id)).set(set).execute(conn).await)
    }

    /// Notes that they checked in.
    pub async fn checked_in(
        conn: &mut Conn<'_>,
        id: i64,
        now: NaiveDateTime,
    ) -> QueryResult<usize> {
        let set = u::last_sign_in_at.eq(now);
        with_conn!(conn, |conn| diesel::update(u::table.find(id)).set(set).execute(conn).await)
    }
}
