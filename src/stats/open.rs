//! The counters that are open: a few additions a request.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use super::latency::bucket;
use super::lines::{Lines, Live};
use super::models::Models;
use super::refusals::Refusals;
use super::{Attempt, AttemptResult, Outcome, Record};
use crate::clock::Millis;
use crate::models::latency::LatencyRow;
use crate::models::usage::{Batch, KeyTally, TokenTally, UsageRow};
use crate::pool::key::KeyId;

const HOUR_MS: i64 = 3_600_000;

/// Combinations held while the database is away: about 50 MB. Beyond it a request is still
/// counted, under no model, key or token.
const COMBINATIONS_MAX: usize = 200_000;

/// Buckets of latencies held while the database is away: about 30 MB. Beyond it they are counted
/// under no model.
const BUCKETS_MAX: usize = 200_000;

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Combination {
    hour: i64,
    provider: Arc<str>,
    key: KeyId,
    model: Arc<str>,
    token: i64,
}

/// Whose latencies are counted together, and in which bucket.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Place {
    hour: i64,
    provider: Arc<str>,
    model: Arc<str>,
    bucket: i32,
}

/// What was counted since the last write.
#[derive(Debug, Default)]
pub struct Open {
    /// Since when there is something in it.
    pub since: Option<Instant>,
    hours: HashMap<Combination, UsageRow>,
    keys: HashMap<KeyId, KeyTally>,
    tokens: HashMap<i64, TokenTally>,
    /// How many requests took so long, and how many had waited so long for their first byte.
    latency: HashMap<Place, (i64, i64)>,
    /// What was refused, by reason.
    refusals: Refusals,
    models: Models,
    /// The lines of the log.
    pub lines: Lines,
    /// Which of them those who watch see.
    pub live: Live,
}

impl Open {
    /// Counts a request.
    pub fn add(&mut self, record: &Record) {
        self.since.get_or_insert_with(Instant::now);
        let hour = record.at.0.div_euclid(HOUR_MS);
        if let Some(reason) = record.refused_for() {
            self.refusals.add(hour, &record.provider, reason, record.token);
        }
        if record.is_strangers() {
            return;
        }
        let served = record.outcome != Outcome::Refused;
        let model = self.models.admitted(hour, &record.model, record.token, served);
        self.add_hour(record, hour, &model);
        self.add_other_keys(record, hour);
        self.add_latency(record, hour, model);
        self.add_keys(record);
        if served {
            self.add_token(record);
        }
    }

    fn add_token(&mut self, record: &Record) {
        let token = self.tokens.entry(record.token).or_default();
        token.id = record.token;
        token.requests += 1;
        token.used_at = token.used_at.max(record.at.naive());
    }

    /// The row of these.
    fn row(
        &mut self,
        hour: i64,
        provider: &Arc<str>,
        key: KeyId,
        model: &Arc<str>,
        token: i64,
    ) -> &mut UsageRow {
        let full = self.hours.len() >= COMBINATIONS_MAX;
        let combination = Combination {
            hour,
            provider: provider.clone(),
            key: if full { 0 } else { key },
            model: if full { Arc::from("") } else { model.clone() },
            token: if full { 0 } else { token },
        };
        self.hours.entry(combination).or_insert_with_key(empty_row)
    }

    /// The request, with the key that answered it or ended it.
    fn add_hour(&mut self, record: &Record, hour: i64, model: &Arc<str>) {
        let last = record.attempts.last();
        let key = last.map_or(0, |last| last.key);
        let row = self.row(hour, &record.provider, key, model, record.token);
        let one_if = |yes: bool| i64::from(yes);
        row.requests += 1;
        row.success += one_if(record.outcome == Outcome::Success);
        row.failure += one_if(record.outcome == Outcome::Failure);
        row.cancelled += one_if(record.outcome == Outcome::Cancelled);
        row.client_errors += one_if(record.outcome == Outcome::ClientError);
        row.refused += one_if(record.outcome == Outcome::Refused);
        row.status_429 += one_if(record.status == 429);
        row.status_4xx += one_if((400..500).contains(&record.status) && record.status != 429);
        row.status_5xx += one_if(record.status >= 500);
        row.attempts += i64::try_from(record.attempts.len()).unwrap_or(0);
        row.prompt_tokens = row.prompt_tokens.saturating_add(record.tokens.prompt);
        row.completion_tokens = row.completion_tokens.saturating_add(record.tokens.completion);
        // A refusal is quick, and says nothing about how long requests take.
        if record.outcome != Outcome::Refused {
            row.latency_ms_sum += record.latency_ms;
            row.ttft_ms_sum += record.ttft_ms;
        }
        if let Some(attempt) = last {
            add_attempt(row, attempt);
        }
    }

    /// The keys that were tried before.
    fn add_other_keys(&mut self, record: &Record, hour: i64) {
        let Some((_, others)) = record.attempts.split_last() else { return };
        for attempt in others {
            let model = self.models.admitted(hour, &attempt.model, record.token, true);
            let row = self.row(hour, &attempt.provider, attempt.key, &model, record.token);
            add_attempt(row, attempt);
        }
    }

    /// Only good answers: a refusal is quick, and says nothing about how long answers take.
    fn add_latency(&mut self, record: &Record, hour: i64, model: Arc<str>) {
        if record.outcome != Outcome::Success {
            return;
        }
        let full = self.latency.len() >= BUCKETS_MAX;
        let (whole, first) = (bucket(record.latency_ms), bucket(record.ttft_ms));
        let model = if full { Arc::from("") } else { model };
        let place = Place { hour, provider: record.provider.clone(), model, bucket: whole };
        if whole != first {
            let (model, provider) = (place.model.clone(), place.provider.clone());
            let first = Place { hour, provider, model, bucket: first };
            self.latency.entry(first).or_default().1 += 1;
        }
        let counts = self.latency.entry(place).or_default();
        counts.0 += 1;
        counts.1 += i64::from(whole == first);
    }

    fn add_keys(&mut self, record: &Record) {
        let at = record.at.plus_ms(record.latency_ms).naive();
        for attempt in &record.attempts {
            let tally = self.keys.entry(attempt.key).or_default();
            tally.id = attempt.key;
            tally.total += 1;
            tally.used_at = tally.used_at.max(at);
            match attempt.result() {
                AttemptResult::Success => {
                    tally.success += 1;
                    tally.success_at = tally.success_at.max(Some(at));
                }
                AttemptResult::Failure => {
                    tally.failure += 1;
                    tally.failure_at = tally.failure_at.max(Some(at));
                }
                AttemptResult::Neutral => {}
            }
        }
    }

    /// How many rows it would make, by their table.
    pub fn rows(&self) -> [(&'static str, usize); 6] {
        [
            ("usage", self.hours.len()),
            ("keys", self.keys.len()),
            ("tokens", self.tokens.len()),
            ("latency", self.latency.len()),
            ("refusals", self.refusals.count()),
            ("requests", self.lines.count()),
        ]
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.hours.is_empty() && self.refusals.count() == 0
    }

    /// Takes everything out.
    pub fn take(&mut self) -> Self {
        let models = std::mem::take(&mut self.models);
        let live = std::mem::take(&mut self.live);
        std::mem::replace(self, Self { models, live, ..Self::default() })
    }

    /// As rows, to be written together under this id. Those of the hour are in order: two processes
    /// that added to the same ones in different orders would wait for each other.
    pub fn into_batch(self, id: String) -> Batch {
        let (hours, latency) = (in_order(self.hours), in_order(self.latency));
        Batch {
            id,
            hours: hours.into_iter().map(|(_, row)| row).collect(),
            keys: self.keys.into_values().collect(),
            tokens: self.tokens.into_values().collect(),
            latency: latency.into_iter().map(latency_row).collect(),
            strangers: self.refusals.strangers(),
            refusals: self.refusals.into_rows(),
            lines: self.lines.into_rows(),
        }
    }
}

fn in_order<K: Ord, V>(rows: HashMap<K, V>) -> Vec<(K, V)> {
    let mut rows: Vec<(K, V)> = rows.into_iter().collect();
    rows.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
    rows
}

fn latency_row((place, (latency, ttft)): (Place, (i64, i64))) -> LatencyRow {
    LatencyRow {
        hour: Millis(place.hour * HOUR_MS).naive(),
        provider: place.provider.to_string(),
        model: place.model.to_string(),
        bucket: place.bucket,
        latency,
        ttft,
    }
}

fn empty_row(combination: &Combination) -> UsageRow {
    let hour = Millis(combination.hour * HOUR_MS).naive();
    UsageRow {
        hour,
        day: hour.date(),
        provider: combination.provider.to_string(),
        key_id: combination.key,
        model: combination.model.to_string(),
        token_id: combination.token,
        requests: 0,
        success: 0,
        failure: 0,
        cancelled: 0,
        status_4xx: 0,
        status_429: 0,
        status_5xx: 0,
        attempts: 0,
        prompt_tokens: 0,
        completion_tokens: 0,
        latency_ms_sum: 0,
        ttft_ms_sum: 0,
        client_errors: 0,
        refused: 0,
        key_attempts: 0,
        key_failures: 0,
    }
}

fn add_attempt(row: &mut UsageRow, attempt: &Attempt) {
    row.key_attempts += 1;
    row.key_failures += i64::from(attempt.result() == AttemptResult::Failure);
}
