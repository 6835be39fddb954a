//! What errors inside a 200 mean.

use super::{NOW, cool};
use crate::pool::reason::Reason;
use crate::pool::verdict::{Effect, Scope, Until, Verdict};
use crate::provider::judge::{judge_inside, status_inside};
use crate::provider::{Kind, WAIT_MAX_SECS};

#[test]
fn an_error_inside_a_200_is_judged_by_its_code() {
    let inside = |error: &str| judge_inside(Kind::OpenRouter, error, WAIT_MAX_SECS, NOW).effect;
    assert_eq!(inside(r#"{"code":401,"message":"x"}"#), Effect::Strike);
    assert_eq!(inside(r#"{"code":"502","message":"x"}"#), Effect::Overloaded);
    assert_eq!(inside(r#"{"code":400,"message":"x"}"#), Effect::Neutral);
    assert_eq!(inside(r#""text only""#), Effect::Overloaded);
}

/// Errors inside a 200 by their string codes and types: the status that each should have had.
const INSIDE: [(Kind, &str, u16, Reason); 22] = [
    (Kind::OpenAi, r#"{"code":"context_length_exceeded"}"#, 400, Reason::BadRequest),
    (Kind::OpenAi, r#"{"type":"invalid_request_error","code":null}"#, 400, Reason::BadRequest),
    (Kind::OpenAi, r#"{"type":"invalid_request_error","code":"?"}"#, 400, Reason::BadRequest),
    (Kind::OpenAi, r#"{"code":"content_filter"}"#, 400, Reason::BadRequest),
    (Kind::OpenAi, r#"{"code":"content_policy_violation"}"#, 400, Reason::BadRequest),
    (Kind::OpenAi, r#"{"type":"request_too_large"}"#, 413, Reason::BadRequest),
    (Kind::OpenAi, r#"{"code":"model_not_found"}"#, 404, Reason::ModelNotFound),
    (Kind::OpenAi, r#"{"type":"not_found_error"}"#, 404, Reason::ModelNotFound),
    // The code says more than the type.
    (
        Kind::OpenAi,
        r#"{"type":"invalid_request_error","code":"invalid_api_key"}"#,
        401,
        Reason::Unauthorized,
    ),
    (Kind::OpenAi, r#"{"type":"authentication_error"}"#, 401, Reason::Unauthorized),
    (Kind::OpenAi, r#"{"type":"permission_error"}"#, 403, Reason::Forbidden),
    (Kind::OpenAi, r#"{"status":"PERMISSION_DENIED"}"#, 403, Reason::PlanLacksModel),
    (Kind::OpenAi, r#"{"type":"tokens","code":"rate_limit_exceeded"}"#, 429, Reason::RateLimited),
    (Kind::OpenAi, r#"{"type":"insufficient_quota"}"#, 429, Reason::OutOfCredit),
    (Kind::OpenAi, r#"{"type":"server_error"}"#, 500, Reason::UpstreamError),
    (Kind::OpenAi, r#"{"type":"overloaded_error"}"#, 503, Reason::Overloaded),
    (Kind::OpenAi, r#"{"message":"API key not valid. Do"}"#, 400, Reason::Unauthorized),
    (
        Kind::OpenRouter,
        r#"{"metadata":{"error_type":"provider_overloaded"}}"#,
        503,
        Reason::Overloaded,
    ),
    (
        Kind::OpenRouter,
        r#"{"code":402,"metadata":{"limit_source":"openrouter_in_flight_budget"}}"#,
        402,
        Reason::ConcurrencyLimit,
    ),
    (Kind::Ollama, r#"{"type":"not_found_error"}"#, 404, Reason::ModelNotFound),
    // There every error but two has this type: words decide.
    (
        Kind::Ollama,
        r#"{"type":"api_error","message":"you have reached your weekly usage limit"}"#,
        429,
        Reason::WeeklyLimit,
    ),
    (Kind::Ollama, r#""this model requires a subscription""#, 403, Reason::PlanLacksModel),
];

#[test]
fn an_error_inside_a_200_is_judged_by_its_string_codes() {
    for (kind, error, status, reason) in INSIDE {
        assert_eq!(status_inside(kind, error), Some(status), "{kind:?} {error}");
        let verdict = judge_inside(kind, error, WAIT_MAX_SECS, NOW);
        assert_eq!(verdict.reason, reason, "{kind:?} {error}");
    }
    for error in [r#"{"type":"api_error","message":"oops"}"#, r#"{"code":"?"}"#, "true", "not JSON"]
    {
        let verdict = judge_inside(Kind::Ollama, error, WAIT_MAX_SECS, NOW);
        assert_eq!(verdict, Verdict::new(Effect::Overloaded, Reason::ErrorInside), "{error}");
    }
    let wait = r#"{"code":"rate_limit_exceeded","message":"Please try again in 1d"}"#;
    let until = cool(Scope::Key, Until::At(NOW.plus_secs(60)));
    assert_eq!(judge_inside(Kind::OpenAi, wait, 60, NOW).effect, until, "the operator's bound");
}
