//! The lines about single requests, until they are written.
//!
//! They are many, so there is an end to them: between two writes a sample is kept, with a room of
//! its own for what didn't go well, since that is what one looks for. The rest is counted as
//! dropped. The same bound holds while the database is away.

use serde_json::{Value, json};
use uuid::Uuid;

use super::sample::Sample;
use super::{Attempt, Outcome, Record};
use crate::models::request_log::{AttemptLine, LogRow};

/// Good requests kept between two writes: with a write in five seconds, 200 a second.
const GOOD_MAX: usize = 1_000;

/// Of the others: 100 a second.
const BAD_MAX: usize = 500;

/// Lines shown live each second; a person can't follow more, and each costs a little.
const LIVE_MAX: u32 = 50;

/// What is kept between two writes.
#[derive(Debug)]
pub struct Lines {
    good: Sample<Record>,
    bad: Sample<Record>,
}

impl Default for Lines {
    fn default() -> Self {
        Self { good: Sample::new(GOOD_MAX), bad: Sample::new(BAD_MAX) }
    }
}

impl Lines {
    /// Keeps this one, or not; true when one had to go.
    pub fn keep(&mut self, record: Record) -> bool {
        let good = record.outcome == Outcome::Success;
        let sample = if good { &mut self.good } else { &mut self.bad };
        sample.offer(record).is_some()
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.good.count() + self.bad.count()
    }

    /// As rows, in the order in which the requests came.
    pub fn into_rows(self) -> Vec<LogRow> {
        let mut records = self.good.into_kept();
        records.append(&mut self.bad.into_kept());
        records.sort_by_key(|record| record.at);
        records.iter().map(row).collect()
    }
}

/// Which lines are shown live: the first of each second.
#[derive(Debug, Default)]
pub struct Live {
    second: i64,
    shown: u32,
}

impl Live {
    /// Whether this one is shown.
    pub fn admit(&mut self, record: &Record) -> bool {
        let second = record.at.plus_ms(record.latency_ms).0 / 1000;
        if second > self.second {
            *self = Self { second, shown: 0 };
        }
        self.shown += 1;
        self.shown <= LIVE_MAX
    }
}

/// The line as those who watch see it.
pub fn live(record: &Record) -> Value {
    json!({
        "request_id": record.request_id.to_str().unwrap_or_default(),
        "received_at": record.at.rfc3339(),
        "provider": &*record.provider,
        "model": &*record.model,
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
        "attempts": record.attempts.iter().map(attempt).collect::<Vec<_>>(),
    })
}

fn row(record: &Record) -> LogRow {
    let attempts: Vec<AttemptLine> = record.attempts.iter().map(attempt).collect();
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
    }
}

fn attempt(attempt: &Attempt) -> AttemptLine {
    AttemptLine {
        provider: attempt.provider.to_string(),
        key_id: attempt.key,
        verdict: attempt.verdict.reason.as_str().to_owned(),
        effect: attempt.verdict.effect.as_str().to_owned(),
        status: (attempt.status > 0).then_some(attempt.status),
        wait_ms: attempt.wait_ms,
        ttft_ms: attempt.ttft_ms,
        duration_ms: attempt.duration_ms,
    }
}
