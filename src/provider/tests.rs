//! What the upstreams' answers mean, in the words that they use.

use super::Kind;
use super::judge::{ToldWait, judge, judge_inside};
use crate::clock::Millis;
use crate::pool::reason::Reason;
use crate::pool::verdict::{Effect, Scope, Until, Verdict};

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
        Verdict::new(cool(Scope::KeyModel, day), Reason::PlanLacksModel)
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
        let told = ToldWait { retry_after, rate_limit_reset };
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
    assert_eq!(wait(Some("99999999999"), None, ""), 32 * 86_400);
    // Nonsense, and moments that are over, are no wait.
    for odd in ["-5", "soon", "NaN", "0", "Thu, 19 Nov 2020 10:01:00 GMT"] {
        let told = ToldWait { retry_after: Some(odd), rate_limit_reset: None };
        let effect = judge(Kind::OpenAi, 429, told, "", NOW).effect;
        assert_eq!(effect, cool(Scope::Key, Until::Backoff), "{odd}");
    }
}

#[test]
fn an_error_inside_a_200_is_judged_by_its_code() {
    let inside = |error: &str| judge_inside(Kind::OpenRouter, error, NOW).effect;
    assert_eq!(inside(r#"{"code":401,"message":"x"}"#), Effect::Strike);
    assert_eq!(inside(r#"{"code":"502","message":"x"}"#), Effect::Overloaded);
    assert_eq!(inside(r#"{"code":400,"message":"x"}"#), Effect::Neutral);
    assert_eq!(inside(r#""text only""#), Effect::Overloaded);
}

proptest::proptest! {
    /// No text makes it panic, and no wait lies in the past or beyond the bound.
    #[test]
    fn any_words_are_judged(status in 300_u16..600, header in ".{0,20}", body in "(\\PC|try again in |[0-9.]|[smhd]){0,60}") {
        for kind in [Kind::Ollama, Kind::OpenRouter, Kind::OpenAi] {
            let told = ToldWait { retry_after: Some(&header), rate_limit_reset: Some(&header) };
            if let Effect::Cool { until: Until::At(at), .. } = judge(kind, status, told, &body, NOW).effect {
                proptest::prop_assert!(at > NOW && at <= NOW.plus_secs(32 * 86_400));
            }
        }
    }
}
