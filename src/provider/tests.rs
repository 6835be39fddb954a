//! What the upstreams' answers mean, in the words that they use.

use super::judge::{ToldWait, judge};
use super::{Kind, WAIT_MAX_SECS};
use crate::clock::Millis;
use crate::pool::reason::Reason;
use crate::pool::verdict::{Effect, Scope, Until, Verdict};

mod inside;
mod spent;

/// Thursday, 2026-11-19 10:00:00 UTC.
const NOW: Millis = Millis(1_795_082_400_000);

fn said(kind: Kind, status: u16, body: &str) -> Verdict {
    judge(kind, status, ToldWait::default(), body, NOW)
}

fn cool(scope: Scope, until: Until) -> Effect {
    Effect::Cool { scope, until }
}

fn openai_error(message: &str) -> String {
    format!(r#"{{"error":{{"message":"{message}","type":"t","param":null,"code":null}}}}"#)
}

#[test]
fn ollama_tells_limits_in_words() {
    let body = openai_error("you (me) have reached your session usage limit, upgrade for higher");
    let window_end = Until::At(Millis((1_795_082_400 / 18_000 + 1) * 18_000_000));
    assert_eq!(
        said(Kind::Ollama, 429, &body),
        Verdict::new(cool(Scope::Account, window_end), Reason::SessionLimit)
    );

    let body = openai_error("you have reached your Weekly Usage Limit");
    let monday = chrono::NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
    let monday = Until::At(Millis::from(monday.and_time(chrono::NaiveTime::MIN)));
    assert_eq!(said(Kind::Ollama, 429, &body).effect, cool(Scope::Account, monday));

    let body = openai_error("timed out waiting for a concurrent request slot");
    assert_eq!(
        said(Kind::Ollama, 429, &body),
        Verdict::new(cool(Scope::Account, Until::Backoff), Reason::ConcurrencyLimit)
    );
}

#[test]
fn ollama_tells_plans_from_keys() {
    let body = r#"{"error":"this model requires a subscription, upgrade for access: https://x"}"#;
    let day = Until::At(NOW.plus_secs(86_400));
    assert_eq!(
        said(Kind::Ollama, 403, body),
        Verdict::new(cool(Scope::AccountModel, day), Reason::PlanLacksModel)
    );
    assert_eq!(said(Kind::Ollama, 401, "unauthorized").effect, Effect::Reject);
    assert_eq!(said(Kind::Ollama, 403, "no").effect, Effect::Strike);
}

#[test]
fn the_requests_own_faults_blame_no_key() {
    for kind in [Kind::Ollama, Kind::OpenRouter, Kind::OpenAi] {
        for status in [400, 404, 405, 409, 413, 415, 422] {
            let verdict = said(kind, status, &openai_error("no"));
            assert_eq!(verdict.effect, Effect::Neutral, "{kind:?} {status}");
            assert!(!verdict.is_worth_retrying());
        }
    }
}

#[test]
fn outages_are_the_providers() {
    for kind in [Kind::Ollama, Kind::OpenRouter, Kind::OpenAi] {
        for status in [408, 500, 502, 503, 504, 529] {
            assert_eq!(said(kind, status, "").effect, Effect::Overloaded, "{kind:?} {status}");
        }
    }
}

#[test]
fn openrouter_tells_its_providers_from_accounts() {
    let body = r#"{"error":{"code":429,"message":"Provider returned error","metadata":{"provider_name":"X"}}}"#;
    assert_eq!(
        said(Kind::OpenRouter, 429, body),
        Verdict::new(cool(Scope::ProviderModel, Until::Backoff), Reason::ModelRateLimited)
    );
    let reset = NOW.plus_secs(77);
    let body = format!(
        r#"{{"error":{{"message":"Rate limit exceeded","code":429,"metadata":{{"headers":{{"X-RateLimit-Reset":"{}"}}}}}}}}"#,
        reset.0
    );
    assert_eq!(
        said(Kind::OpenRouter, 429, &body),
        Verdict::new(cool(Scope::Account, Until::At(reset)), Reason::RateLimited)
    );
    assert_eq!(said(Kind::OpenRouter, 403, "flagged by moderation").effect, Effect::Neutral);
    assert_eq!(said(Kind::OpenRouter, 403, "no permission").effect, Effect::Strike);
    let hour = Until::At(NOW.plus_secs(3600));
    assert_eq!(said(Kind::OpenRouter, 402, "").effect, cool(Scope::Account, hour));
}

#[test]
fn a_told_wait_is_honoured_wherever_it_stands() {
    let wait = |retry_after, rate_limit_reset, body: &str| {
        let told = ToldWait { retry_after, rate_limit_reset, ..ToldWait::default() };
        match judge(Kind::OpenAi, 429, told, body, NOW).effect {
            Effect::Cool { scope: Scope::Key, until: Until::At(at) } => (at.0 - NOW.0) / 1000,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(wait(Some("17"), None, ""), 17);
    assert_eq!(wait(Some("Thu, 19 Nov 2026 10:01:00 GMT"), None, ""), 60);
    assert_eq!(wait(None, Some("1795082430000"), ""), 30);
    assert_eq!(wait(None, Some("1795082430"), ""), 30);
    assert_eq!(wait(None, None, "Please try again in 20s."), 20);
    assert_eq!(wait(None, None, "Please try again in 1m6.5s. Visit"), 66);
    assert_eq!(wait(None, None, "try again in 2 minutes"), 120);
    assert_eq!(wait(None, Some("30"), ""), 30);
    assert_eq!(wait(None, None, "Quota exceeded. Please retry in 28.61s."), 28);
    let google = r#"[{"error":{"code":429,"details":[{"retryDelay":"41s"}]}}]"#;
    assert_eq!(wait(None, None, google), 41);
    assert_eq!(wait(Some("99999999999"), None, ""), WAIT_MAX_SECS);
    // Nonsense, and moments that are over, are no wait.
    for odd in ["-5", "soon", "NaN", "0", "Thu, 19 Nov 2020 10:01:00 GMT"] {
        let told = ToldWait { retry_after: Some(odd), ..ToldWait::default() };
        let effect = judge(Kind::OpenAi, 429, told, "", NOW).effect;
        assert_eq!(effect, cool(Scope::Key, Until::Backoff), "{odd}");
    }
}

#[test]
fn waits_in_milliseconds_and_of_windows_count() {
    let wait = |status, told: ToldWait<'_>| match judge(Kind::OpenAi, status, told, "", NOW).effect
    {
        Effect::Cool { until: Until::At(at), .. } => Some(at.0 - NOW.0),
        _ => None,
    };
    let none = ToldWait::default();
    let ms = ToldWait { retry_after_ms: Some("250"), retry_after: Some("9"), ..none };
    assert_eq!(wait(429, ms), Some(250));
    let windows = ToldWait { reset_requests: Some("20ms"), reset_tokens: Some("6m0s"), ..none };
    assert_eq!(wait(429, windows), Some(360_000), "the later of the two");
    assert_eq!(wait(429, ToldWait { retry_after: Some("1"), ..windows }), Some(1_000));
    assert_eq!(wait(503, windows), None, "good answers have those headers, too");
    let overloaded = ToldWait { retry_after: Some("1"), ..windows };
    assert_eq!(wait(503, overloaded), None, "one request's failure takes no model from everybody");
    let odd = ToldWait { reset_requests: Some("soon"), reset_tokens: Some("0s"), ..none };
    assert_eq!(wait(429, odd), None);
    let bounded = ToldWait { retry_after: Some("86400"), max_secs: 60, ..none };
    assert_eq!(wait(429, bounded), Some(60_000), "the operator's bound");
}

#[test]
fn ollama_tells_slots_and_models_that_are_not_paid_for() {
    let busy = cool(Scope::Account, Until::Backoff);
    for words in ["timed out waiting for a concurrent request slot", "too many concurrent requests"]
    {
        let verdict = Verdict::new(busy, Reason::ConcurrencyLimit);
        assert_eq!(said(Kind::Ollama, 429, &openai_error(words)), verdict, "{words}");
    }
    for words in ["", "Too many requests"] {
        let verdict = Verdict::new(busy, Reason::RateLimited);
        assert_eq!(said(Kind::Ollama, 429, words), verdict, "{words}");
    }
    let day = Until::At(NOW.plus_secs(86_400));
    for words in [
        "this model is not included in your free usage, upgrade at https://x",
        "this model uses extra usage only and your balance is empty",
    ] {
        let verdict = Verdict::new(cool(Scope::AccountModel, day), Reason::PlanLacksModel);
        let body = format!(r#"{{"error":"{words}"}}"#);
        assert_eq!(said(Kind::Ollama, 402, &body), verdict, "{words}");
    }
    let broke = said(Kind::Ollama, 402, r#"{"error":"payment required"}"#);
    assert_eq!(broke.reason, Reason::OutOfCredit);
    assert!(matches!(broke.effect, Effect::Cool { scope: Scope::Account, .. }));
}

#[test]
fn a_quota_that_is_gone_is_not_back_in_seconds() {
    let body = r#"{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","code":"insufficient_quota"}}"#;
    let told = |retry_after| ToldWait { retry_after, ..ToldWait::default() };
    let until = |secs| cool(Scope::Account, Until::At(NOW.plus_secs(secs)));
    for (retry_after, secs) in [(None, 3_600), (Some("2"), 3_600), (Some("7200"), 7_200)] {
        let verdict = judge(Kind::OpenAi, 429, told(retry_after), body, NOW);
        assert_eq!(verdict, Verdict::new(until(secs), Reason::OutOfCredit), "{retry_after:?}");
    }
}

#[test]
fn openrouter_tells_a_keys_limit_from_the_accounts_money() {
    let day = |year, month, day| {
        let date = chrono::NaiveDate::from_ymd_opt(year, month, day).unwrap();
        Until::At(Millis::from(date.and_time(chrono::NaiveTime::MIN)))
    };
    let hour = Until::At(NOW.plus_secs(3_600));
    for (words, until) in [
        ("Key limit exceeded (daily limit). Manage it at x", day(2026, 11, 20)),
        ("Key limit exceeded (weekly limit). Manage it at x", day(2026, 11, 23)),
        ("Key limit exceeded (monthly limit). Manage it at x", day(2026, 12, 1)),
        ("Key limit exceeded (total limit). Manage it at x", hour),
        ("Key limit exceeded. Manage it at x", hour),
    ] {
        let verdict = Verdict::new(cool(Scope::Key, until), Reason::KeyLimit);
        assert_eq!(said(Kind::OpenRouter, 403, &openai_error(words)), verdict, "{words}");
    }
    let flagged = r#"{"error":{"code":403,"message":"Your chosen model requires moderation and your input was flagged","metadata":{"flagged_input":"key limit exceeded (monthly limit)"}}}"#;
    let verdict = Verdict::new(Effect::Neutral, Reason::BadRequest);
    assert_eq!(said(Kind::OpenRouter, 403, flagged), verdict, "the client's own words");
    let body = r#"{"error":{"message":"This request would exceed your available credits given your current in-flight requests","code":402,
        "metadata":{"reason":"in_flight_budget_exhausted","limit_source":"openrouter_in_flight_budget"HEADERS}}}"#;
    let wait = body.replace("HEADERS", r#","headers":{"Retry-After":"120"}"#);
    for (body, until) in
        [(body.replace("HEADERS", ""), Until::Backoff), (wait, Until::At(NOW.plus_secs(120)))]
    {
        let verdict = Verdict::new(cool(Scope::Account, until), Reason::ConcurrencyLimit);
        assert_eq!(said(Kind::OpenRouter, 402, &body), verdict);
    }
}

#[test]
fn string_codes_refine_a_status() {
    let coded =
        |code: &str| format!(r#"{{"error":{{"message":"no","type":"t","code":"{code}"}}}}"#);
    let google = r#"[{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT","details":[{"reason":"API_KEY_INVALID"}]}}]"#;
    let xai = r#"{"code":"Client specified an invalid argument","error":"Incorrect API key provided: xa***"}"#;
    let day = cool(Scope::KeyModel, Until::At(NOW.plus_secs(86_400)));
    for kind in [Kind::OpenAi, Kind::OpenRouter, Kind::Ollama] {
        for body in [google, xai, &coded("invalid_api_key")] {
            let verdict = Verdict::new(Effect::Strike, Reason::Unauthorized);
            assert_eq!(said(kind, 400, body), verdict, "{kind:?} {body}");
        }
        for words in [
            "Permission denied: Consumer 'api_key:x' has been suspended.",
            "Generative Language API has not been used in project 1 before or it is disabled.",
            "This API method requires billing to be enabled.",
        ] {
            let error =
                format!(r#"{{"code":403,"message":"{words}","status":"PERMISSION_DENIED"}}"#);
            let verdict = Verdict::new(Effect::Strike, Reason::Forbidden);
            assert_eq!(said(kind, 403, &format!(r#"{{"error":{error}}}"#)), verdict, "{words}");
        }
        for (status, code) in [
            (401, "permission_denied"),
            (403, "PERMISSION_DENIED"),
            (403, "model_not_found"),
            (403, "model_permission_blocked_org"),
            (403, "model_permission_blocked"),
        ] {
            let verdict = Verdict::new(day, Reason::PlanLacksModel);
            assert_eq!(said(kind, status, &coded(code)), verdict, "{kind:?} {status} {code}");
        }
        for (status, code) in [
            (403, "content_policy_violation"),
            (500, "content_filter"),
            (500, "context_length_exceeded"),
        ] {
            let verdict = Verdict::new(Effect::Neutral, Reason::BadRequest);
            assert_eq!(said(kind, status, &coded(code)), verdict, "{kind:?} {status} {code}");
        }
        let unknown = said(kind, 400, &coded("model_not_found"));
        assert_eq!(unknown, Verdict::new(Effect::Neutral, Reason::ModelNotFound));
    }
}

#[test]
fn a_clients_own_words_in_a_refusal_blame_no_key() {
    // Errors repeat what was wrong: only how the message begins is the upstream's.
    for words in ["API key not valid", "invalid_api_key", "insufficient_quota"] {
        let body = openai_error(&format!("Invalid value: '{words}'"));
        let verdict = said(Kind::OpenAi, 400, &body);
        assert_eq!(verdict, Verdict::new(Effect::Neutral, Reason::BadRequest), "{words}");
    }
}

proptest::proptest! {
    /// No text makes it panic, and no wait lies in the past or beyond the bound.
    #[test]
    fn any_words_are_judged(status in 300_u16..600, header in ".{0,20}", body in "(\\PC|try again in |[0-9.]|[smhd]){0,60}") {
        for kind in [Kind::Ollama, Kind::OpenRouter, Kind::OpenAi] {
            let told = ToldWait::from_headers(|_| Some(&header), WAIT_MAX_SECS);
            if let Effect::Cool { until: Until::At(at), .. } = judge(kind, status, told, &body, NOW).effect {
                proptest::prop_assert!(at > NOW && at <= NOW.plus_secs(32 * 86_400));
            }
        }
    }
}
