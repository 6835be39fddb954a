//! Requests for models and their attempts, by provider.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use metrics::{Counter, Histogram};
use metrics_exporter_prometheus::PrometheusRecorder;

use super::family::Family;
use super::names::{
    ATTEMPTS, FIRST_BYTE_SECONDS, OTHER_MODELS, REFUSALS, REQUEST_SECONDS, REQUESTS, TOKENS,
};
use crate::pool::reason::Reason;
use crate::pool::verdict::Verdict;
use crate::stats::{Outcome, Record};

/// Providers that are told apart. Administrators add and delete them, and a series stays until the
/// process ends.
const PROVIDERS_MAX: usize = 50;

/// The label of those beyond.
const OTHER: &str = "other";

/// The handles of all providers.
pub struct OfProviders {
    recorder: Arc<PrometheusRecorder>,
    by_id: Family<String, Arc<OfProvider>>,
    refusals: Family<String, Counter>,
    other_models: AtomicU64,
}

impl OfProviders {
    pub fn new(recorder: Arc<PrometheusRecorder>) -> Self {
        let (by_id, refusals) = (Family::default(), Family::default());
        Self { recorder, by_id, refusals, other_models: AtomicU64::new(0) }
    }

    /// Counts an answer from a model that its client token may not use; returns how many there
    /// were.
    pub fn other_model(&self, provider: &str) -> u64 {
        self.with(provider, |of| {
            OTHER_MODELS.counter(&*self.recorder, &[("provider", &of.id)]).increment(1);
        });
        self.other_models.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Counts a request and its attempts.
    pub fn request(&self, record: &Record) {
        if let Some(reason) = record.refused_for() {
            // Codes of errors are a closed set.
            let make = || REFUSALS.counter(&*self.recorder, &[("reason", reason)]);
            self.refusals.with(reason, make, |counter| counter.increment(1));
        }
        // What nobody knows or what is for no provider that there is, is by reason only.
        if !record.is_strangers() && !record.provider.is_empty() {
            self.with(&record.provider, |provider| provider.request(record));
        }
        for attempt in &record.attempts {
            let verdict = &attempt.verdict;
            self.with(&attempt.provider, |provider| provider.attempt(&self.recorder, verdict));
        }
    }

    fn with(&self, id: &str, act: impl FnOnce(&Arc<OfProvider>)) {
        let id = if self.by_id.admits(id, PROVIDERS_MAX) { id } else { OTHER };
        self.by_id.with(id, || Arc::new(OfProvider::new(&self.recorder, id)), act);
    }
}

/// The handles of one provider.
struct OfProvider {
    id: String,
    success: Counter,
    failure: Counter,
    cancelled: Counter,
    client_error: Counter,
    refused: Counter,
    prompt: Counter,
    completion: Counter,
    duration: Histogram,
    first_byte: Histogram,
    attempts: Family<(&'static str, Reason), Counter>,
}

impl OfProvider {
    fn new(recorder: &PrometheusRecorder, id: &str) -> Self {
        let of = ("provider", id);
        let requests =
            |outcome: Outcome| REQUESTS.counter(recorder, &[of, ("outcome", outcome.as_str())]);
        let tokens = |kind| TOKENS.counter(recorder, &[of, ("kind", kind)]);
        Self {
            id: id.to_owned(),
            success: requests(Outcome::Success),
            failure: requests(Outcome::Failure),
            cancelled: requests(Outcome::Cancelled),
            client_error: requests(Outcome::ClientError),
            refused: requests(Outcome::Refused),
            prompt: tokens("prompt"),
            completion: tokens("completion"),
            duration: REQUEST_SECONDS.histogram(recorder, &[of]),
            first_byte: FIRST_BYTE_SECONDS.histogram(recorder, &[of]),
            attempts: Family::default(),
        }
    }

    fn request(&self, record: &Record) {
        match record.outcome {
            Outcome::Success => self.success.increment(1),
            Outcome::Failure => self.failure.increment(1),
            Outcome::Cancelled => self.cancelled.increment(1),
            Outcome::ClientError => self.client_error.increment(1),
            Outcome::Refused => self.refused.increment(1),
        }
        self.prompt.increment(u64::try_from(record.tokens.prompt).unwrap_or(0));
        self.completion.increment(u64::try_from(record.tokens.completion).unwrap_or(0));
        // A refusal is quick, and says nothing about how long answers take.
        if record.outcome == Outcome::Success {
            self.duration.record(seconds(record.latency_ms));
            self.first_byte.record(seconds(record.ttft_ms));
        }
    }

    fn attempt(&self, recorder: &PrometheusRecorder, verdict: &Verdict) {
        let (effect, reason) = (verdict.effect.as_str(), verdict.reason);
        let make = || {
            let labels =
                [("provider", &*self.id), ("verdict", effect), ("reason", reason.as_str())];
            ATTEMPTS.counter(recorder, &labels)
        };
        self.attempts.with(&(effect, reason), make, |counter| counter.increment(1));
    }
}

/// Milliseconds as seconds.
pub fn seconds(ms: i64) -> f64 {
    Duration::from_millis(u64::try_from(ms).unwrap_or(0)).as_secs_f64()
}
