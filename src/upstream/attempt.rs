//! One request with one key, up to the first byte that may go to the client.

use std::time::{Duration, Instant};

use actix_web::http::StatusCode;
use awc::error::SendRequestError;
use awc::http::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use awc::http::{Method, Uri};
use bytes::Bytes;

use super::client::Client;
use super::headers;
use super::inspect::Inspector;
use super::read::Source;
use crate::clock::Clock;
use crate::config::Upstream;
use crate::pool::reason::Reason;
use crate::pool::verdict::{Effect, Verdict};
use crate::provider::Kind;
use crate::provider::judge::{ToldWait, judge};

/// Of an answer that is no stream, so much is held back to be judged whole. What is longer goes to
/// the client as it comes.
const HOLD_MAX: usize = 1 << 20;

/// A stream that so far is only comments goes to the client after this, so that the comments can
/// keep the client's connection alive, which is what they are for.
const COMMENTS_MAX: Duration = Duration::from_secs(10);

/// Of an error, so much is read.
const ERROR_MAX: usize = 64 << 10;

/// What one attempt sends.
pub struct Ask<'a> {
    /// Where to.
    pub uri: &'a Uri,
    /// How this upstream's errors read.
    pub kind: Kind,
    /// Headers that pass from the client.
    pub headers: &'a [(HeaderName, HeaderValue)],
    /// The body, as the client sent it.
    pub body: &'a Bytes,
}

/// An answer whose first bytes are here and good.
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers, all of them.
    pub headers: HeaderMap,
    /// The bytes held back so far.
    pub held: Vec<Bytes>,
    /// The rest; `None` when the answer is here whole.
    pub source: Option<Source>,
    /// Has read `held`.
    pub inspector: Inspector,
}

/// An attempt that brought nothing for the client, or only the upstream's refusal.
pub struct Failed {
    /// What it says about the key.
    pub verdict: Verdict,
    /// The upstream's own words, where they are about the request itself.
    pub refusal: Option<Refused>,
}

/// The upstream's answer to a request that it finds fault with.
pub struct Refused {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Vec<u8>,
}

impl From<Verdict> for Failed {
    fn from(verdict: Verdict) -> Self {
        Self { verdict, refusal: None }
    }
}

/// The provider's failure, for this reason.
fn failed(reason: Reason) -> Failed {
    Verdict::new(Effect::Overloaded, reason).into()
}

/// Sends the request with this key and waits for a first byte worth passing on.
pub async fn send(
    client: &Client,
    config: &Upstream,
    clock: &Clock,
    ask: &Ask<'_>,
    authorization: &HeaderValue,
) -> Result<Answer, Failed> {
    let started = Instant::now();
    let mut request = client
        .request(Method::POST, ask.uri.clone())
        .no_decompress()
        .insert_header((AUTHORIZATION, authorization.clone()));
    for (name, value) in ask.headers {
        request = request.append_header((name.clone(), value.clone()));
    }
    let sending = request.send_body(ask.body.clone());
    let response = match tokio::time::timeout(config.header_timeout(), sending).await {
        Ok(Ok(response)) => response,
        Ok(Err(error)) => return Err(failed(reason(&error))),
        Err(_) => return Err(failed(Reason::TimedOut)),
    };
    let (status, headers) = (response.status(), response.headers().clone());
    let source = Source::new(response);
    if !status.is_success() {
        return Err(refused(ask.kind, status, headers, source, config, clock).await);
    }
    let sse = headers::text(&headers, "content-type")
        .is_some_and(|kind| kind.trim_start().starts_with("text/event-stream"));
    let inspector = Inspector::new(sse, headers::text(&headers, "content-encoding"));
    let mut answer = Answer { status, headers, held: Vec::new(), source: Some(source), inspector };
    if sse {
        let deadline = started + config.header_timeout();
        answer.first_event(deadline, ask.kind, clock).await?;
    } else {
        answer.whole(config.idle_timeout(), ask.kind, clock).await?;
    }
    Ok(answer)
}

impl Answer {
    /// Holds a stream back until its first event is here and is no error.
    async fn first_event(
        &mut self,
        deadline: Instant,
        kind: Kind,
        clock: &Clock,
    ) -> Result<(), Failed> {
        let comments_until = Instant::now() + COMMENTS_MAX;
        let mut size = 0;
        while let Some(source) = &mut self.source {
            let until = if size > 0 { deadline.min(comments_until) } else { deadline };
            match source.piece(until.saturating_duration_since(Instant::now())).await {
                Ok(Some(bytes)) => {
                    self.inspector.feed(&bytes);
                    size += bytes.len();
                    self.held.push(bytes);
                }
                Ok(None) => self.end(),
                // Only comments so far, and the client should see them.
                Err(Reason::TimedOut) if size > 0 && until < deadline => return Ok(()),
                Err(reason) => return Err(failed(reason)),
            }
            let seen = self.inspector.seen();
            if seen.error.is_some() || self.source.is_none() {
                break;
            }
            if seen.anything || size > HOLD_MAX {
                return Ok(());
            }
        }
        self.judged(kind, clock)
    }

    /// Holds a plain answer back until it is here whole, or is too long to hold.
    async fn whole(&mut self, idle: Duration, kind: Kind, clock: &Clock) -> Result<(), Failed> {
        let mut size = 0;
        while let Some(source) = &mut self.source {
            match source.piece(idle).await {
                Ok(Some(bytes)) => {
                    self.inspector.feed(&bytes);
                    size += bytes.len();
                    self.held.push(bytes);
                }
                Ok(None) => self.end(),
                Err(reason) => return Err(failed(reason)),
            }
            if size > HOLD_MAX {
                return Ok(());
            }
        }
        self.judged(kind, clock)
    }

    fn end(&mut self) {
        self.inspector.end();
        self.source = None;
    }

    fn judged(&self, kind: Kind, clock: &Clock) -> Result<(), Failed> {
        let verdict = self.inspector.verdict(kind, clock.now());
        if verdict.effect == Effect::Success { Ok(()) } else { Err(verdict.into()) }
    }
}

/// Reads what the upstream says with an error status, and judges it.
async fn refused(
    kind: Kind,
    status: StatusCode,
    headers: HeaderMap,
    source: Source,
    config: &Upstream,
    clock: &Clock,
) -> Failed {
    let body = source.start(ERROR_MAX, config.idle_timeout()).await;
    let gzip = headers::text(&headers, "content-encoding") == Some("gzip");
    let plain = if gzip { gunzip(&body) } else { body.clone() };
    let told = ToldWait {
        retry_after: headers::text(&headers, "retry-after"),
        rate_limit_reset: headers::text(&headers, "x-ratelimit-reset"),
    };
    let words = String::from_utf8_lossy(&plain);
    let verdict = judge(kind, status.as_u16(), told, &words, clock.now());
    let own_fault = verdict.effect == Effect::Neutral;
    Failed { verdict, refusal: own_fault.then_some(Refused { status, headers, body }) }
}

fn gunzip(body: &[u8]) -> Vec<u8> {
    use std::io::Read;
    let mut plain = Vec::new();
    let limit = u64::try_from(ERROR_MAX).unwrap_or(u64::MAX);
    // What can be read before an error is what there is to judge by.
    let _ = flate2::read::GzDecoder::new(body).take(limit).read_to_end(&mut plain);
    plain
}

/// The reason in the terms of the pool.
pub fn reason(error: &SendRequestError) -> Reason {
    match error {
        SendRequestError::Connect(_) | SendRequestError::Url(_) => Reason::ConnectFailed,
        SendRequestError::Timeout => Reason::TimedOut,
        SendRequestError::Response(_) => Reason::MalformedAnswer,
        _ => Reason::ConnectionLost,
    }
}
