//! Switching accounts on and off. Whoever waits for an administrator is let in by being switched
//! on.

use diesel::QueryResult;

use super::{key, tell};
use crate::app::App;
use crate::clock::Millis;
use crate::db::Conn;
use crate::mail::Message;
use crate::models::session::Session;
use crate::models::user::{Account, User, UserChange, UserKey};

/// Switches these users on; returns those of them who waited, for [`welcome`]. Their keys' life of
/// so many hours begins now, and none ends sooner than it did. To be called in a transaction.
pub async fn on(
    conn: &mut Conn<'_>,
    users: &[i64],
    key_hours: i64,
    now: Millis,
) -> QueryResult<Vec<i64>> {
    let let_in = User::let_in(conn, users).await?;
    set(conn, users, true, now).await?;
    UserKey::live_until(conn, &let_in, key::first_end(key_hours, now)).await?;
    Ok(let_in)
}

/// Switches these users off, and ends their sessions. To be called in a transaction.
pub async fn off(conn: &mut Conn<'_>, users: &[i64], now: Millis) -> QueryResult<()> {
    set(conn, users, false, now).await?;
    Session::end_all(conn, users, None).await?;
    Ok(())
}

/// Writes to those of them who were let in.
pub fn welcome<'a>(app: &App, accounts: impl IntoIterator<Item = &'a Account>, let_in: &[i64]) {
    for Account { user, .. } in accounts {
        if let_in.contains(&user.id) {
            tell(app, user, Message::Approved);
        }
    }
}

async fn set(conn: &mut Conn<'_>, users: &[i64], is_active: bool, now: Millis) -> QueryResult<()> {
    let (is_active, updated_at) = (Some(is_active), Some(now.naive()));
    User::change(conn, users, &UserChange { is_active, updated_at, ..UserChange::default() })
        .await?;
    Ok(())
}
