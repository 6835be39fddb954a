//! Accounts that were deleted by their owners, and come back.

use chrono::NaiveDateTime;

use crate::app::App;
use crate::db::Conn;
use crate::models::former_user::FormerUser;
use crate::models::user::Account;

/// Keeps what this account leaves, in the transaction that deletes it. Its address is kept as a
/// keyed hash only.
pub async fn keep(app: &App, conn: &mut Conn<'_>, account: &Account) -> diesel::QueryResult<()> {
    let hash = app.vault.fingerprint(&named(&account.user.email));
    let now = app.clock.now().naive();
    FormerUser::keep(conn, hash, account.user.id, account.key.as_ref(), now).await
}

/// Takes what an account with this address left, in the transaction that makes the new one.
pub async fn take(
    app: &App,
    conn: &mut Conn<'_>,
    email: &str,
) -> diesel::QueryResult<Option<FormerUser>> {
    FormerUser::take(conn, &app.vault.fingerprints(&named(email))).await
}

/// The end of the new account's first key: that of the old one, and never later than a new one's.
pub fn end(former: &FormerUser, fresh: Option<NaiveDateTime>) -> Option<NaiveDateTime> {
    match (former.key_expires_at, fresh) {
        (Some(old), Some(fresh)) => Some(old.min(fresh)),
        (old, fresh) => old.or(fresh),
    }
}

/// The address as it is hashed: no other fingerprint is of this form.
fn named(email: &str) -> String {
    format!("former user: {email}")
}
