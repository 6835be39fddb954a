//! Accounts: `/api/auth`.

pub mod admin_session;
pub mod change_password;
pub mod config;
pub mod delete;
mod device;
mod door;
pub mod export;
pub mod key;
pub mod login;
pub mod logout;
pub mod profile;
mod proof;
pub mod register;
pub mod reset_password;
pub mod send_code;
mod session;
pub mod sessions;
pub mod sign;
pub mod signins;
pub mod sudo;
pub mod totp;
pub mod usage;
mod view;

use serde::Serialize;
use utoipa::ToSchema;

use self::proof::Proof;
use crate::accounts::codes::{Checked, Ticket, too_many_tries};
use crate::accounts::tell;
use crate::accounts::visitor::Visitor;
use crate::app::App;
use crate::auth::Email;
use crate::db::Conn;
use crate::error::{ApiError, ErrorCode, invalid, not_found};
use crate::mail::Purpose;
use crate::metrics::Limit;
use crate::models::user::Account;

/// It was done.
#[derive(Debug, Serialize, ToSchema)]
pub struct Done {
    /// True.
    success: bool,
}

impl Done {
    const DONE: Self = Self { success: true };
}

/// The address in a body; 422 when it is none.
fn email(text: &str) -> Result<Email, ApiError> {
    Email::parse(text).ok_or_else(|| invalid("email", "email: this is no e-mail address"))
}

/// The code by mail, if it is right: to be taken in the transaction that it opens. Each call is a
/// try. 422 when it is wrong, 429 after too many tries.
async fn ticket(
    app: &App,
    visitor: &Visitor,
    email: &Email,
    purpose: Purpose,
    code: &str,
) -> Result<Ticket, ApiError> {
    match check_code(app, visitor, email, purpose, code).await? {
        Checked::Right(ticket) => Ok(ticket),
        Checked::Wrong => Err(wrong_code()),
        Checked::TooMany => Err(too_many_tries()),
    }
}

async fn check_code(
    app: &App,
    visitor: &Visitor,
    email: &Email,
    purpose: Purpose,
    code: &str,
) -> Result<Checked, ApiError> {
    let (stores, now) = ((&app.database, &app.cache), app.clock.now());
    let checked = app.codes.check(stores, visitor, email.as_str(), purpose, code, now).await?;
    if checked == Checked::TooMany {
        app.metrics.limit(Limit::Codes);
    }
    Ok(checked)
}

/// The one answer for a code that is wrong, was used, or whose time is over.
fn wrong_code() -> ApiError {
    let words = "the code is wrong, was used, or its time is over: ask for a new one";
    ApiError::new(ErrorCode::WrongCode, words).about("code")
}

/// The account of whoever is signed in.
async fn own(conn: &mut Conn<'_>, user: i64) -> Result<Account, ApiError> {
    Account::by_id(conn, user).await?.ok_or_else(|| not_found("account"))
}
