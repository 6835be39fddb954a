//! One finished request.

use std::sync::Arc;

use crate::clock::Millis;
use crate::pool::key::KeyId;
use crate::provider::Provider;

/// How a request ended, as its client saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// A complete answer.
    Success,
    /// An error, or an answer that broke off.
    Failure,
    /// The client left before the end: nobody's failure.
    Cancelled,
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

/// Tokens as the upstream counted them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tokens {
    /// Of the prompt.
    pub prompt: i64,
    /// Of the answer.
    pub completion: i64,
}

/// A finished request, to be counted once.
#[derive(Debug, Clone)]
pub struct Record {
    /// Which upstream.
    pub provider: Arc<Provider>,
    /// The name that the client gave; empty when the upstream knows no such model.
    pub model: Arc<str>,
    /// Which client token.
    pub token: i64,
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
    pub attempts: Vec<(KeyId, AttemptResult)>,
}
