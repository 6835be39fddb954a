//! A request under way, on its way into the statistics: counted once, however it ends.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::http::header::HeaderValue;

use bytes::Bytes;

use super::plan::Target;
use super::said::Said;
use crate::actors::stats::StatsHandle;
use crate::clock::Millis;
use crate::error::ApiError;
use crate::limits::Permit;
use crate::pool::key::KeyId;
use crate::pool::reason::Reason;
use crate::pool::verdict::Verdict;
use crate::stats::{Attempt, Outcome, Record, Tokens, ToldError};

/// nginx's number for "the client closed the connection".
const CLIENT_CLOSED: u16 = 499;

/// A longer body isn't kept in memory while its answer streams.
const BODY_KEPT_MAX: usize = 64 << 10;

/// Counts the request when it is finished; when dropped before, as left by its client.
pub struct Tally {
    stats: StatsHandle,
    /// The request's number there.
    number: u64,
    record: Option<Record>,
    started: Instant,
    first_byte: Option<Instant>,
    permit: Option<Permit>,
    /// Since when it waits for a key, or has waited for the one it has.
    waits_since: Instant,
    leased: Option<Leased>,
    /// What the upstream answered to the attempt under way.
    upstream_status: u16,
    /// The request's body while its answer streams, to see whether an error repeats it.
    body: Option<Bytes>,
}

/// The attempt under way.
struct Leased {
    key: KeyId,
    at: Instant,
}

impl Tally {
    /// A request that begins now.
    pub fn begin(stats: StatsHandle, target: &Target, token: i64, at: Millis) -> Self {
        let record = Record {
            provider: Arc::from(&*target.provider.id),
            model: target.model.clone(),
            asked: target.model.clone(),
            token,
            request_id: HeaderValue::from_static(""),
            stream: false,
            cache: Cow::Borrowed("BYPASS"),
            at,
            outcome: Outcome::Cancelled,
            status: CLIENT_CLOSED,
            latency_ms: 0,
            ttft_ms: 0,
            tokens: Tokens::default(),
            attempts: Vec::with_capacity(1),
            told: None,
        };
        let (number, started) = (stats.begin(), Instant::now());
        Self {
            stats,
            number,
            record: Some(record),
            started,
            first_byte: None,
            permit: None,
            waits_since: started,
            leased: None,
            upstream_status: 0,
            body: None,
        }
    }

    /// Holds the request's place among those of its token until it is over.
    pub fn hold(&mut self, permit: Option<Permit>) {
        self.permit = permit;
    }

    /// What else the log tells of it. `asked` is the model, as the client named it.
    pub fn about(&mut self, request_id: HeaderValue, stream: bool, asked: &str) {
        if let Some(record) = &mut self.record {
            record.request_id = request_id;
            record.stream = stream;
            // Mostly it is the model's own name.
            if *record.asked != *asked {
                record.asked = Arc::from(asked);
            }
        }
    }

    /// The answer to this body begins to stream.
    pub fn streams(&mut self, body: &Bytes) {
        self.body = (body.len() <= BODY_KEPT_MAX).then(|| body.clone());
    }

    /// What may be kept of an error that the answer to this request, with this key, has in it.
    pub fn said_inside(&self, error: Option<&str>, secret: &[u8]) -> Option<Box<Said>> {
        let said = Said::inside(error?)?;
        match &self.body {
            Some(body) => said.cleaned(secret, body),
            None => said.cleaned_blindly(secret),
        }
    }

    /// What the response cache had to do with it: `HIT`, `MISS` or `BYPASS`, which it is unless
    /// said.
    pub fn cache(&mut self, cache: &'static str) {
        if let Some(record) = &mut self.record {
            record.cache = Cow::Borrowed(cache);
        }
    }

    /// An attempt with this key begins, at this upstream: the last one tried is the one that the
    /// request counts for.
    pub fn attempt(&mut self, target: &Target, key: KeyId) {
        self.leased = Some(Leased { key, at: Instant::now() });
        self.upstream_status = 0;
        let Some(record) = &mut self.record else { return };
        // Mostly it is the one that the request began with.
        if *record.provider != *target.provider.id || record.model != target.model {
            record.provider = Arc::from(&*target.provider.id);
            record.model = target.model.clone();
        }
        self.stats.attempt(self.number, record, key);
    }

    /// The upstream answers the attempt under way with this status; 0 for none.
    pub fn upstream_status(&mut self, status: u16) {
        self.upstream_status = status;
    }

    /// The attempt under way has ended so; the upstream said this of a failure.
    pub fn attempted(&mut self, verdict: &Verdict, said: Option<Box<Said>>) {
        let (Some(leased), Some(record)) = (self.leased.take(), &mut self.record) else { return };
        if verdict.reason == Reason::ModelNotFound {
            // Its name comes from the client and means nothing: counting it would let clients
            // fill the tables.
            record.model = Arc::from("");
        }
        let now = Instant::now();
        let first_byte = self.first_byte.filter(|at| *at >= leased.at);
        record.attempts.push(Attempt {
            provider: record.provider.clone(),
            model: record.model.clone(),
            key: leased.key,
            verdict: *verdict,
            status: self.upstream_status,
            wait_ms: ms(leased.at - self.waits_since),
            ttft_ms: first_byte.map(|at| ms(at - leased.at)),
            duration_ms: ms(now - leased.at),
            said,
        });
        self.waits_since = now;
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

    /// The request is over with this error of the pool's own: refused if no key was tried, else
    /// failed. Returns the error with the headers that tell of it.
    pub fn fail(mut self, mut error: ApiError) -> ApiError {
        let attempts = self.attempts();
        if let Some(record) = &mut self.record {
            record.told = Some(Box::new(ToldError::from(&error)));
            error.headers.push(("x-pool-provider", record.provider.to_string()));
        }
        error.headers.push(("x-pool-attempts", attempts.to_string()));
        error.is_counted = true;
        let outcome = if attempts == 0 { Outcome::Refused } else { Outcome::Failure };
        self.finish(outcome, error.code.status().as_u16());
        error
    }

    fn count(&mut self) {
        self.attempted(&Verdict::CLIENT_LEFT, None);
        let Some(mut record) = self.record.take() else { return };
        let now = Instant::now();
        record.latency_ms = ms(now - self.started);
        record.ttft_ms = ms(self.first_byte.unwrap_or(now) - self.started);
        if let Some(mut permit) = self.permit.take() {
            permit.used(record.tokens.prompt.saturating_add(record.tokens.completion));
        }
        self.stats.record(self.number, record);
    }
}

fn ms(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

impl Drop for Tally {
    fn drop(&mut self) {
        self.count();
    }
}
