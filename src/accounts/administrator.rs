//! Who may administer the pool by their session.

use super::second_factor;
use crate::app::App;
use crate::error::{ApiError, ErrorCode};
use crate::models::user::{Role, User};

/// Refuses all but administrators, and, where the setting `require_admin_totp` says so, those
/// without a second factor: they can only set one up, which is no administrators' work.
pub async fn check(app: &App, user: &User) -> Result<(), ApiError> {
    if Role::from_column(&user.role) != Role::Admin {
        return Err(ApiError::new(ErrorCode::Forbidden, "this is for administrators"));
    }
    if !app.settings.now().require_admin_totp {
        return Ok(());
    }
    let mut conn = app.database.get().await?;
    if !second_factor::is_set(&mut conn, user.id).await? {
        let words = "administrators need a second factor here: set one up by \
                     POST /api/auth/totp/setup";
        return Err(ApiError::new(ErrorCode::TotpSetupRequired, words));
    }
    Ok(())
}
