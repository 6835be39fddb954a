//! The rest of an answer on its way to the client, unchanged and unbuffered.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::body::{BodySize, MessageBody};
use bytes::Bytes;
use tokio::time::{Instant, Sleep, sleep};

use super::attempt::Answer;
use super::inspect::Inspector;
use super::read::Source;
use super::tally::Tally;
use crate::actors::key_pool::Lease;
use crate::clock::Clock;
use crate::pool::reason::Reason;
use crate::pool::verdict::{Effect, Verdict};
use crate::provider::Kind;
use crate::stats::Outcome;

/// The answer broke off after its first byte had gone out: the client's connection is cut, so that
/// it can't take the part for the whole.
#[derive(Debug, thiserror::Error)]
#[error("the upstream's answer broke off")]
pub struct BrokenOff;

/// Passes the answer on. When it ends, the key goes back with a verdict and the request is
/// counted, before the client can see the end. When the client leaves first, dropping this closes
/// the upstream's connection.
pub struct Relay {
    held: VecDeque<Bytes>,
    source: Option<Source>,
    size: BodySize,
    inspector: Inspector,
    idle: Pin<Box<Sleep>>,
    idle_timeout: Duration,
    kind: Kind,
    clock: Clock,
    lease: Option<Lease>,
    tally: Option<Tally>,
}

impl Relay {
    /// Passes on what `answer` holds and what it brings.
    pub fn new(
        answer: Answer,
        kind: Kind,
        clock: Clock,
        idle_timeout: Duration,
        lease: Lease,
        tally: Tally,
    ) -> Self {
        let held: u64 = answer.held.iter().map(|bytes| bytes.len() as u64).sum();
        let rest = answer.source.as_ref().map_or(Some(0), Source::remaining);
        let size = match rest {
            // A stream may end with an event of the pool's own, so its length is not promised.
            Some(rest) if !answer.inspector.is_sse() => BodySize::Sized(held + rest),
            _ => BodySize::Stream,
        };
        Self {
            held: answer.held.into(),
            source: answer.source,
            size,
            inspector: answer.inspector,
            idle: Box::pin(sleep(idle_timeout)),
            idle_timeout,
            kind,
            clock,
            lease: Some(lease),
            tally: Some(tally),
        }
    }

    /// A piece on its way. Everything that was promised may have passed with it, and then nobody
    /// asks for more.
    fn pass(&mut self, bytes: &Bytes) {
        self.inspector.feed(bytes);
        self.idle.as_mut().reset(Instant::now() + self.idle_timeout);
        if let Some(tally) = &mut self.tally {
            tally.tokens(self.inspector.seen().tokens);
            tally.events(self.inspector.seen().events);
        }
        self.settle_when_all_has_passed();
    }

    fn settle_when_all_has_passed(&mut self) {
        let rest = self.source.as_ref().and_then(Source::remaining);
        if self.held.is_empty() && rest == Some(0) {
            self.ended(None);
        }
    }

    /// Settles everything; returns what it came to. Only the first call counts.
    fn ended(&mut self, broken: Option<Reason>) -> Option<Reason> {
        let (lease, mut tally) = (self.lease.take()?, self.tally.take()?);
        self.inspector.end();
        let verdict = match (broken, &self.inspector.seen().error) {
            // A stream that said "finished" lost nothing with its connection.
            (Some(reason), None) if !self.inspector.seen().finished => {
                Verdict::new(Effect::Overloaded, reason)
            }
            _ => self.inspector.verdict(self.kind, self.clock.now()),
        };
        tally.tokens(self.inspector.seen().tokens);
        tally.events(self.inspector.seen().events);
        tally.attempted(&verdict);
        lease.settle(verdict);
        if verdict.effect == Effect::Success {
            tally.finish(Outcome::Success, 200);
            return None;
        }
        tally.finish(Outcome::Failure, 502);
        Some(verdict.reason)
    }

    /// What the client gets in place of the missing end.
    fn broken(&mut self, reason: Reason) -> Poll<Option<Result<Bytes, BrokenOff>>> {
        self.source = None;
        let told = self.inspector.seen().error.is_some();
        if told {
            // The upstream has said so itself.
            return Poll::Ready(None);
        }
        if self.inspector.is_sse() && self.inspector.is_plain() {
            let event = serde_json::json!({"error": {
                "message": "The upstream's answer broke off.",
                "type": "upstream_error", "param": null, "code": reason.as_str(),
            }});
            return Poll::Ready(Some(Ok(Bytes::from(format!("\n\ndata: {event}\n\n")))));
        }
        Poll::Ready(Some(Err(BrokenOff)))
    }
}

impl MessageBody for Relay {
    type Error = BrokenOff;

    fn size(&self) -> BodySize {
        self.size
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let this = &mut *self;
        if let Some(bytes) = this.held.pop_front() {
            this.settle_when_all_has_passed();
            return Poll::Ready(Some(Ok(bytes)));
        }
        let Some(source) = &mut this.source else { return Poll::Ready(None) };
        let broken = match source.poll_piece(cx) {
            Poll::Ready(Some(Ok(bytes))) => {
                this.pass(&bytes);
                return Poll::Ready(Some(Ok(bytes)));
            }
            Poll::Ready(Some(Err(reason))) => Some(reason),
            Poll::Ready(None) => None,
            Poll::Pending if this.idle.as_mut().poll(cx).is_ready() => Some(Reason::TimedOut),
            Poll::Pending => return Poll::Pending,
        };
        match this.ended(broken) {
            Some(reason) => this.broken(reason),
            None => {
                this.source = None;
                Poll::Ready(None)
            }
        }
    }
}
