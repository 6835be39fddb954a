//! People with an account, as administrators see them.

mod change;
mod credentials;
mod list;
mod signins;

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::client_token::ClientToken;
use crate::db::Conn;
use crate::db::schema::{client_tokens, users};
use crate::with_conn;

pub use self::change::{KeyEnd, NewKey, NewUser, UserChange};
pub use self::credentials::Credentials;
pub use self::list::{UserFilter, UserSort};
pub use self::signins::SignIn;

/// What a user may do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Sees what is their own.
    #[default]
    User,
    /// Administers the pool.
    Admin,
}

impl Role {
    /// The name in answers and in the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Admin => "admin",
        }
    }

    /// The role of this name; what is unknown may do the least.
    pub fn from_column(text: &str) -> Self {
        if text == "admin" { Self::Admin } else { Self::User }
    }
}

/// A row of `users`, without the password's hash: nothing here can let it out.
#[derive(Debug, Clone, HasQuery)]
#[diesel(table_name = users)]
#[diesel(check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite))]
#[expect(missing_docs, reason = "the columns, explained in the migration")]
pub struct User {
    pub id: i64,
    pub email: String,
    pub role: String,
    pub is_active: bool,
    pub default_provider: String,
    pub created_at: NaiveDateTime,
    pub updated_at: NaiveDateTime,
    pub last_login_at: Option<NaiveDateTime>,
    pub last_sign_in_at: Option<NaiveDateTime>,
    pub pending: bool,
    pub language: String,
}

/// A user's own key: what `client_tokens` says of it, without the key.
#[derive(Debug, Clone, HasQuery)]
#[diesel(table_name = client_tokens)]
#[diesel(check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite))]
#[expect(missing_docs, reason = "the columns, explained in the migration")]
pub struct UserKey {
    pub id: i64,
    pub masked: String,
    pub provider: Option<String>,
    pub providers: String,
    pub expires_at: Option<NaiveDateTime>,
    pub request_count: i64,
    pub token_hash: String,
    pub previous_hash: Option<String>,
    pub rpm: i32,
    pub tpm: i32,
    pub daily_requests: i64,
    pub daily_tokens: i64,
    pub max_concurrency: i32,
}

impl UserKey {
    /// The hashes by which callers with this key are remembered.
    pub fn hashes(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.token_hash.as_str()).chain(self.previous_hash.as_deref())
    }
}

/// A user and their key, if they have one.
#[derive(Debug, Clone)]
pub struct Account {
    /// Who.
    pub user: User,
    /// Their key.
    pub key: Option<UserKey>,
}

impl From<(User, Option<UserKey>)> for Account {
    fn from((user, key): (User, Option<UserKey>)) -> Self {
        Self { user, key }
    }
}

impl Account {
    /// The users with these ids, by id.
    pub async fn by_ids(conn: &mut Conn<'_>, ids: &[i64]) -> QueryResult<Vec<Self>> {
        let own = client_tokens::user_id.eq(users::id.nullable());
        let rows: Vec<(User, Option<UserKey>)> = with_conn!(conn, |conn| {
            users::table
                .left_join(client_tokens::table.on(own))
                .filter(users::id.eq_any(ids))
                .order(users::id)
                .select((User::as_select(), Option::<UserKey>::as_select()))
                .load(conn)
                .await
        })?;
        Ok(rows.into_iter().map(Self::from).collect())
    }

    /// The user with this id.
    pub async fn by_id(conn: &mut Conn<'_>, id: i64) -> QueryResult<Option<Self>> {
        Ok(Self::by_ids(conn, &[id]).await?.pop())
    }
}

impl User {
    /// Administrators who are let in.
    pub async fn administrators(conn: &mut Conn<'_>) -> QueryResult<Vec<Self>> {
        let these = users::role.eq(Role::Admin.as_str()).and(users::is_active.eq(true));
        with_conn!(conn, |conn| Self::query().filter(these).order(users::id).load(conn).await)
    }
}

/// A token as it opens: a user's key opens nothing while the user is switched off.
pub async fn with_owner(
    conn: &mut Conn<'_>,
    token: Option<ClientToken>,
) -> QueryResult<Option<ClientToken>> {
    let Some(mut token) = token else { return Ok(None) };
    if let Some(user) = token.user_id {
        let active: Option<bool> = with_conn!(conn, |conn| {
            users::table.find(user).select(users::is_active).first(conn).await
        })
        .optional()?;
        token.enabled &= active.unwrap_or(false);
    }
    Ok(Some(token))
}
