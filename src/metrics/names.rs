//! Every metric, with what it means. `docs/metrics.md` tells more; a test compares the two.

use metrics::{Counter, Histogram, Key, Label, Level, Metadata, Recorder};

const METADATA: Metadata<'static> = Metadata::new(env!("CARGO_PKG_NAME"), Level::INFO, None);

/// Labels and their values.
pub type Labels<'a> = [(&'static str, &'a str)];

/// A metric's name and meaning.
pub struct Metric(&'static str, &'static str);

impl Metric {
    /// The counter with these labels.
    pub fn counter(&self, recorder: &impl Recorder, labels: &Labels<'_>) -> Counter {
        recorder.describe_counter(self.0.into(), None, self.1.into());
        recorder.register_counter(&self.key(labels), &METADATA)
    }

    /// The histogram with these labels.
    pub fn histogram(&self, recorder: &impl Recorder, labels: &Labels<'_>) -> Histogram {
        recorder.describe_histogram(self.0.into(), None, self.1.into());
        recorder.register_histogram(&self.key(labels), &METADATA)
    }

    /// Says how something stands.
    pub fn set(&self, recorder: &impl Recorder, labels: &Labels<'_>, value: f64) {
        recorder.describe_gauge(self.0.into(), None, self.1.into());
        recorder.register_gauge(&self.key(labels), &METADATA).set(value);
    }

    /// Says how often something has happened.
    pub fn total(&self, recorder: &impl Recorder, labels: &Labels<'_>, value: u64) {
        self.counter(recorder, labels).absolute(value);
    }

    fn key(&self, labels: &Labels<'_>) -> Key {
        let label = |(name, value): &(&'static str, &str)| Label::new(*name, (*value).to_owned());
        Key::from_parts(self.0, labels.iter().map(label).collect::<Vec<_>>())
    }
}

macro_rules! metrics {
    ($($constant:ident = $name:literal $meaning:literal,)+) => {
        $(pub const $constant: Metric = Metric(concat!("ollama_pool_", $name), $meaning);)+
    };
}

metrics! {
    HTTP_REQUESTS = "http_requests_total" "Answers by route and class of status.",

    REQUESTS = "requests_total" "Requests for a model that are over, by provider and outcome.",
    REFUSALS = "refusals_total"
        "Requests for a model that were turned away before a key was tried, by reason.",
    REQUEST_SECONDS = "request_duration_seconds" "From arrival to the end, of requests answered well.",
    FIRST_BYTE_SECONDS = "request_first_byte_seconds"
        "From arrival to the answer's first byte, of requests answered well.",
    ATTEMPTS = "upstream_attempts_total"
        "Attempts with one key each, by provider, verdict and reason.",
    TOKENS = "tokens_total" "Tokens as upstreams counted them, by provider and kind.",
    OTHER_MODELS = "other_models_total"
        "Answers from a model that the client token may not use, by provider.",
    ACCOUNT_LIMITS = "account_limits_total"
        "Refusals at sign-in and at the administrators' door since a counter was spent, by limit.",
    UNDER_WAY = "requests_under_way" "Requests for a model that have begun and are not over.",

    KEYS = "keys" "Upstream keys by provider and status.",
    KEY_POOL_UP = "key_pool_up" "Whether the pool answers and has its keys in memory.",
    MAILBOX_DEPTH = "mailbox_depth" "Messages that an actor was asked and has not answered.",
    ACTOR_RESTARTS = "actor_restarts_total" "How often actors were started anew, by cause.",

    STATS_LAG = "stats_lag_seconds" "Age of the oldest request that is counted and not written.",
    STATS_WRITTEN_AT = "stats_last_write_timestamp_seconds"
        "When statistics were last written; 0 for not yet.",
    STATS_ROWS = "stats_open_rows" "Rows of statistics that wait to be written, by table.",
    STATS_RECORDED = "stats_recorded_total" "Requests that are counted.",
    STATS_WRITTEN = "stats_written_total" "Requests that are counted and written.",
    STATS_LINES_DROPPED = "stats_lines_dropped_total"
        "Lines about single requests that there was no room for.",

    BODIES_BYTES = "bodies_bytes" "Bytes that request bodies take now.",
    BODIES_MAX_BYTES = "bodies_max_bytes" "Bytes that request bodies may take.",
    BODIES_REFUSED = "bodies_refused_total"
        "Bodies that were refused for want of room, by what was full.",
    HASHING_WAITING = "hashing_waiting" "Passwords that wait to be hashed or compared, by lane.",
    HASHING_REFUSED = "hashing_refused_total"
        "Passwords that were refused since a lane was full or too slow, by lane.",

    AUDIT_HEAD_SEQ = "audit_head_seq" "Number of the audit log's last row.",
    AUDIT_HEAD_HASH = "audit_head_hash" "The first 12 hexadecimal digits of that row's hash, as a number.",
    AUDIT_HEAD_AUTHENTIC = "audit_head_authentic"
        "Whether this service wrote the audit log's end, and it never went back.",

    DATABASE_CONNECTIONS = "database_connections" "Connections to the database, by state.",
    DATABASE_WAITS = "database_checkouts_total" "How asking for a connection went.",
    REDIS_CONNECTIONS = "redis_connections" "Connections to Redis, by state.",
    REDIS_DEGRADED = "redis_degraded" "Whether memory stands in for Redis.",
    REPLICAS = "replicas" "How many processes there are over this database and Redis.",

    BUILD_INFO = "build_info" "1; what runs, in its labels.",
    UPTIME = "uptime_seconds" "Since the process began to serve.",
}
