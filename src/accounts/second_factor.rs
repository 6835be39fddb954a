//! The second factor, asked for where a user has one.

use std::time::Duration;

use diesel::QueryResult;

use super::attempts::Attempts;
use super::recovery::{self, RecoveryCode};
use super::tell;
use super::visitor::Visitor;
use crate::app::App;
use crate::auth::SecondFactor;
use crate::db::Conn;
use crate::error::{ApiError, ErrorCode};
use crate::mail::Message;
use crate::metrics::Limit;
use crate::models::recovery_code::RecoveryCode as Row;
use crate::models::user::User;
use crate::models::user_totp::UserTotp;

/// Codes that one network, one device, or all sessions of a user have looked at in a window: of a
/// million, three are good at a time.
const TRIES_MAX: u64 = 10;
const WINDOW: Duration = Duration::from_secs(900);

/// Wrong codes of all strangers together in a window. They have the password already, and a code is
/// short: more would let many networks guess it. The owner's known devices have tries of their own.
const STRANGERS_MAX: u64 = 30;

/// What a user has shown of their second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "a recovery code that was used is told of by mail"]
pub enum Shown {
    /// Nothing: they have none.
    Nothing,
    /// A code of their app.
    Code,
    /// A recovery code, and they have so many left.
    Recovery(i64),
}

impl Shown {
    /// Mails the user that a recovery code was used. To be called when what it opened is done.
    pub fn tell(self, app: &App, user: &User) {
        if let Self::Recovery(left) = self {
            tell(app, user, Message::RecoveryCodeUsed { left });
        }
    }
}

/// Whether the user has a second factor that counts.
pub async fn is_set(conn: &mut Conn<'_>, user: i64) -> QueryResult<bool> {
    Ok(UserTotp::get(conn, user).await?.is_some_and(|totp| totp.confirmed))
}

/// Asks somebody who is signed in for a code where they have a second factor, or for a recovery code
/// in its place, and uses it up. 401 without one or for a wrong one, 429 after too many.
pub async fn check(
    app: &App,
    conn: &mut Conn<'_>,
    user: i64,
    code: Option<&str>,
) -> Result<Shown, ApiError> {
    ask(app, conn, None, user, code).await
}

/// The same at sign-in, when the password or the code by mail was right.
pub async fn sign_in(
    app: &App,
    conn: &mut Conn<'_>,
    visitor: &Visitor,
    user: i64,
    code: Option<&str>,
) -> Result<Shown, ApiError> {
    ask(app, conn, Some(visitor), user, code).await
}

async fn ask(
    app: &App,
    conn: &mut Conn<'_>,
    visitor: Option<&Visitor>,
    user: i64,
    code: Option<&str>,
) -> Result<Shown, ApiError> {
    let Some(totp) = UserTotp::get(conn, user).await?.filter(|totp| totp.confirmed) else {
        return Ok(Shown::Nothing);
    };
    let code = code.ok_or_else(|| {
        ApiError::new(ErrorCode::TotpRequired, "the code of your second factor is needed")
    })?;
    if let Some(code) = RecoveryCode::parse(code) {
        let tries = CodeTry::begin(app, visitor, user).await?;
        if !Row::take(conn, user, &code.hash(user)).await? {
            tries.wrong().await;
            return Err(wrong());
        }
        tries.right().await;
        return Ok(Shown::Recovery(Row::count(conn, user).await?));
    }
    let step = right_step(app, visitor, &totp, code).await?;
    if UserTotp::use_up(conn, user, step).await? { Ok(Shown::Code) } else { Err(wrong()) }
}

/// Makes a secret count, now that its app has shown a right code. 409 when it counts already.
pub async fn confirm(
    app: &App,
    conn: &mut Conn<'_>,
    totp: &UserTotp,
    code: &str,
) -> Result<(), ApiError> {
    let step = right_step(app, None, totp, code).await?;
    if totp.confirm(conn, step).await? {
        return Ok(());
    }
    Err(ApiError::new(ErrorCode::Conflict, "there is a second factor already"))
}

/// Makes recovery codes, in the place of those that the user has; to be shown once.
pub async fn make_recovery_codes(
    app: &App,
    conn: &mut Conn<'_>,
    user: i64,
) -> Result<Vec<String>, ApiError> {
    let codes =
        (0..recovery::CODES).map(|_| RecoveryCode::make()).collect::<Result<Vec<_>, _>>()?;
    let hashes: Vec<String> = codes.iter().map(|code| code.hash(user)).collect();
    Row::replace(conn, user, &hashes, app.clock.now().naive()).await?;
    Ok(codes.iter().map(RecoveryCode::text).collect())
}

async fn right_step(
    app: &App,
    visitor: Option<&Visitor>,
    totp: &UserTotp,
    code: &str,
) -> Result<i64, ApiError> {
    let tries = CodeTry::begin(app, visitor, totp.user_id).await?;
    let factor = SecondFactor::open(&app.vault, totp.user_id, &totp.secret())?;
    let Some(step) = factor.check(code, app.clock.now(), totp.step) else {
        tries.wrong().await;
        return Err(wrong());
    };
    tries.right().await;
    Ok(step)
}

/// One code that is tried, of the app or a recovery code.
struct CodeTry<'a> {
    app: &'a App,
    user: String,
    visitor: Visitor,
    is_strange: bool,
}

impl<'a> CodeTry<'a> {
    /// Counts it; 429 when there were too many.
    async fn begin(app: &'a App, visitor: Option<&Visitor>, user: i64) -> Result<Self, ApiError> {
        // What people who are signed in try is apart from what is tried at sign-in.
        let is_strange = visitor.is_some_and(|visitor| !visitor.is_known());
        let visitor = visitor.cloned().unwrap_or_else(|| Visitor::signed_in("sessions"));
        let this = Self { app, user: user.to_string(), visitor, is_strange };
        let spent = is_strange && app.cache.hits(&this.of_strangers()).await >= STRANGERS_MAX;
        if spent || !this.attempts().count(&app.cache, &this.visitor).await {
            app.metrics.limit(Limit::SecondFactor);
            let error = ApiError::new(ErrorCode::RateLimited, "too many codes: wait");
            return Err(error.retry_after(WINDOW.as_secs()));
        }
        Ok(this)
    }

    /// It was right: those before it no longer count.
    async fn right(&self) {
        self.attempts().forget(&self.app.cache, &self.visitor).await;
    }

    /// It was wrong.
    async fn wrong(&self) {
        if self.is_strange {
            self.app.cache.hit(&self.of_strangers(), WINDOW).await;
        }
    }

    fn attempts(&self) -> Attempts<'_> {
        Attempts { kind: "totp", account: &self.user, max: TRIES_MAX, window: WINDOW }
    }

    fn of_strangers(&self) -> String {
        format!("totp-guesses:{}", self.user)
    }
}

fn wrong() -> ApiError {
    ApiError::new(ErrorCode::TotpWrong, "the code is wrong, or was used: wait for the next one")
}
