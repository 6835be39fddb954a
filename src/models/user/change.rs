//! Adding, changing and deleting users and their keys.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde::Serialize;

use super::{User, UserKey};
use crate::db::Conn;
use crate::db::bulk::{self, Column};
use crate::db::locks::{TOKENS, TOKENS_OF_USERS, USERS, hold};
use crate::db::schema::{client_tokens, users};
use crate::models::client_token::TokenRules;
use crate::models::token_change::ChangedToken;
use crate::with_conn;

/// A user to add.
#[derive(Debug, Insertable)]
#[diesel(table_name = users)]
#[expect(missing_docs, reason = "the columns, explained in the migration")]
pub struct NewUser<'a> {
    pub email: &'a str,
    pub password_hash: Option<&'a str>,
    pub role: &'a str,
    pub is_active: bool,
    pub pending: bool,
    pub language: &'a str,
    pub default_provider: &'a str,
    pub created_at: NaiveDateTime,
    pub updated_at: NaiveDateTime,
}

/// What of users is to be changed; `None` leaves it as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, AsChangeset)]
#[diesel(table_name = users)]
#[expect(missing_docs, reason = "the columns, explained in the migration")]
pub struct UserChange {
    pub role: Option<&'static str>,
    pub is_active: Option<bool>,
    pub pending: Option<bool>,
    pub default_provider: Option<String>,
    pub language: Option<&'static str>,
    pub updated_at: Option<NaiveDateTime>,
}

/// A key for a user, in the place of the one before it, if there is one.
#[derive(Debug, Clone, Insertable, AsChangeset)]
#[diesel(table_name = client_tokens)]
#[diesel(treat_none_as_null = true)]
#[expect(missing_docs, reason = "the columns, explained in the migration")]
pub struct NewKey<'a> {
    pub user_id: i64,
    pub name: &'a str,
    pub provider: Option<&'a str>,
    pub providers: &'a str,
    pub masked: &'a str,
    pub token_hash: &'a str,
    pub sealed: &'a str,
    pub sealed_with: &'a str,
    pub enabled: bool,
    pub expires_at: Option<NaiveDateTime>,
    pub previous_hash: Option<&'a str>,
    pub previous_until: Option<NaiveDateTime>,
}

/// A key's new end.
#[derive(Debug, Clone, Copy, Serialize)]
#[expect(missing_docs, reason = "the columns of client_tokens")]
pub struct KeyEnd {
    pub id: i64,
    #[serde(serialize_with = "bulk::time::serialize")]
    pub expires_at: NaiveDateTime,
}

const END_COLUMNS: [Column; 2] = [("id", "bigint"), ("expires_at", "timestamp")];

const SET_ENDS: &str = "UPDATE client_tokens SET expires_at = x.expires_at \
     FROM {rows} WHERE client_tokens.id = x.id";

impl User {
    /// Adds a user; `None` when the address has an account already.
    pub async fn insert(conn: &mut Conn<'_>, new: &NewUser<'_>) -> QueryResult<Option<Self>> {
        with_conn!(conn, |conn| {
            diesel::insert_into(users::table)
                .values(new)
                .on_conflict_do_nothing()
                .returning(Self::as_returning())
                .get_result(conn)
                .await
        })
        .optional()
    }

    /// Changes the users with these ids, in a transaction: other processes are told of their keys.
    pub async fn change(
        conn: &mut Conn<'_>,
        ids: &[i64],
        change: &UserChange,
    ) -> QueryResult<usize> {
        hold(conn, USERS, ids).await?;
        ChangedToken::note_of_users(conn, ids).await?;
        with_conn!(conn, |conn| {
            diesel::update(users::table.filter(users::id.eq_any(ids)))
                .set(change)
                .execute(conn)
                .await
        })
    }

    /// Lets in those of these users who wait for it, in a transaction; returns who they are.
    pub async fn let_in(conn: &mut Conn<'_>, ids: &[i64]) -> QueryResult<Vec<i64>> {
        hold(conn, USERS, ids).await?;
        let waiting = users::table.filter(users::id.eq_any(ids)).filter(users::pending.eq(true));
        with_conn!(conn, |conn| {
            diesel::update(waiting)
                .set(users::pending.eq(false))
                .returning(users::id)
                .get_results(conn)
                .await
        })
    }

    /// Deletes the users with these ids, and with them their keys and check-ins, in a transaction:
    /// other processes are told.
    pub async fn delete(conn: &mut Conn<'_>, ids: &[i64]) -> QueryResult<usize> {
        hold(conn, USERS, ids).await?;
        hold(conn, TOKENS_OF_USERS, ids).await?;
        ChangedToken::note_of_users(conn, ids).await?;
        with_conn!(conn, |conn| {
            diesel::delete(users::table.filter(users::id.eq_any(ids))).execute(conn).await
        })
    }
}

impl UserKey {
    /// Puts this key in the place of the user's old one, whose counts and limits it takes over, in a
    /// transaction: other processes are told of the old one.
    pub async fn put(
        conn: &mut Conn<'_>,
        key: &NewKey<'_>,
        now: NaiveDateTime,
    ) -> QueryResult<usize> {
        use client_tokens as t;
        ChangedToken::note_of_users(conn, &[key.user_id]).await?;
        with_conn!(conn, |conn| {
            diesel::insert_into(t::table)
                .values((key, t::created_at.eq(now)))
                .on_conflict(t::user_id)
                .do_update()
                .set(key)
                .execute(conn)
                .await
        })
    }

    /// Keeps others from changing a user's key until the transaction ends: its end is read, worked
    /// on and written.
    pub async fn lock(conn: &mut Conn<'_>, user: i64) -> QueryResult<()> {
        hold(conn, TOKENS_OF_USERS, &[user]).await
    }

    /// Sets what a user's key may use, in a transaction: other processes are told.
    pub async fn limit(conn: &mut Conn<'_>, user: i64, rules: &TokenRules) -> QueryResult<usize> {
        ChangedToken::note_of_users(conn, &[user]).await?;
        let own = client_tokens::table.filter(client_tokens::user_id.eq(user));
        with_conn!(conn, |conn| diesel::update(own).set(rules).execute(conn).await)
    }

    /// Lets the keys of these users live until then, if they would end sooner, in a transaction:
    /// other processes are told.
    pub async fn live_until(
        conn: &mut Conn<'_>,
        users: &[i64],
        end: NaiveDateTime,
    ) -> QueryResult<usize> {
        use client_tokens as t;
        let ending = t::table.filter(t::user_id.eq_any(users)).filter(t::expires_at.lt(end));
        let set = t::expires_at.eq(end);
        hold(conn, TOKENS_OF_USERS, users).await?;
        ChangedToken::note_of_users(conn, users).await?;
        with_conn!(conn, |conn| diesel::update(ending).set(set).execute(conn).await)
    }

    /// Sets these ends, in a transaction: other processes are told.
    pub async fn set_ends(conn: &mut Conn<'_>, ends: &[KeyEnd]) -> QueryResult<usize> {
        let ids: Vec<i64> = ends.iter().map(|end| end.id).collect();
        hold(conn, TOKENS, &ids).await?;
        ChangedToken::note(conn, &ids).await?;
        bulk::execute(conn, SET_ENDS, &END_COLUMNS, ends).await
    }
}
