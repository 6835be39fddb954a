//! The second factor, asked for where a user has one.

use std::time::Duration;

use crate::app::App;
use crate::auth::SecondFactor;
use crate::db::Conn;
use crate::error::{ApiError, ErrorCode};
use crate::models::user_totp::UserTotp;

/// Codes that are looked at in a window: of a million, three are good at a time.
const TRIES_MAX: u64 = 10;
const WINDOW: Duration = Duration::from_secs(900);

/// Asks for a code where the user has a second factor, and uses it up. 401 without one or for a
/// wrong one, 429 after too many.
pub async fn check(
    app: &App,
    conn: &mut Conn<'_>,
    user: i64,
    code: Option<&str>,
) -> Result<(), ApiError> {
    let Some(totp) = UserTotp::get(conn, user).await?.filter(|totp| totp.confirmed) else {
        return Ok(());
    };
    let code = code.ok_or_else(|| {
        ApiError::new(ErrorCode::TotpRequired, "the code of your second factor is needed")
    })?;
    let step = right_step(app, &totp, code).await?;
    if UserTotp::use_up(conn, user, step).await? { Ok(()) } else { Err(wrong()) }
}

/// Makes a secret count, now that its app has shown a right code. 409 when it counts already.
pub async fn confirm(
    app: &App,
    conn: &mut Conn<'_>,
    totp: &UserTotp,
    code: &str,
) -> Result<(), ApiError> {
    let step = right_step(app, totp, code).await?;
    if totp.confirm(conn, step).await? {
        return Ok(());
    }
    Err(ApiError::new(ErrorCode::Conflict, "there is a second factor already"))
}

async fn right_step(app: &App, totp: &UserTotp, code: &str) -> Result<i64, ApiError> {
    let name = format!("totp:{}", totp.user_id);
    if app.cache.hit(&name, WINDOW).await > TRIES_MAX {
        let error = ApiError::new(ErrorCode::RateLimited, "too many codes: wait");
        return Err(error.retry_after(WINDOW.as_secs()));
    }
    let factor = SecondFactor::open(&app.vault, &totp.secret())?;
    let step = factor.check(code, app.clock.now(), totp.step).ok_or_else(wrong)?;
    app.cache.forget(&name).await;
    Ok(step)
}

fn wrong() -> ApiError {
    ApiError::new(ErrorCode::TotpWrong, "the code is wrong, or was used: wait for the next one")
}
