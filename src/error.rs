//! What callers are told when something can't be done: a closed set of codes, in the words of the
//! API that they speak. Never an internal error's text, never a secret.
//!
//! Layers: queries return `QueryResult`, stores `DatabaseError`, handlers [`ApiError`] in one of
//! its dialects ([`OpenAi`], [`Admin`]), start-up `anyhow`.

use std::borrow::Cow;
use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, RETRY_AFTER};
use actix_web::{HttpResponse, HttpResponseBuilder, ResponseError};
use serde::Serialize;
use utoipa::ToSchema;

use crate::actors::mailbox::Unavailable;
use crate::db::DatabaseError;

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $status:literal $text:literal,)+) => {
        /// What went wrong, for programs.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum ErrorCode { $($(#[doc = $doc])+ $name,)+ }

        impl ErrorCode {
            /// Every code, with what it means.
            pub const ALL: &[(Self, &str)] = &[$((Self::$name, concat!($($doc),+))),+];

            /// The name in answers.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }

            /// The status that goes with it.
            pub fn status(self) -> StatusCode {
                let code = match self { $(Self::$name => $status,)+ };
                StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
            }
        }
    };
}

codes! {
    /// The body is no JSON, or the request is no HTTP that makes sense.
    Malformed = 400 "malformed_request",
    /// No token, or a wrong one.
    Unauthorized = 401 "invalid_api_key",
    /// Nobody is signed in, or no longer.
    NotSignedIn = 401 "not_signed_in",
    /// Wrong address, password or code: which of them is not told.
    WrongCredentials = 401 "wrong_credentials",
    /// The second factor is asked for.
    TotpRequired = 401 "totp_required",
    /// The code of the second factor is wrong, or was used before.
    TotpWrong = 401 "totp_wrong",
    /// The token's time is over.
    TokenExpired = 401 "token_expired",
    /// The token was switched off.
    TokenDisabled = 403 "token_disabled",
    /// An administrator switched the account off.
    AccountDisabled = 403 "account_disabled",
    /// An administrator has not let the account in yet.
    AccountPending = 403 "account_pending",
    /// Another site's page asks.
    CrossSite = 403 "cross_site",
    /// Nobody may sign up.
    RegistrationClosed = 403 "registration_closed",
    /// Signing up takes an invitation, and this is none.
    InvitationRequired = 403 "invitation_required",
    /// The caller may not do this.
    Forbidden = 403 "forbidden",
    /// The session must show its password, its second factor, or the admin token that began it, once
    /// more.
    SudoRequired = 403 "sudo_required",
    /// Administrators must set up a second factor first.
    TotpSetupRequired = 403 "totp_setup_required",
    /// The token may not use this provider.
    ProviderNotAllowed = 403 "provider_not_allowed",
    /// The token may not use this model.
    ModelNotAllowed = 403 "model_not_allowed",
    /// No challenge was solved, or one for something else.
    TurnstileFailed = 403 "turnstile_failed",
    /// The token may not be used from this address.
    IpNotAllowed = 403 "ip_not_allowed",
    /// There is nothing here.
    NotFound = 404 "not_found",
    /// There is no such provider.
    UnknownProvider = 404 "unknown_provider",
    /// There is no such model.
    ModelNotFound = 404 "model_not_found",
    /// The route takes other methods.
    MethodNotAllowed = 405 "method_not_allowed",
    /// The client stopped sending.
    RequestTimeout = 408 "request_timeout",
    /// It is there already.
    Conflict = 409 "already_exists",
    /// It was done today.
    AlreadySigned = 409 "already_signed",
    /// An administrator would shut themselves out.
    OwnAccount = 409 "own_account",
    /// Something else depends on it as it is.
    InUse = 409 "in_use",
    /// The body is over the limit.
    BodyTooLarge = 413 "body_too_large",
    /// The body is of another kind than this route takes.
    UnsupportedMediaType = 415 "unsupported_media_type",
    /// Well-formed, with a value that can't be.
    InvalidValue = 422 "invalid_value",
    /// The code by mail is wrong, was used, or its time is over.
    WrongCode = 422 "wrong_code",
    /// Too many wrong codes.
    TooManyTries = 429 "too_many_tries",
    /// Too many requests from this caller.
    RateLimited = 429 "rate_limited",
    /// The token has had its requests of the minute.
    TokenRpm = 429 "token_requests_per_minute",
    /// The token has had its tokens of the minute.
    TokenTpm = 429 "token_tokens_per_minute",
    /// The token has had its requests of the day.
    TokenDailyRequests = 429 "token_daily_requests",
    /// The token has had its tokens of the day.
    TokenDailyTokens = 429 "token_daily_tokens",
    /// The token has as many requests under way as it may.
    TokenConcurrency = 429 "token_concurrency",
    /// The token's requests have as many bytes under way as one token may.
    TokenBodies = 429 "token_bodies",
    /// Every key waits for a limit to pass.
    KeysCooling = 429 "all_keys_cooling",
    /// Every key has as many requests as it may.
    KeysBusy = 429 "all_keys_busy",
    /// The upstream is limiting the keys that were tried.
    UpstreamLimited = 429 "upstream_rate_limited",
    /// The head of the request is over the limit.
    HeadTooLarge = 431 "head_too_large",
    /// A fault of the pool itself.
    Internal = 500 "internal_error",
    /// The upstream broke.
    UpstreamError = 502 "upstream_error",
    /// The provider has no keys.
    NoKeys = 503 "no_keys",
    /// No key is in rotation.
    NoHealthyKey = 503 "no_healthy_key",
    /// The operator has switched the provider off.
    ProviderDisabled = 503 "provider_disabled",
    /// The provider has moved, and no administrator has confirmed that its keys may go there.
    ProviderMoved = 503 "provider_moved",
    /// No key can use the model now.
    ModelUnavailable = 503 "model_unavailable",
    /// The circuit breaker of this model is open: the upstream keeps failing with it.
    BreakerOpen = 503 "circuit_breaker_open",
    /// The upstream is overloaded.
    UpstreamOverloaded = 503 "upstream_overloaded",
    /// The requests under way take all memory that there is for bodies.
    BodiesFull = 503 "bodies_full",
    /// The pool is busy, restarting, or without its database.
    Unavailable = 503 "unavailable",
    /// The upstream did not answer in time.
    UpstreamTimeout = 504 "upstream_timeout",
}

/// An answer that is an error, in no dialect yet.
#[derive(Debug, Clone)]
pub struct ApiError {
    /// For programs.
    pub code: ErrorCode,
    /// For people.
    pub message: Cow<'static, str>,
    /// The field it is about.
    pub param: Option<&'static str>,
    /// Come back after so many seconds.
    pub retry_after: Option<u64>,
    /// The methods that the route takes.
    pub allow: Option<&'static str>,
    /// Further headers.
    pub headers: Vec<(&'static str, String)>,
    /// The request that it answers is in the statistics already.
    pub is_counted: bool,
}

impl ApiError {
    /// An error with this code and message.
    pub fn new(code: ErrorCode, message: impl Into<Cow<'static, str>>) -> Self {
        let message = message.into();
        let headers = Vec::new();
        Self {
            code,
            message,
            param: None,
            retry_after: None,
            allow: None,
            headers,
            is_counted: false,
        }
    }

    /// About this field.
    pub fn about(mut self, param: &'static str) -> Self {
        self.param = Some(param);
        self
    }

    /// To be tried again after so many seconds.
    pub fn retry_after(mut self, secs: u64) -> Self {
        self.retry_after = Some(secs);
        self
    }

    fn response(&self) -> HttpResponseBuilder {
        let mut response = HttpResponse::build(self.code.status());
        if let Some(secs) = self.retry_after {
            response.insert_header((RETRY_AFTER, secs));
        }
        if let Some(methods) = self.allow {
            response.insert_header((ALLOW, methods));
        }
        for (name, value) in &self.headers {
            response.insert_header((*name, value.as_str()));
        }
        response
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.message)
    }
}

impl From<Unavailable> for ApiError {
    fn from(error: Unavailable) -> Self {
        Self::new(ErrorCode::Unavailable, error.to_string()).retry_after(1)
    }
}

impl From<DatabaseError> for ApiError {
    fn from(error: DatabaseError) -> Self {
        log::error!("{error}");
        Self::new(ErrorCode::Unavailable, "the database is not available").retry_after(2)
    }
}

impl From<diesel::result::Error> for ApiError {
    fn from(error: diesel::result::Error) -> Self {
        DatabaseError::from(error).into()
    }
}

impl From<crate::vault::VaultError> for ApiError {
    fn from(error: crate::vault::VaultError) -> Self {
        log::error!("{error}");
        Self::new(ErrorCode::Internal, "a stored secret can't be read or written")
    }
}

/// There is nothing of this name.
pub fn not_found(what: &'static str) -> ApiError {
    ApiError::new(ErrorCode::NotFound, format!("{what} not found"))
}

/// This field can't have this value.
pub fn invalid(param: &'static str, message: impl Into<Cow<'static, str>>) -> ApiError {
    ApiError::new(ErrorCode::InvalidValue, message).about(param)
}

/// An error in the admin API's words.
#[derive(Debug, Serialize, ToSchema)]
pub struct AdminError {
    /// For people.
    #[schema(example = "the name is missing")]
    pub error: Cow<'static, str>,
    /// For programs.
    #[schema(example = "invalid_value")]
    pub code: &'static str,
}

/// An error in OpenAI's words.
#[derive(Debug, Serialize, ToSchema)]
pub struct OpenAiError {
    /// What went wrong.
    pub error: OpenAiErrorBody,
}

/// What went wrong, in OpenAI's words.
#[derive(Debug, Serialize, ToSchema)]
pub struct OpenAiErrorBody {
    /// For people.
    pub message: Cow<'static, str>,
    /// The kind of error.
    #[serde(rename = "type")]
    #[schema(example = "invalid_request_error")]
    pub kind: &'static str,
    /// The field it is about.
    pub param: Option<&'static str>,
    /// For programs.
    #[schema(example = "invalid_value")]
    pub code: &'static str,
}

/// In OpenAI's words: `{"error":{"message","type","param","code"}}`.
#[derive(Debug)]
pub struct OpenAi(pub ApiError);

/// In the admin API's words: `{"error":"text","code":"snake_case"}`.
#[derive(Debug)]
pub struct Admin(pub ApiError);

impl<E: Into<ApiError>> From<E> for OpenAi {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl<E: Into<ApiError>> From<E> for Admin {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl fmt::Display for OpenAi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Admin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl OpenAi {
    /// The error as the body of an answer.
    pub fn body(&self) -> OpenAiError {
        let kind = match self.0.code.status().as_u16() {
            401 => "authentication_error",
            403 => "permission_error",
            429 => "rate_limit_error",
            500.. => "server_error",
            _ => "invalid_request_error",
        };
        let (message, param, code) = (self.0.message.clone(), self.0.param, self.0.code.as_str());
        OpenAiError { error: OpenAiErrorBody { message, kind, param, code } }
    }
}

impl ResponseError for OpenAi {
    fn status_code(&self) -> StatusCode {
        self.0.code.status()
    }

    fn error_response(&self) -> HttpResponse {
        self.0.response().json(self.body())
    }
}

impl ResponseError for Admin {
    fn status_code(&self) -> StatusCode {
        self.0.code.status()
    }

    fn error_response(&self) -> HttpResponse {
        let (error, code) = (self.0.message.clone(), self.0.code.as_str());
        self.0.response().json(AdminError { error, code })
    }
}
