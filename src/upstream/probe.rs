//! Asking whether a key works, without spending tokens.

use actix_web::http::header::HeaderValue;
use hyper::{Method, Uri};
use serde_json::Value;
use tokio::time::Instant;

use super::client::{Client, Request};
use super::headers;
use crate::clock::Millis;
use crate::pool::reason::Reason;
use crate::pool::verdict::{Effect, Scope, Verdict};
use crate::provider::judge::{ToldWait, judge};
use crate::provider::{Kind, Provider, WAIT_MAX_SECS, spent};

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

/// Probes a key. A provider that has moved isn't asked before that is confirmed: the question has
/// the key in it.
pub async fn probe(
    client: &Client,
    provider: &Provider,
    authorization: &HeaderValue,
    now: Millis,
) -> Answer {
    if !provider.takes_keys() {
        return Answer::of(Verdict::new(Effect::Overloaded, Reason::ProviderMoved));
    }
    let question = (provider.kind.probe().0, &provider.probe);
    let mut answer = ask(provider.kind, client, question, authorization, now).await;
    if answer.verdict.effect == Effect::Success {
        answer.verdict = spent::verdict(provider.kind, &answer.body, now);
    }
    answer
}

/// Asks a question that spends no tokens, and judges the answer.
pub(super) async fn ask(
    kind: Kind,
    client: &Client,
    (method, uri): (Method, &Uri),
    authorization: &HeaderValue,
    now: Millis,
) -> Answer {
    let request = Request::new(method, uri, Some(authorization));
    let failed = |reason| Answer::of(Verdict::new(Effect::Overloaded, reason));
    let deadline = Instant::now() + client.question_timeout();
    let response = match tokio::time::timeout_at(deadline, client.send(&request)).await {
        Ok(Ok(response)) => response,
        Ok(Err(reason)) => return failed(reason),
        Err(_) => return failed(Reason::TimedOut),
    };
    let (status, sent) = (response.status, response.headers);
    let start = response.source.start(ANSWER_MAX, deadline).await;
    let body = String::from_utf8_lossy(&start.bytes);
    if status.is_success() {
        return match serde_json::from_str(&body) {
            Ok(body) => Answer { verdict: Verdict::SUCCESS, body },
            // A page of HTML is no proof that a key works.
            Err(_) => failed(start.broken.unwrap_or(Reason::MalformedAnswer)),
        };
    }
    let told = ToldWait::from_headers(|name| headers::text(&sent, name), WAIT_MAX_SECS);
    let verdict = match judge(kind, status.as_u16(), told, &body, now) {
        // The probe's own address is unknown there (a server of one's own has no balance), or the
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
            effect:
                Effect::Cool {
                    scope: Scope::ProviderModel | Scope::AccountModel | Scope::KeyModel, ..
                },
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
