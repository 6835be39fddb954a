//! One request with one key, up to the first byte that may go to the client.

mod refusal;

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderName, HeaderValue};
use bytes::Bytes;
use hyper::{Method, Uri};
use tokio::time::Instant;

use super::client::{Client, Request, Response};
use super::headers::{self, Passing};
use super::inspect::{Inspector, Packing, packing};
use super::read::Source;
use super::redact::Redactor;
use super::said::Said;
use crate::clock::Clock;
use crate::config::Upstream;
use crate::pool::reason::Reason;
use crate::pool::verdict::{Effect, Verdict};
use crate::provider::Kind;
use crate::provider::judge;

/// Of an answer that is no stream, so much is held back to be judged whole. What is longer goes to
/// the client as it comes.
const HOLD_MAX: usize = 1 << 20;

/// A stream that so far is only comments goes to the client after this, so that the comments can
/// keep the client's connection alive, which is what they are for.
const COMMENTS_MAX: Duration = Duration::from_secs(10);

/// The most that a plain answer may be unpacked to, where a key has to be taken out of it.
const UNPACKED_MAX: usize = 16 << 20;

/// From then on a plain request whose connection breaks counts as worked at.
const WORKED_AT: Duration = Duration::from_secs(30);

/// What one attempt sends.
pub struct Ask<'a> {
    /// Where to.
    pub uri: &'a Uri,
    /// How this upstream's errors read.
    pub kind: Kind,
    /// Headers that pass from the client.
    pub headers: &'a [(HeaderName, HeaderValue)],
    /// The client asked for a stream.
    pub stream: bool,
    /// The body, as the client sent it.
    pub body: &'a Bytes,
}

/// An answer whose first bytes are here and good.
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers that pass.
    pub headers: Passing,
    /// The bytes held back so far.
    pub held: Vec<Bytes>,
    /// The rest; `None` when the answer is here whole.
    pub source: Option<Source>,
    /// Has read `held`.
    pub inspector: Inspector,
    /// By when the rest of a plain answer must be here; a stream may take as long as it likes.
    pub deadline: Option<Instant>,
}

/// An attempt that brought nothing for the client, or only the upstream's refusal.
pub struct Failed {
    /// What it says about the key.
    pub verdict: Verdict,
    /// The upstream's own words, where they are about the request itself.
    pub refusal: Option<Refused>,
    /// The upstream's status; 0 when it gave none.
    pub status: u16,
    /// No other key may be asked: this one may have worked all the time that the client waited.
    pub is_final: bool,
    /// The upstream's words about it, not fit to be kept yet.
    pub said: Option<Box<Said>>,
}

/// The upstream's answer to a request that it finds fault with.
pub struct Refused {
    /// Its status.
    pub status: StatusCode,
    /// Its headers that pass.
    pub headers: Passing,
    /// Its body.
    pub body: Vec<u8>,
}

impl From<Verdict> for Failed {
    fn from(verdict: Verdict) -> Self {
        Self { verdict, refusal: None, status: 0, is_final: false, said: None }
    }
}

/// The provider's failure, for this reason.
fn failed(reason: Reason) -> Failed {
    Verdict::new(Effect::Overloaded, reason).into()
}

/// No answer in time.
fn timed_out(is_final: bool) -> Failed {
    Failed { is_final, ..failed(Reason::TimedOut) }
}

/// The connection broke. A plain request that the upstream has worked at for long may be paid for
/// by now: no other key is asked to do the work again.
fn lost(ask: &Ask<'_>, started: Instant, reason: Reason) -> Failed {
    let is_late = started.elapsed() >= WORKED_AT;
    Failed {
        is_final: !ask.stream && is_late && reason == Reason::ConnectionLost,
        ..failed(reason)
    }
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
    let answer_by = started + config.answer_timeout();
    let begin_by = match ask.stream {
        true => started + config.header_timeout(),
        false => answer_by,
    };
    let request = Request {
        method: Method::POST,
        uri: ask.uri,
        authorization: Some(authorization),
        headers: ask.headers,
        body: ask.body.clone(),
    };
    let response = match tokio::time::timeout_at(begin_by, client.send(&request)).await {
        Ok(Err(reason)) => return Err(lost(ask, started, reason)),
        Ok(Ok(response)) => response,
        Err(_) => return Err(timed_out(!ask.stream)),
    };
    let mut redactor = Redactor::new(authorization);
    if !response.status.is_success() {
        return Err(refusal::refused(ask.kind, response, config, clock, redactor).await);
    }
    let Response { status, headers: sent, mut source } = response;
    let sse = is_stream(headers::text(&sent, "content-type").unwrap_or_default(), ask.stream);
    let mut headers = headers::to_client(&sent);
    redactor.redact_headers(&mut headers);
    let inspector = match packing(headers::texts(&sent, "content-encoding")) {
        Packing::Unreadable => return Err(failed(Reason::MalformedAnswer)),
        Packing::Gzip => Inspector::unpacking(sse, redactor),
        Packing::Plain => {
            source.redacting(redactor);
            Inspector::new(sse)
        }
    };
    let inspector = inspector.believing(config.upstream_wait_max_secs);
    let (held, source) = (Vec::new(), Some(source));
    let deadline = (!sse).then_some(answer_by);
    let mut answer = Answer { status, headers, held, source, inspector, deadline };
    if sse {
        answer.first_event(begin_by, ask, clock).await?;
    } else {
        answer.whole(config.idle_timeout(), answer_by, ask.kind, clock).await?;
    }
    Ok(answer)
}

/// Whether an answer is a stream of events. Some servers don't name what they were asked for.
fn is_stream(content_type: &str, asked: bool) -> bool {
    let kind = content_type.trim().to_ascii_lowercase();
    kind.starts_with("text/event-stream")
        || asked && (kind.is_empty() || kind.starts_with("text/plain"))
}

impl Answer {
    /// Holds a stream back until its first event is here and is no error.
    async fn first_event(
        &mut self,
        deadline: Instant,
        ask: &Ask<'_>,
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
                Err(Reason::TimedOut) => return Err(timed_out(!ask.stream)),
                Err(reason) => return Err(failed(reason)),
            }
            if self.inspector.must_not_pass() {
                // The key can't be taken out of what is packed, and more of it is to come.
                return Err(failed(Reason::MalformedAnswer));
            }
            let seen = self.inspector.seen();
            if seen.error.is_some() || self.source.is_none() {
                break;
            }
            if seen.anything || size > HOLD_MAX {
                return Ok(());
            }
        }
        self.judged(ask.kind, clock)
    }

    /// Holds a plain answer back until it is here whole, or is too long to hold.
    async fn whole(
        &mut self,
        idle: Duration,
        deadline: Instant,
        kind: Kind,
        clock: &Clock,
    ) -> Result<(), Failed> {
        let mut size = 0;
        while let Some(source) = &mut self.source {
            let left = deadline.saturating_duration_since(Instant::now());
            match source.piece(idle.min(left)).await {
                Ok(Some(bytes)) => {
                    self.inspector.feed(&bytes);
                    size += bytes.len();
                    self.held.push(bytes);
                }
                Ok(None) => self.end(),
                Err(Reason::TimedOut) => return Err(timed_out(true)),
                Err(reason) => return Err(failed(reason)),
            }
            if size > HOLD_MAX && self.inspector.must_not_pass() {
                return Err(failed(Reason::MalformedAnswer));
            }
            if size > HOLD_MAX {
                return Ok(());
            }
        }
        self.unpack_if_leaking()?;
        self.judged(kind, clock)
    }

    /// Unpacks an answer that has the key in it, and takes it out.
    fn unpack_if_leaking(&mut self) -> Result<(), Failed> {
        let Some(redactor) = self.inspector.leak() else { return Ok(()) };
        let (mut plain, is_whole) = refusal::gunzip(&self.held.concat(), UNPACKED_MAX);
        if !is_whole {
            return Err(failed(Reason::MalformedAnswer));
        }
        redactor.redact(&mut plain);
        self.held = vec![plain.into()];
        self.headers.retain(|(name, _)| *name != CONTENT_ENCODING);
        Ok(())
    }

    fn end(&mut self) {
        self.inspector.end();
        self.source = None;
    }

    /// An error inside a 200 that is about the request itself, as the answer it should have been.
    fn inner_refusal(&self, kind: Kind) -> Option<Refused> {
        let error = self.inspector.seen().error.as_ref()?;
        let status = judge::status_inside(kind, error);
        let status = status.and_then(|status| StatusCode::from_u16(status).ok());
        let headers = vec![(CONTENT_TYPE, HeaderValue::from_static("application/json"))];
        Some(Refused {
            status: status.unwrap_or(StatusCode::BAD_REQUEST),
            headers,
            body: format!("{{\"error\":{error}}}").into_bytes(),
        })
    }

    fn judged(&self, kind: Kind, clock: &Clock) -> Result<(), Failed> {
        let verdict = self.inspector.verdict(kind, clock.now());
        let refusal = match verdict.effect {
            Effect::Success => return Ok(()),
            Effect::Neutral => self.inner_refusal(kind),
            _ => None,
        };
        let said = self.inspector.seen().error.as_deref().and_then(Said::inside);
        Err(Failed { verdict, refusal, status: self.status.as_u16(), is_final: false, said })
    }
}
