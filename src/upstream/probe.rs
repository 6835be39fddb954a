//! Asking whether a key works, without spending tokens.

use std::time::Duration;

use awc::ClientRequest;
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
use crate::provider::recovery::Recovery;
use crate::provider::{Kind, Provider};

/// A probe is a small question: an upstream that takes longer says nothing about the key.
pub const TIMEOUT: Duration = Duration::from_secs(15);

/// The most of an answer: where a probe asks for the catalogue, the longest known have a megabyte.
const ANSWER_MAX: usize = 4 << 20;

/// What an upstream says about a key: the answer in full when it is a good one.
#[derive(Debug)]
pub struct Answer {
    /// Success, or what the key's refusal means; `Overloaded` when the upstream could not be
    /// asked, which says nothing about the key.
    pub verdict: Verdict,
    /// The answer's JSON; null when it is none.
    pub body: Value,
}

/// Probes a key.
pub async fn probe(
    client: &Client,
    provider: &Provider,
    authorization: &HeaderValue,
    now: Millis,
) -> Answer {
    let request = client.request(provider.kind.probe().0, provider.probe.clone());
    let mut answer = ask(provider.kind, request, authorization, now).await;
    if answer.verdict.effect == Effect::Success {
        answer.verdict = limits(provider.kind, &answer.body, now);
    }
    answer
}

/// Asks a question that spends no tokens, and judges the answer.
pub(super) async fn ask(
    kind: Kind,
    request: ClientRequest,
    authorization: &HeaderValue,
    now: Millis,
) -> Answer {
    let request = request.no_decompress().insert_header((AUTHORIZATION, authorization.clone()));
    let failed = |reason| Answer::of(Verdict::new(Effect::Overloaded, reason));
    let response = match tokio::time::timeout(TIMEOUT, request.send()).await {
        Ok(Ok(response)) => response,
        Ok(Err(error)) => return failed(reason(&error)),
        Err(_) => return failed(Reason::TimedOut),
    };
    let (status, sent) = (response.status(), response.headers().clone());
    let body = Source::new(response).start(ANSWER_MAX, TIMEOUT).await;
    let body = String::from_utf8_lossy(&body);
    if status.is_success() {
        return match serde_json::from_str(&body) {
            Ok(body) => Answer { verdict: Verdict::SUCCESS, body },
            // A page of HTML is no proof that a key works.
            Err(_) => failed(Reason::MalformedAnswer),
        };
    }
    let told = ToldWait {
        retry_after: headers::text(&sent, "retry-after"),
        rate_limit_reset: headers::text(&sent, "x-ratelimit-reset"),
    };
    let verdict = match judge(kind, status.as_u16(), told, &body, now) {
        // The probe's own address is unknown there (Ollama's usage API is undocumented), or the
        // question was asked too often: neither speaks against the key.
        verdict if matches!(verdict.effect, Effect::Neutral) => {
            Verdict::new(Effect::Overloaded, verdict.reason)
        }
        Verdict { reason: Reason::Forbidden, .. } => {
            Verdict::new(Effect::Overloaded, Reason::Forbidden)
        }
        Verdict { reason: Reason::ConcurrencyLimit | Reason::RateLimited, .. } => {
            Verdict::new(Effect::Overloaded, Reason::RateLimited)
        }
        // So was the provider: that says nothing about the key either.
        Verdict {
            effect: Effect::Cool { scope: Scope::ProviderModel | Scope::KeyModel, .. },
            reason,
        } => Verdict::new(Effect::Overloaded, reason),
        verdict => verdict,
    };
    Answer::of(verdict)
}

impl Answer {
    fn of(verdict: Verdict) -> Self {
        Self { verdict, body: Value::Null }
    }
}

/// A limit this far spent counts as spent: a key let back for its last few requests would only fail
/// at the first large one.
const SPENT: f64 = 0.98;

/// Ollama tells how much of each limit is spent, 0 to 1.
fn limits(kind: Kind, answer: &Value, now: Millis) -> Verdict {
    if kind != Kind::Ollama {
        return Verdict::SUCCESS;
    }
    let spent = |limit: &str| {
        let usage = answer.pointer(&format!("/limits/{limit}/usage"));
        usage.and_then(Value::as_f64).is_some_and(|usage| usage >= SPENT)
    };
    let known = [
        ("monthly", Recovery::After(3_600), Reason::MonthlyLimit),
        ("weekly", Recovery::NextMonday, Reason::WeeklyLimit),
        ("session", Recovery::SessionWindow, Reason::SessionLimit),
    ];
    match known.into_iter().find(|(limit, ..)| spent(limit)) {
        Some((_, recovery, reason)) => {
            let until = recovery.until(now);
            Verdict::new(Effect::Cool { scope: Scope::Account, until }, reason)
        }
        None => Verdict::SUCCESS,
    }
}
