//! A request under way, on its way into the statistics: counted once, however it ends.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::plan::Target;
use crate::actors::stats::StatsHandle;
use crate::clock::Millis;
use crate::limits::Permit;
use crate::pool::key::KeyId;
use crate::pool::reason::Reason;
use crate::pool::verdict::{Effect, Verdict};
use crate::stats::{AttemptResult, Outcome, Record, Tokens};

/// nginx's number for "the client closed the connection".
const CLIENT_CLOSED: u16 = 499;

/// Counts the request when it is finished; when dropped before, as left by its client.
pub struct Tally {
    stats: StatsHandle,
    record: Option<Record>,
    started: Instant,
    first_byte: Option<Instant>,
    leased: Option<KeyId>,
    permit: Option<Permit>,
}

impl Tally {
    /// A request that begins now.
    pub fn begin(stats: StatsHandle, target: &Target, token: i64, at: Millis) -> Self {
        let record = Record {
            provider: target.provider.clone(),
            model: target.model.clone(),
            token,
            at,
            outcome: Outcome::Cancelled,
            status: CLIENT_CLOSED,
            latency_ms: 0,
            ttft_ms: 0,
            tokens: Tokens::default(),
            attempts: Vec::with_capacity(1),
        };
        stats.begin();
        let started = Instant::now();
        Self { stats, record: Some(record), started, first_byte: None, leased: None, permit: None }
    }

    /// Holds the request's place among those of its token until it is over.
    pub fn hold(&mut self, permit: Option<Permit>) {
        self.permit = permit;
    }

    /// An attempt with this key begins, at this upstream: the last one tried is the one that the
    /// request counts for.
    pub fn attempt(&mut self, target: &Target, key: KeyId) {
        self.leased = Some(key);
        let Some(record) = &mut self.record else { return };
        // Mostly it is the one that the request began with.
        if !Arc::ptr_eq(&record.provider, &target.provider) || record.model != target.model {
            record.provider = target.provider.clone();
            record.model = target.model.clone();
        }
    }

    /// The attempt under way has ended.
    pub fn attempted(&mut self, verdict: &Verdict) {
        let (Some(key), Some(record)) = (self.leased.take(), &mut self.record) else { return };
        if verdict.reason == Reason::ModelNotFound {
            // Its name comes from the client and means nothing: counting it would let clients
            // fill the tables.
            record.model = Arc::from("");
        }
        let result = match verdict.effect {
            Effect::Success => AttemptResult::Success,
            Effect::Neutral => AttemptResult::Neutral,
            _ => AttemptResult::Failure,
        };
        record.attempts.push((key, result));
    }

    /// How many attempts there were, the one under way included.
    pub fn attempts(&self) -> usize {
        let ended = self.record.as_ref().map_or(0, |record| record.attempts.len());
        ended + usize::from(self.leased.is_some())
    }

    /// The first byte goes to the client now.
    pub fn first_byte(&mut self) {
        self.first_byte.get_or_insert_with(Instant::now);
    }

    /// What the upstream counted so far.
    pub fn tokens(&mut self, tokens: Tokens) {
        if let Some(record) = &mut self.record {
            record.tokens = tokens;
        }
    }

    /// How many events the answer has so far.
    pub fn events(&mut self, events: u64) {
        if let Some(permit) = &mut self.permit {
            permit.streamed(events);
        }
    }

    /// The request is over with this status.
    pub fn finish(mut self, outcome: Outcome, status: u16) {
        if let Some(record) = &mut self.record {
            record.outcome = outcome;
            record.status = status;
        }
        self.count();
    }

    fn count(&mut self) {
        self.attempted(&Verdict::CLIENT_LEFT);
        let Some(mut record) = self.record.take() else { return };
        let ms = |span: Duration| i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
        let now = Instant::now();
        record.latency_ms = ms(now - self.started);
        record.ttft_ms = ms(self.first_byte.unwrap_or(now) - self.started);
        self.stats.record(&record);
        if let Some(mut permit) = self.permit.take() {
            permit.used(record.tokens.prompt.saturating_add(record.tokens.completion));
        }
    }
}

impl Drop for Tally {
    fn drop(&mut self) {
        self.count();
    }
}
