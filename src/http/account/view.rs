//! Users as they see themselves.

use chrono::NaiveDateTime;
use serde::Serialize;
use utoipa::ToSchema;

use crate::clock::rfc3339;
use crate::models::user::{Account, Role};

/// Who is signed in.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserProfile {
    /// Their number.
    #[schema(example = 12)]
    id: i64,
    /// In lower case.
    #[schema(example = "ann@example.org")]
    email: String,
    /// What they may do.
    role: Role,
    /// The provider that their pages begin with.
    #[schema(example = "ollama")]
    default_provider: String,
    /// Their key, masked; null when they have none.
    #[schema(example = "sk-p…9f3c")]
    key_token: Option<String>,
    /// The only provider that the key may use; null for every one.
    #[schema(example = "ollama")]
    key_provider: Option<String>,
    /// When the key ends; null for never.
    #[schema(example = "2026-12-01T08:00:00.000Z")]
    key_expires_at: Option<String>,
    /// Since when there is an account.
    #[schema(example = "2026-11-24T08:00:00.000Z")]
    created_at: String,
    /// When they last signed in.
    #[schema(example = "2026-11-24T08:00:00.000Z")]
    last_login_at: Option<String>,
    /// When they last checked in.
    #[schema(example = "2026-11-24T08:00:00.000Z")]
    last_sign_in_at: Option<String>,
    /// Requests with the key.
    #[schema(example = 340)]
    key_request_count: i64,
    /// They have checked in today, in UTC.
    signed_today: bool,
    /// The language of mails to them: `en` or `zh-CN`.
    #[schema(example = "en")]
    language: String,
}

impl UserProfile {
    /// This account, at this time.
    pub fn of(Account { user, key }: &Account, now: NaiveDateTime) -> Self {
        let key = key.as_ref();
        Self {
            id: user.id,
            email: user.email.clone(),
            role: Role::from_column(&user.role),
            default_provider: user.default_provider.clone(),
            key_token: key.map(|key| key.masked.clone()),
            key_provider: key.and_then(|key| key.provider.clone()),
            key_expires_at: key.and_then(|key| key.expires_at).map(rfc3339),
            created_at: rfc3339(user.created_at),
            last_login_at: user.last_login_at.map(rfc3339),
            last_sign_in_at: user.last_sign_in_at.map(rfc3339),
            key_request_count: key.map_or(0, |key| key.request_count),
            signed_today: user.last_sign_in_at.is_some_and(|at| at.date() == now.date()),
            language: user.language.clone(),
        }
    }
}
