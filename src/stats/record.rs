//! One finished request.

use std::borrow::Cow;
use std::sync::Arc;

use actix_web::http::header::HeaderValue;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::clock::Millis;
use crate::error::ApiError;
use crate::pool::key::KeyId;
use crate::pool::verdict::{Effect, Verdict};
use crate::upstream::said::{MESSAGE_MAX, Said, shortened};

/// How a request ended, as its client saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// A complete answer.
    Success,
    /// Keys were tried, and the client got an error, or an answer that broke off.
    Failure,
    /// The client left before the end: nobody's failure.
    Cancelled,
    /// The upstream found fault with the request and answered 4xx: its client's failure.
    ClientError,
    /// The pool turned it away before any key was tried: by a limit, for want of a key, …
    Refused,
}

impl Outcome {
    /// The name in columns and answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Cancelled => "cancelled",
            Self::ClientError => "client_error",
            Self::Refused => "refused",
        }
    }
}

/// What one attempt says about its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttemptResult {
    /// The key served.
    Success,
    /// The key, its account or its provider failed.
    Failure,
    /// Nothing was learned: the request's own fault, or the client left.
    Neutral,
}

/// The pool's own error, as the client was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToldError {
    /// For programs: one of the closed set of [`ErrorCode`](crate::error::ErrorCode).
    pub code: Cow<'static, str>,
    /// For people.
    pub message: Cow<'static, str>,
}

impl From<&ApiError> for ToldError {
    fn from(error: &ApiError) -> Self {
        let message = match &error.message {
            Cow::Borrowed(text) => Cow::Borrowed(*text),
            Cow::Owned(text) => Cow::Owned(shortened(text, MESSAGE_MAX)),
        };
        Self { code: Cow::Borrowed(error.code.as_str()), message }
    }
}

/// Tokens as the upstream counted them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens {
    /// Of the prompt.
    pub prompt: i64,
    /// Of the answer.
    pub completion: i64,
}

/// One key's try at a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// At which upstream, by its id.
    pub provider: Arc<str>,
    /// For which model, under the upstream's name; empty when it knows no such model.
    #[serde(default)]
    pub model: Arc<str>,
    /// With which key.
    pub key: KeyId,
    /// What it came to.
    pub verdict: Verdict,
    /// The upstream's status; 0 when it gave none.
    pub status: u16,
    /// How long the request had waited for the key.
    pub wait_ms: i64,
    /// From the lease of the key to the first byte for the client, if it came to that.
    pub ttft_ms: Option<i64>,
    /// From the lease of the key to the attempt's end.
    pub duration_ms: i64,
    /// The upstream's own words, where it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said: Option<Box<Said>>,
}

impl Attempt {
    /// What it says about its key.
    pub fn result(&self) -> AttemptResult {
        match self.verdict.effect {
            Effect::Success => AttemptResult::Success,
            Effect::Neutral => AttemptResult::Neutral,
            _ => AttemptResult::Failure,
        }
    }
}

/// A finished request, to be counted once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Which upstream, by its id; empty when none is meant that there is.
    pub provider: Arc<str>,
    /// The model, under the upstream's name; empty when the upstream knows no such model.
    pub model: Arc<str>,
    /// The model, as the client named it: maybe an alias.
    #[serde(default)]
    pub asked: Arc<str>,
    /// Which client token; 0 when it isn't known.
    pub token: i64,
    /// The id that its answer carries.
    #[serde(serialize_with = "as_text", deserialize_with = "from_text")]
    pub request_id: HeaderValue,
    /// The client asked for a stream.
    pub stream: bool,
    /// What the response cache had to do with it: `HIT`, `MISS` or `BYPASS`.
    pub cache: Cow<'static, str>,
    /// When it came.
    pub at: Millis,
    /// How it ended.
    pub outcome: Outcome,
    /// The status that the client saw, or that fits what it saw.
    pub status: u16,
    /// From its arrival to its end.
    pub latency_ms: i64,
    /// From its arrival to the first byte of the answer.
    pub ttft_ms: i64,
    /// As the upstream counted them.
    pub tokens: Tokens,
    /// The keys tried, in order, and how each fared.
    pub attempts: Vec<Attempt>,
    /// The pool's own error, if that is what the client got.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<Box<ToldError>>,
}

impl Record {
    /// Whether it was refused, and nobody knows whose it is.
    pub fn is_strangers(&self) -> bool {
        self.outcome == Outcome::Refused && self.token == 0
    }

    /// Why it was refused, as an error code; `None` when it wasn't.
    pub fn refused_for(&self) -> Option<&str> {
        let told = self.told.as_ref().filter(|_| self.outcome == Outcome::Refused)?;
        Some(&told.code)
    }

    /// As its process left it, which has ended while it was under way with this key.
    pub fn left_with(mut self, key: KeyId) -> Self {
        self.attempts.push(Attempt {
            provider: self.provider.clone(),
            model: self.model.clone(),
            key,
            verdict: Verdict::CLIENT_LEFT,
            status: 0,
            wait_ms: 0,
            ttft_ms: None,
            duration_ms: 0,
            said: None,
        });
        self
    }
}

fn as_text<S: Serializer>(value: &HeaderValue, serializer: S) -> Result<S::Ok, S::Error> {
    value.to_str().unwrap_or_default().serialize(serializer)
}

fn from_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<HeaderValue, D::Error> {
    let text = String::deserialize(deserializer)?;
    HeaderValue::try_from(text).map_err(serde::de::Error::custom)
}
