//! Users: `/admin/users`.

pub mod bulk;
pub mod change;
pub mod create;
pub mod delete;
pub mod extend_key;
pub mod list;
pub mod reset_key;
pub mod show;
pub mod signins;
pub mod totp;
mod view;

use self::view::{UserView, WithToken};
use crate::app::App;
use crate::db::Conn;
use crate::error::{ApiError, ErrorCode, not_found};
use crate::http::extract::Administrator;
use crate::models::user::{Account, UserKey};

/// The user with this id; 404 when there is none.
async fn found(conn: &mut Conn<'_>, id: i64) -> Result<Account, ApiError> {
    Account::by_id(conn, id).await?.ok_or_else(|| not_found("user"))
}

/// Refuses what would shut an administrator out of the account that they are signed in with.
fn spare_own(admin: &Administrator, users: &[i64]) -> Result<(), ApiError> {
    let Administrator(_, by) = admin;
    if by.member().is_some_and(|member| users.contains(&member.user.id)) {
        let words = "you are signed in with this account: another administrator can do this";
        return Err(ApiError::new(ErrorCode::OwnAccount, words));
    }
    Ok(())
}

/// What was remembered of these users' keys is looked up anew.
fn forget<'a>(app: &App, accounts: impl IntoIterator<Item = &'a Account>) {
    let keys = accounts.into_iter().filter_map(|account| account.key.as_ref());
    keys.flat_map(UserKey::hashes).for_each(|hash| app.tokens.forget(hash));
}
