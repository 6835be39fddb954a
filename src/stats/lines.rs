//! The lines about single requests, until they are written.
//!
//! They are many, so there is an end to them: between two writes a sample is kept, with a room of
//! its own for what didn't go well, since that is what one looks for, and for what was refused,
//! since that may come in floods. The rest is counted as dropped. The same bound holds while the
//! database is away.

use serde_json::{Value, json};
use uuid::Uuid;

use super::sample::Sample;
use super::{Attempt, Outcome, Record};
use crate::models::request_log::{AttemptLine, LogRow};

/// Good requests kept between two writes: with a write in five seconds, 200 a second.
const GOOD_MAX: usize = 1_000;

/// Of the others: 100 a second.
const BAD_MAX: usize = 500;

/// Of what was refused.
const REFUSED_MAX: usize = 300;

/// Of what was refused of callers that nobody knows: who they are is in no line, so that a few tell
/// as much as many.
const STRANGERS_MAX: usize = 20;

/// Lines shown live each second; a person can't follow more, and each costs a little.
const LIVE_MAX: u32 = 50;

/// Of those, what was refused.
const LIVE_REFUSED_MAX: u32 = 10;

/// What is kept between two writes.
#[derive(Debug)]
pub struct Lines {
    good: Sample<Record>,
    bad: Sample<Record>,
    refused: Sample<Record>,
    strangers: Sample<Record>,
}

impl Default for Lines {
    fn default() -> Self {
        Self {
            good: Sample::new(GOOD_MAX),
            bad: Sample::new(BAD_MAX),
            refused: Sample::new(REFUSED_MAX),
            strangers: Sample::new(STRANGERS_MAX),
        }
    }
}

impl Lines {
    /// Keeps this one, or not; true when one had to go.
    pub fn keep(&mut self, record: Record) -> bool {
        let sample = match record.outcome {
            Outcome::Success => &mut self.good,
            Outcome::Refused if record.is_strangers() => &mut self.strangers,
            Outcome::Refused => &mut self.refused,
            Outcome::Failure | Outcome::Cancelled | Outcome::ClientError => &mut self.bad,
        };
        sample.offer(record).is_some()
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        let Self { good, bad, refused, strangers } = self;
        good.count() + bad.count() + refused.count() + strangers.count()
    }

    /// As rows, in the order in which the requests came.
    pub fn into_rows(self) -> Vec<LogRow> {
        let mut records = self.good.into_kept();
        for other in [self.bad, self.refused, self.strangers] {
            records.append(&mut other.into_kept());
        }
        records.sort_by_key(|record| record.at);
        records.iter().map(row).collect()
    }
}

/// Which lines are shown live: the first of each second.
#[derive(Debug, Default)]
pub struct Live {
    second: i64,
    shown: u32,
    refused: u32,
}

impl Live {
    /// Whether this one is shown.
    pub fn admit(&mut self, record: &Record) -> bool {
        let second = record.at.plus_ms(record.latency_ms).0 / 1000;
        if second > self.second {
            *self = Self { second, ..Self::default() };
        }
        if record.outcome == Outcome::Refused {
            self.refused += 1;
            if self.refused > LIVE_REFUSED_MAX {
                return false;
            }
        }
        self.shown += 1;
        self.shown <= LIVE_MAX
    }
}

/// The code and the message of the pool's own error, if that is what the client got.
fn told(record: &Record) -> [&str; 2] {
    record.told.as_ref().map_or([""; 2], |told| [&*told.code, &*told.message])
}

/// The line as those who watch see it.
pub fn live(record: &Record) -> Value {
    let [error_code, error_message] = told(record);
    json!({
        "request_id": record.request_id.to_str().unwrap_or_default(),
        "received_at": record.at.rfc3339(),
        "provider": &*record.provider,
        "model": &*record.model,
        "asked_model": &*record.asked,
        "token_id": record.token,
        "key_id": record.attempts.last().map(|attempt| attempt.key),
        "stream": record.stream,
        "outcome": record.outcome.as_str(),
        "status": record.status,
        "cache": record.cache,
        "latency_ms": record.latency_ms,
        "ttft_ms": record.ttft_ms,
        "prompt_tokens": record.tokens.prompt,
        "completion_tokens": record.tokens.completion,
        "error_code": error_code,
        "error_message": error_message,
        "attempts": record.attempts.iter().map(attempt).collect::<Vec<_>>(),
    })
}

fn row(record: &Record) -> LogRow {
    let attempts: Vec<AttemptLine> = record.attempts.iter().map(attempt).collect();
    let [error_code, error_message] = told(record).map(str::to_owned);
    LogRow {
        id: Uuid::now_v7().to_string(),
        request_id: record.request_id.to_str().unwrap_or_default().to_owned(),
        at: record.at.naive(),
        provider: record.provider.to_string(),
        model: record.model.to_string(),
        token_id: record.token,
        key_id: record.attempts.last().map_or(0, |attempt| attempt.key),
        stream: record.stream,
        outcome: record.outcome.as_str().to_owned(),
        status: record.status.into(),
        cache: record.cache.to_string(),
        latency_ms: record.latency_ms,
        ttft_ms: record.ttft_ms,
        prompt_tokens: record.tokens.prompt,
        completion_tokens: record.tokens.completion,
        attempts: serde_json::to_string(&attempts).unwrap_or_else(|_| "[]".to_owned()),
        asked_model: record.asked.to_string(),
        error_code,
        error_message,
    }
}

fn attempt(attempt: &Attempt) -> AttemptLine {
    let said = attempt.said.as_deref().cloned().unwrap_or_default();
    AttemptLine {
        provider: attempt.provider.to_string(),
        model: attempt.model.to_string(),
        key_id: attempt.key,
        verdict: attempt.verdict.reason.as_str().to_owned(),
        effect: attempt.verdict.effect.as_str().to_owned(),
        status: (attempt.status > 0).then_some(attempt.status),
        wait_ms: attempt.wait_ms,
        ttft_ms: attempt.ttft_ms,
        duration_ms: attempt.duration_ms,
        error_code: said.code,
        error_message: said.message,
    }
}
