//! What single attempts meet at random, and what good ones are answered.

use std::time::Duration;

use fastrand::Rng;
use pool_stub::{Reply, Step};

use super::outage::{error, page};

/// Good answers in a hundred that an interim answer goes before.
const HINTED_PERCENT: u64 = 5;

/// How long the upstream works at an answer, and at one that starts slowly.
const WORK_MS: std::ops::Range<u64> = 5..40;
const SLOW_MS: std::ops::Range<u64> = 200..600;

/// Between an interim answer and the final one.
const HINT_MS: std::ops::Range<u64> = 5..30;

/// What one attempt meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The connection is reset, and so is the next one that is opened.
    Refused,
    /// A head, and then a reset.
    Reset,
    /// 500.
    ServerError,
    /// A proxy's 502 page.
    BadGatewayPage,
    /// 503.
    Unavailable,
    /// 429 without a word.
    RateLimited,
    /// 429 with `Retry-After: 1`.
    RetryAfter,
    /// A 200 without a body.
    Empty,
    /// An answer that ends before it has begun: nothing of it is of use.
    Truncated,
    /// A stream that ends after its first events. Nobody can repeat that: the client has them.
    Cut,
    /// A 200 with an error inside.
    ErrorInside,
    /// 401 for this call alone.
    Unauthorized,
    /// 403 for this call alone.
    Forbidden,
    /// A good answer that begins late.
    SlowStart,
}

impl Fault {
    const ALL: [Self; 14] = [
        Self::Refused,
        Self::Reset,
        Self::ServerError,
        Self::BadGatewayPage,
        Self::Unavailable,
        Self::RateLimited,
        Self::RetryAfter,
        Self::Empty,
        Self::Truncated,
        Self::Cut,
        Self::ErrorInside,
        Self::Unauthorized,
        Self::Forbidden,
        Self::SlowStart,
    ];

    /// One, in so many of a hundred attempts.
    pub fn draw(chance: &mut Rng, percent: u64) -> Option<Self> {
        (chance.u64(..100) < percent).then(|| chance.choice(Self::ALL)).flatten()
    }

    /// Whether it says something about the key.
    pub fn refuses_key(self) -> bool {
        matches!(self, Self::Unauthorized | Self::Forbidden | Self::RateLimited | Self::RetryAfter)
    }

    /// The answer to a request with this marker.
    pub fn reply(self, chance: &mut Rng, marker: &str, stream: bool) -> Reply {
        match self {
            Self::Refused => Reply::reset(),
            Self::Reset => Reply::steps(vec![Step::Send(head(stream).into()), Step::Reset]),
            Self::ServerError => error(500, "internal server error"),
            Self::BadGatewayPage => page(502, "Bad Gateway"),
            Self::Unavailable => error(503, "Server overloaded, please retry shortly"),
            Self::RateLimited => error(429, "too many requests"),
            Self::RetryAfter => error(429, "too many requests").with_header("retry-after", "1"),
            Self::Empty => Reply::empty(),
            Self::Truncated | Self::Cut if !stream => Reply::too_short(),
            Self::Truncated => Reply::sse_raw(vec![Step::Send(b": thinking\n\n".to_vec())]),
            Self::Cut => Reply::sse_raw(events(marker).into_iter().take(2).collect()),
            Self::ErrorInside if stream => Reply::sse(&[ERROR]),
            Self::ErrorInside => Reply::json(200, ERROR),
            Self::Unauthorized => error(401, "unauthorized"),
            Self::Forbidden => error(403, "forbidden"),
            Self::SlowStart => {
                let late = Step::Pause(Duration::from_millis(chance.u64(SLOW_MS)));
                answer(marker, stream).preceded_by(vec![late])
            }
        }
    }
}

const ERROR: &str =
    r#"{"error":{"message":"internal server error","type":"server_error","code":null}}"#;

/// A good answer to a request with this marker, which it repeats.
pub fn good(chance: &mut Rng, marker: &str, stream: bool, early_hints: bool) -> Reply {
    let mut first = vec![Step::Pause(Duration::from_millis(chance.u64(WORK_MS)))];
    if early_hints && chance.u64(..100) < HINTED_PERCENT {
        let hints = b"HTTP/1.1 103 Early Hints\r\nlink: </style.css>; rel=preload\r\n\r\n";
        first.push(Step::Send(hints.to_vec()));
        first.push(Step::Pause(Duration::from_millis(chance.u64(HINT_MS))));
    }
    answer(marker, stream).preceded_by(first)
}

fn answer(marker: &str, stream: bool) -> Reply {
    if stream {
        return Reply::sse_raw(events(marker));
    }
    let body = format!(
        r#"{{"id":"chatcmpl-soak","object":"chat.completion","created":1700000000,"model":"soak","choices":[{{"index":0,"message":{{"role":"assistant","content":"You sent {marker}."}},"finish_reason":"stop"}}],"usage":{{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15}}}}"#
    );
    Reply::json(200, &body)
}

/// The events of a good stream; the marker is whole in one of them.
fn events(marker: &str) -> Vec<Step> {
    let chunk = |delta: &str, finish: &str| {
        format!(
            r#"data: {{"id":"chatcmpl-soak","object":"chat.completion.chunk","created":1700000000,"model":"soak","choices":[{{"index":0,"delta":{delta},"finish_reason":{finish}}}]}}"#
        ) + "\n\n"
    };
    let said = format!(r#"{{"content":"{marker}"}}"#);
    let last = chunk("{}", r#""stop""#) + "data: [DONE]\n\n";
    let all = [
        chunk(r#"{"role":"assistant","content":"You sent "}"#, "null"),
        chunk(&said, "null"),
        chunk(r#"{"content":"."}"#, "null"),
        last,
    ];
    all.into_iter().map(|text| Step::Send(text.into_bytes())).collect()
}

fn head(stream: bool) -> &'static str {
    if stream {
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
    } else {
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 300\r\n\r\n"
    }
}
