//! The HTTP status that each string code of an error stands for, as tables. An error inside a 200
//! is judged as the answer that it should have been.

use super::Kind;
use super::error_body::ErrorBody;

type Code = (&'static str, u16);

/// Ollama's `api_error` is every error but 400 and 404: its words decide, so it isn't here.
static OLLAMA: [Code; 0] = [];

/// `error_type` in OpenRouter's metadata.
static OPENROUTER: [Code; 17] = [
    ("authentication", 401),
    ("payment_required", 402),
    ("not_found", 404),
    ("precondition_failed", 412),
    ("unprocessable", 422),
    ("invalid_prompt", 400),
    ("max_tokens_exceeded", 400),
    ("token_limit_exceeded", 400),
    ("string_too_long", 400),
    ("image_too_large", 400),
    ("image_too_small", 400),
    ("unsupported_image_format", 400),
    ("image_not_found", 400),
    ("image_download_failed", 400),
    ("provider_overloaded", 503),
    ("provider_unavailable", 502),
    ("server", 500),
];

/// What OpenAI-compatible services say beside what all say: Groq, DeepSeek, Google, Azure, Moonshot.
static OPENAI: [Code; 17] = [
    ("json_validate_failed", 400),
    ("tool_use_failed", 400),
    ("failed_precondition", 400),
    ("out_of_range", 400),
    ("responsibleaipolicyviolation", 400),
    ("data_inspection_failed", 400),
    ("unauthenticated", 401),
    ("invalid_authentication_error", 401),
    ("insufficient_balance", 402),
    ("billing_error", 402),
    ("model_not_active", 404),
    ("exceeded_current_quota_error", 429),
    ("resource_exhausted", 429),
    ("internal", 500),
    ("unavailable", 503),
    ("engine_overloaded_error", 503),
    ("deadline_exceeded", 504),
];

/// What holds for every upstream whose own table has no line for it.
static COMMON: [Code; 43] = [
    ("invalid_request_error", 400),
    ("invalid_request", 400),
    ("bad_request", 400),
    ("invalid_argument", 400),
    ("invalid_value", 400),
    ("invalid_type", 400),
    ("invalid_image", 400),
    ("missing_required_parameter", 400),
    ("unknown_parameter", 400),
    ("unsupported_parameter", 400),
    ("unsupported_value", 400),
    ("string_above_max_length", 400),
    ("context_length_exceeded", 400),
    ("content_filter", 400),
    ("content_policy_violation", 400),
    ("refusal", 400),
    ("invalid_api_key", 401),
    ("incorrect_api_key", 401),
    ("api_key_invalid", 401),
    ("account_deactivated", 401),
    ("authentication_error", 401),
    ("unauthorized", 401),
    ("insufficient_credits", 402),
    ("permission_error", 403),
    ("permission_denied", 403),
    ("model_permission_blocked", 403),
    ("model_permission_blocked_org", 403),
    ("model_permission_blocked_project", 403),
    ("model_not_found", 404),
    ("not_found_error", 404),
    ("request_too_large", 413),
    ("payload_too_large", 413),
    ("insufficient_quota", 429),
    ("billing_hard_limit_reached", 429),
    ("billing_not_active", 429),
    ("rate_limit_exceeded", 429),
    ("rate_limit_error", 429),
    ("too_many_requests", 429),
    ("server_error", 500),
    ("internal_server_error", 500),
    ("overloaded_error", 503),
    ("service_unavailable", 503),
    ("timeout", 504),
];

/// The status that this error's codes stand for, if a table knows one of them.
pub fn status(kind: Kind, error: &ErrorBody) -> Option<u16> {
    let own: &[Code] = match kind {
        Kind::Ollama => &OLLAMA,
        Kind::OpenRouter => &OPENROUTER,
        Kind::OpenAi => &OPENAI,
    };
    error.codes().find_map(|code| {
        let mut lines = own.iter().chain(&COMMON);
        lines.find(|(known, _)| *known == code).map(|(_, status)| *status)
    })
}
