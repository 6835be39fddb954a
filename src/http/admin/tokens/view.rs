//! A token as administrators see it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::CACHE_CONTROL;
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth;
use crate::clock::{Millis, rfc3339};
use crate::models::client_token::ClientToken;

/// A token, masked. Empty lists are no restriction, and limits of 0 are none.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TokenView {
    /// Its number.
    #[schema(example = 12)]
    pub id: i64,
    /// Its first and last four characters.
    #[schema(example = "sk-p…9f3c")]
    pub token: String,
    /// What people call it.
    #[schema(example = "Ann's laptop")]
    pub name: String,
    /// The only provider it may use, where there is one.
    #[schema(example = "ollama")]
    pub provider: Option<String>,
    /// The only providers it may use.
    pub providers: Vec<String>,
    /// The only models it may use, as patterns.
    #[schema(example = json!(["llama3*"]))]
    pub models: Vec<String>,
    /// The only addresses and networks it may be used from.
    #[schema(example = json!(["10.0.0.0/8"]))]
    pub ip_allow: Vec<String>,
    /// Requests in any 60 seconds.
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
    /// When it was made.
    #[serde(rename = "createdAt")]
    #[schema(example = "2026-11-23T12:00:00.000Z")]
    pub created_at: String,
    /// Its end, if it has one.
    #[schema(example = "2027-01-01T00:00:00.000Z")]
    pub expires_at: Option<String>,
    /// Requests with it, ever.
    #[serde(rename = "requestCount")]
    #[schema(example = 345)]
    pub request_count: i64,
    /// The last of them.
    #[serde(rename = "lastUsed")]
    #[schema(example = "2026-11-23T12:00:00.000Z")]
    pub last_used: Option<String>,
    /// Whether it opens anything.
    pub enabled: bool,
    /// Until then the token before a rotation works, too.
    #[schema(example = "2026-11-24T12:00:00.000Z")]
    pub previous_until: Option<String>,
    /// The user whose own key it is.
    #[schema(example = 7)]
    pub user_id: Option<i64>,
}

impl TokenView {
    /// As it is now.
    pub fn of(row: &ClientToken, now: Millis) -> Self {
        let list = |json: &str| auth::list(json).unwrap_or_default();
        let row = row.clone();
        Self {
            providers: row.providers().unwrap_or_default(),
            id: row.id,
            token: row.masked,
            name: row.name,
            provider: row.provider,
            models: list(&row.models),
            ip_allow: list(&row.ip_allow),
            rpm: row.rpm,
            tpm: row.tpm,
            daily_requests: row.daily_requests,
            daily_tokens: row.daily_tokens,
            max_concurrency: row.max_concurrency,
            created_at: rfc3339(row.created_at),
            expires_at: row.expires_at.map(rfc3339),
            request_count: row.request_count,
            last_used: row.last_used_at.map(rfc3339),
            enabled: row.enabled,
            previous_until: row.previous_until.filter(|at| *at > now.naive()).map(rfc3339),
            user_id: row.user_id,
        }
    }
}

/// A token that was just made, to be shown once: `token` is the whole of it.
#[derive(Serialize, ToSchema)]
pub struct MadeToken {
    /// Always true.
    success: bool,
    #[serde(flatten)]
    token: TokenView,
}

impl MadeToken {
    /// Shows it. Nothing on the way may keep it.
    pub fn answer(
        status: StatusCode,
        row: &ClientToken,
        token: String,
        now: Millis,
    ) -> HttpResponse {
        let token = TokenView { token, ..TokenView::of(row, now) };
        let mut response = HttpResponse::build(status);
        response.insert_header((CACHE_CONTROL, "no-store"));
        response.json(Self { success: true, token })
    }
}
