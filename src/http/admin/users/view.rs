//! A user as administrators see them.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::CACHE_CONTROL;
use serde::Serialize;
use utoipa::ToSchema;

use crate::clock::rfc3339;
use crate::models::user::{Account, Role};

/// A user, with their key masked.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserView {
    /// The user's number.
    #[schema(example = 12)]
    pub id: i64,
    /// In lower case.
    #[schema(example = "ann@example.org")]
    pub email: String,
    /// What they may do.
    pub role: Role,
    /// Switched on; the key of one who is not opens nothing.
    pub is_active: bool,
    /// Signed up, and waiting for an administrator to switch them on.
    pub pending: bool,
    /// The language of mails to them: `en` or `zh-CN`.
    #[schema(example = "en")]
    pub language: String,
    /// The provider that their pages begin with.
    #[schema(example = "ollama")]
    pub default_provider: String,
    /// Their key's number among the client tokens; null when they have none.
    #[schema(example = 31)]
    pub key_id: Option<i64>,
    /// Their key, masked; null when they have none.
    #[schema(example = "sk-p…9f3c")]
    pub key_token: Option<String>,
    /// The only provider that the key may use; null for every one.
    #[schema(example = "ollama")]
    pub key_provider: Option<String>,
    /// When the key ends; null for never.
    #[schema(example = "2026-12-01T08:00:00.000Z")]
    pub key_expires_at: Option<String>,
    /// Since when there is an account.
    #[schema(example = "2026-11-24T08:00:00.000Z")]
    pub created_at: String,
    /// When it was last changed.
    #[schema(example = "2026-11-24T08:00:00.000Z")]
    pub updated_at: String,
    /// When they last logged in.
    #[schema(example = "2026-11-24T08:00:00.000Z")]
    pub last_login_at: Option<String>,
    /// When they last checked in.
    #[schema(example = "2026-11-24T08:00:00.000Z")]
    pub last_sign_in_at: Option<String>,
    /// Requests with the key.
    #[schema(example = 340)]
    pub key_request_count: i64,
    /// Requests with the key in any 60 seconds; 0 for no limit, as in those after it.
    #[schema(example = 60)]
    pub rpm: i32,
    /// Tokens in any 60 seconds.
    #[schema(example = 100_000)]
    pub tpm: i32,
    /// Requests of a day, in UTC.
    #[schema(example = 1000)]
    pub daily_requests: i64,
    /// Tokens of a day, in UTC.
    #[schema(example = 1_000_000)]
    pub daily_tokens: i64,
    /// Requests under way at once.
    #[schema(example = 4)]
    pub max_concurrency: i32,
}

impl From<&Account> for UserView {
    fn from(Account { user, key }: &Account) -> Self {
        let key = key.as_ref();
        Self {
            id: user.id,
            email: user.email.clone(),
            role: Role::from_column(&user.role),
            is_active: user.is_active,
            pending: user.pending,
            language: user.language.clone(),
            default_provider: user.default_provider.clone(),
            key_id: key.map(|key| key.id),
            key_token: key.map(|key| key.masked.clone()),
            key_provider: key.and_then(|key| key.provider.clone()),
            key_expires_at: key.and_then(|key| key.expires_at).map(rfc3339),
            created_at: rfc3339(user.created_at),
            updated_at: rfc3339(user.updated_at),
            last_login_at: user.last_login_at.map(rfc3339),
            last_sign_in_at: user.last_sign_in_at.map(rfc3339),
            key_request_count: key.map_or(0, |key| key.request_count),
            rpm: key.map_or(0, |key| key.rpm),
            tpm: key.map_or(0, |key| key.tpm),
            daily_requests: key.map_or(0, |key| key.daily_requests),
            daily_tokens: key.map_or(0, |key| key.daily_tokens),
            max_concurrency: key.map_or(0, |key| key.max_concurrency),
        }
    }
}

/// A user whose key was just made.
#[derive(Debug, Serialize, ToSchema)]
pub struct WithToken {
    /// True.
    pub success: bool,
    /// The key itself. It is shown this once.
    #[schema(example = "sk-pool-2Zx…")]
    pub token: String,
    /// Whose it is.
    #[serde(flatten)]
    pub user: UserView,
}

impl WithToken {
    /// Shows it. Nothing on the way may keep it.
    pub fn answer(status: StatusCode, token: String, user: UserView) -> HttpResponse {
        let mut response = HttpResponse::build(status);
        response.insert_header((CACHE_CONTROL, "no-store"));
        response.json(Self { success: true, token, user })
    }
}
