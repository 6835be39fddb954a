//! Asking whether a key works, without spending tokens.

use std::time::Duration;

use awc::http::header::{AUTHORIZATION, HeaderValue};
use serde_json::Value;

use super::attempt::reason;
use super::client::Client;
use super::headers;
use super::read::Source;
use crate::clock::Millis;
use crate::pool::reason::Reason;
use crate::pool::verdict::{Effect, Scope, Verdict};
use crate::provider::judge::{ToldWait, judge};
use crate::provider::{Kind, Provider};

/// A probe is a small question: an upstream that takes longer says nothing about the key.
pub const TIMEOUT: Duration = Duration::from_secs(15);

const ANSWER_MAX: usize = 64 << 10;

/// Probes a key. Success, or what its refusal means; `Overloaded` when the upstream could not be
/// asked, which says nothing about the key.
pub async fn probe(
    client: &Client,
    provider: &Provider,
    authorization: &HeaderValue,
    now: Millis,
) -> Verdict {
    let request = client
        .request(provider.kind.probe().0, provider.probe.clone())
        .no_decompress()
        .insert_header((AUTHORIZATION, authorization.clone()));
    let response = match tokio::time::timeout(TIMEOUT, request.send()).await {
        Ok(Ok(response)) => response,
        Ok(Err(error)) => return Verdict::new(Effect::Overloaded, reason(&error)),
        Err(_) => return Verdict::new(Effect::Overloaded, Reason::TimedOut),
    };
    let (status, sent) = (response.status(), response.headers().clone());
    let body = Source::new(response).start(ANSWER_MAX, TIMEOUT).await;
    let body = String::from_utf8_lossy(&body);
    if status.is_success() {
        return limits(provider.kind, &body, now).unwrap_or(Verdict::SUCCESS);
    }
    let told = ToldWait {
        retry_after: headers::text(&sent, "retry-after"),
        rate_limit_reset: headers::text(&sent, "x-ratelimit-reset"),
    };
    match judge(provider.kind, status.as_u16(), told, &body, now) {
        // The probe's own address is unknown there (Ollama's usage API is undocumented), or the
        // question was asked too often: neither speaks against the key.
        verdict if matches!(verdict.effect, Effect::Neutral) => {
            Verdict::new(Effect::Overloaded, verdict.reason)
        }
        Verdict { reason: Reason::ConcurrencyLimit | Reason::RateLimited, .. } => {
            Verdict::new(Effect::Overloaded, Reason::RateLimited)
        }
        verdict => verdict,
    }
}

/// Ollama tells how much of each limit is spent, 0 to 1.
fn limits(kind: Kind, body: &str, now: Millis) -> Option<Verdict> {
    use crate::provider::recovery::Recovery;
    if kind != Kind::Ollama {
        return None;
    }
    let json: Value = serde_json::from_str(body).ok()?;
    let spent = |limit: &str| {
        let usage = json.pointer(&format!("/limits/{limit}/usage"));
        usage.and_then(Value::as_f64).is_some_and(|usage| usage >= 1.0)
    };
    let cool = |recovery: Recovery, reason| {
        let until = recovery.until(now);
        Some(Verdict::new(Effect::Cool { scope: Scope::Account, until }, reason))
    };
    if spent("monthly") {
        return cool(Recovery::After(3_600), Reason::MonthlyLimit);
    }
    if spent("weekly") {
        return cool(Recovery::NextMonday, Reason::WeeklyLimit);
    }
    if spent("session") {
        return cool(Recovery::SessionWindow, Reason::SessionLimit);
    }
    None
}
