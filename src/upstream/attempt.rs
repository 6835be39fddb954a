//! One request with one key, up to the first byte that may go to the client.

use std::time::{Duration, Instant};

use actix_web::http::StatusCode;
use awc::ClientResponse;
use awc::error::SendRequestError;
use awc::http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue};
use awc::http::{Method, Uri};
use bytes::Bytes;

use super::client::Client;
use super::headers::{self, Passing};
use super::inspect::Inspector;
use super::read::Source;
use crate::clock::Clock;
use crate::config::Upstream;
use crate::pool::reason::Reason;
use crate::pool::verdict::{Effect, Verdict};
use crate::provider::Kind;
use crate::provider::judge::{self, ToldWait, judge};

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
}

/// An attempt that brought nothing for the client, or only the upstream's refusal.
pub struct Failed {
    /// What it says about the key.
    pub verdict: Verdict,
    /// The upstream's own words, where they are about the request itself.
    pub refusal: Option<Refused>,
    /// The upstream's status; 0 when it gave none.
    pub status: u16,
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
        Self { verdict, refusal: None, status: 0 }
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
    let status = response.status();
    if !status.is_success() {
        return Err(refused(ask.kind, response, config, clock).await);
    }
    let sent = response.headers();
    let sse = is_stream(headers::text(sent, "content-type").unwrap_or_default(), ask.stream);
    let inspector = Inspector::new(sse, headers::text(sent, "content-encoding"));
    let headers = headers::to_client(sent);
    let source = Some(Source::new(response));
    let mut answer = Answer { status, headers, held: Vec::new(), source, inspector };
    if sse {
        let deadline = started + config.header_timeout();
        answer.first_event(deadline, ask.kind, clock).await?;
    } else {
        answer.whole(config.idle_timeout(), ask.kind, clock).await?;
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

    /// An error inside a 200 that is about the request itself, as the answer it should have been.
    fn inner_refusal(&self) -> Option<Refused> {
        let error = self.inspector.seen().error.as_ref()?;
        let status = judge::code_inside(error).and_then(|code| StatusCode::from_u16(code).ok());
        let headers = vec![(CONTENT_TYPE, HeaderValue::from_static("application/json"))];
        Some(Refused {
            status: status.unwrap_or(StatusCode::BAD_REQUEST),
            headers,
            body: format!("{{\"error\":{error}}}").into_bytes(),
        })
    }

    fn judged(&self, kind: Kind, clock: &Clock) -> Result<(), Failed> {
        let verdict = self.inspector.verdict(kind, clock.now());
        match verdict.effect {
            Effect::Success => Ok(()),
            Effect::Neutral => {
                let refusal = self.inner_refusal();
                Err(Failed { verdict, refusal, status: self.status.as_u16() })
            }
            _ => Err(Failed { verdict, refusal: None, status: self.status.as_u16() }),
        }
    }
}

/// Reads what the upstream says with an error status, and judges it.
async fn refused(kind: Kind, response: ClientResponse, config: &Upstream, clock: &Clock) -> Failed {
    let (status, sent) = (response.status(), response.headers().clone());
    let body = Source::new(response).start(ERROR_MAX, config.idle_timeout()).await;
    let gzip = headers::text(&sent, "content-encoding") == Some("gzip");
    let plain = if gzip { gunzip(&body) } else { body.clone() };
    let told = ToldWait {
        retry_after: headers::text(&sent, "retry-after"),
        rate_limit_reset: headers::text(&sent, "x-ratelimit-reset"),
    };
    let words = String::from_utf8_lossy(&plain);
    let verdict = judge(kind, status.as_u16(), told, &words, clock.now());
    let own_fault = verdict.effect == Effect::Neutral;
    let headers = headers::to_client(&sent);
    let refusal = own_fault.then_some(Refused { status, headers, body });
    Failed { verdict, refusal, status: status.as_u16() }
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
