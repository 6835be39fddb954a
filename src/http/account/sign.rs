//! `POST /api/auth/sign`: the daily check-in.

use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::own;
use crate::accounts::check_in::{Rule, streak};
use crate::app::App;
use crate::clock::rfc3339;
use crate::error::{Admin, AdminError, ApiError, ErrorCode};
use crate::http::extract::Member;
use crate::models::user::{Account, KeyEnd, SignIn, User, UserKey};

const DAY_MS: i64 = 86_400_000;

/// A check-in and what it brought.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CheckedIn {
    /// True.
    success: bool,
    /// When the key ends now; null when it has no end, or there is none.
    #[schema(example = "2026-12-01T08:00:00.000Z")]
    key_expires_at: Option<String>,
    /// Days in a row, this one included.
    #[schema(example = 5)]
    streak: i64,
    /// Hours that this check-in was worth.
    #[schema(example = 24)]
    hours: i64,
}

/// Checks in, once a UTC day: the key lives `check_in_hours` longer, from its end or from now if
/// that has passed. A key that has ended is good again.
#[utoipa::path(
    post, path = "/api/auth/sign", tag = "Accounts",
    responses(
        (status = 200, body = CheckedIn), (status = 401, body = AdminError),
        (status = 409, body = AdminError, description = "Done today"),
    ),
)]
pub async fn sign(member: Member, app: web::Data<App>) -> Result<HttpResponse, Admin> {
    let (now, user) = (app.clock.now(), member.user.id);
    let today = now.naive().date();
    let rule = Rule::of(&app.settings.now());
    let mut conn = app.database.get().await?;
    let signing = conn.transaction(async |conn| {
        // One row a day: of clicks side by side, one gets further.
        if !SignIn::add(conn, user, today, now.naive()).await? {
            let tomorrow = now.plus_ms(DAY_MS - now.0.rem_euclid(DAY_MS));
            let error = ApiError::new(ErrorCode::AlreadySigned, "you have checked in today");
            return Err(error.retry_after(tomorrow.secs_from(now)));
        }
        User::checked_in(conn, user, now.naive()).await?;
        UserKey::lock(conn, user).await?;
        let (streak, account) =
            (streak(&SignIn::days(conn, user).await?, today), own(conn, user).await?);
        if let Some((id, end)) = ending(&account) {
            let expires_at = rule.extend(end, streak, now.naive());
            UserKey::set_ends(conn, &[KeyEnd { id, expires_at }]).await?;
        }
        Ok((streak, own(conn, user).await?))
    });
    let (streak, Account { key, .. }) = signing.await?;
    key.iter().flat_map(UserKey::hashes).for_each(|hash| app.tokens.forget(hash));
    Ok(HttpResponse::Ok().json(CheckedIn {
        success: true,
        key_expires_at: key.and_then(|key| key.expires_at).map(rfc3339),
        streak,
        hours: rule.hours(streak),
    }))
}

/// The key that ends, and when.
fn ending(account: &Account) -> Option<(i64, chrono::NaiveDateTime)> {
    let key = account.key.as_ref()?;
    Some((key.id, key.expires_at?))
}
