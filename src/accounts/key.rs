//! A user's own key: made, and how long it lives.

use chrono::{NaiveDateTime, TimeDelta};

use crate::app::App;
use crate::auth::FreshToken;
use crate::clock::Millis;
use crate::db::Conn;
use crate::error::{ApiError, invalid};
use crate::models::client_token::TokenRules;
use crate::models::user::{Account, NewKey, UserKey};

const HOUR_SECS: i64 = 3_600;

/// Ten years, in seconds.
const LIFE_MAX: i64 = 315_360_000;

/// The most days of one extension.
pub const DAYS_MAX: i64 = 365;

/// A key's end as it is asked for: in so many seconds, 0 for never. Unless it is asked for, a key
/// that is good keeps its end, and another lives as long as the settings say.
pub fn end(
    app: &App,
    ttl_secs: Option<i64>,
    old: Option<&UserKey>,
) -> Result<Option<NaiveDateTime>, ApiError> {
    let now = app.clock.now();
    match (ttl_secs, old.map(|old| old.expires_at)) {
        (Some(0), _) => Ok(None),
        (Some(secs @ 1..=LIFE_MAX), _) => Ok(Some(now.plus_secs(secs).naive())),
        (Some(_), _) => Err(invalid("ttlSeconds", "ttlSeconds: at most ten years; 0 for no end")),
        (None, Some(None)) => Ok(None),
        (None, Some(Some(at))) if at > now.naive() => Ok(Some(at)),
        (None, _) => Ok(Some(first_end(app.settings.now().user_key_hours, now))),
    }
}

/// The end of a key whose life of so many hours begins now.
pub fn first_end(hours: i64, now: Millis) -> NaiveDateTime {
    now.plus_secs(hours.saturating_mul(HOUR_SECS)).naive()
}

/// The end of a key that is extended by so many days: from its end, or from now if that has
/// passed; never sooner than it was, and otherwise at most ten years from now.
pub fn extended(expires_at: NaiveDateTime, days: i64, now: Millis) -> NaiveDateTime {
    let from = expires_at.max(now.naive());
    let wanted = from.checked_add_signed(TimeDelta::days(days)).unwrap_or(NaiveDateTime::MAX);
    wanted.min(now.plus_secs(LIFE_MAX).naive()).max(expires_at)
}

/// Days of an extension; 422 when out of range.
pub fn days(days: Option<i64>) -> Result<i64, ApiError> {
    let days = days.filter(|days| (1..=DAYS_MAX).contains(days));
    days.ok_or_else(|| invalid("days", "days: a whole number from 1 to 365"))
}

/// Makes a key for a user, in the place of the one they have, whose limits it takes over; the first
/// one has those of the settings.
pub async fn make(
    app: &App,
    conn: &mut Conn<'_>,
    of: &Account,
    only: Option<&str>,
    expires_at: Option<NaiveDateTime>,
) -> Result<FreshToken, ApiError> {
    let fresh = FreshToken::make(&app.vault, Some(of.user.id))?;
    let old = of.key.as_ref();
    let new = NewKey {
        user_id: of.user.id,
        name: &of.user.email,
        provider: only.or(old.and_then(|old| old.provider.as_deref())),
        providers: old.filter(|_| only.is_none()).map_or("[]", |old| old.providers.as_str()),
        masked: &fresh.masked,
        token_hash: &fresh.hash,
        sealed: &fresh.sealed.sealed,
        sealed_with: &fresh.sealed.sealed_with,
        enabled: true,
        expires_at,
        previous_hash: None,
        previous_until: None,
    };
    UserKey::put(conn, &new, app.clock.now().naive()).await?;
    if old.is_none() {
        UserKey::limit(conn, of.user.id, &limits(app)).await?;
    }
    Ok(fresh)
}

/// What a new user's key may use.
fn limits(app: &App) -> TokenRules {
    let settings = app.settings.now();
    let small = |limit: i64| i32::try_from(limit).ok();
    TokenRules {
        rpm: small(settings.user_rpm),
        tpm: small(settings.user_tpm),
        daily_requests: Some(settings.user_daily_requests),
        daily_tokens: Some(settings.user_daily_tokens),
        max_concurrency: small(settings.user_max_concurrency),
        ..TokenRules::default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{LIFE_MAX, extended};
    use crate::clock::Millis;

    proptest! {
        #[test]
        fn an_extension_takes_nothing_away(
            now in 0_i64..4_000_000_000_000, ahead in -1_000_000_000_i64..400_000_000, days in 1_i64..=365
        ) {
            let now = Millis(now);
            let end = now.plus_secs(ahead).naive();
            let new = Millis::from(extended(end, days, now));
            prop_assert!(new >= Millis::from(end), "never sooner");
            prop_assert!(new > now, "it is good now");
            let wanted = now.plus_secs(ahead.max(0) + days * 86_400);
            let most = now.plus_secs(LIFE_MAX.max(ahead));
            prop_assert_eq!(new, wanted.min(most));
        }
    }
}
