//! The rest of an answer on its way to the client, unchanged and unbuffered.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::body::{BodySize, MessageBody};
use bytes::Bytes;
use tokio::time::{Instant, Sleep, sleep_until};

use super::attempt::Answer;
use super::inspect::Inspector;
use super::read::Source;
use super::served::Watch;
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
    /// By when a plain answer must be here.
    deadline: Option<Instant>,
    kind: Kind,
    clock: Clock,
    lease: Option<Lease>,
    tally: Option<Tally>,
    watch: Option<Watch>,
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
        watch: Option<Watch>,
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
            idle: Box::pin(sleep_until(until(idle_timeout, answer.deadline))),
            idle_timeout,
            deadline: answer.deadline,
            kind,
            clock,
            lease: Some(lease),
            tally: Some(tally),
            watch,
        }
    }

    /// A piece on its way. Everything that was promised may have passed with it, and then nobody
    /// asks for more.
    fn pass(&mut self, bytes: &Bytes) {
        self.inspector.feed(bytes);
        self.idle.as_mut().reset(until(self.idle_timeout, self.deadline));
        if let Some(tally) = &mut self.tally {
            tally.tokens(self.inspector.seen().tokens);
            tally.events(self.inspector.seen().events);
        }
        if !self.inspector.must_not_pass() {
            self.settle_when_all_has_passed();
        }
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
        if let Some(watch) = self.watch.take() {
            watch.look(self.inspector.seen().model.as_deref());
        }
        let leaks = self.inspector.leak().is_some();
        let verdict = match (broken, &self.inspector.seen().error) {
            _ if leaks => Verdict::new(Effect::Overloaded, Reason::MalformedAnswer),
            // A stream that said "finished" lost nothing with its connection.
            (Some(reason), None) if !self.inspector.seen().finished => {
                Verdict::new(Effect::Overloaded, reason)
            }
            _ => self.inspector.verdict(self.kind, self.clock.now()),
        };
        tally.tokens(self.inspector.seen().tokens);
        tally.events(self.inspector.seen().events);
        let error = self.inspector.seen().error.as_deref();
        let said = tally.said_inside(error, lease.secret());
        tally.attempted(&verdict, said);
        lease.settle(verdict);
        if verdict.effect == Effect::Success {
            tally.finish(Outcome::Success, 200);
            return None;
        }
        match verdict.effect {
            // The upstream finds fault with the request, in the midst of its answer.
            Effect::Neutral => tally.finish(Outcome::ClientError, 400),
            _ => tally.finish(Outcome::Failure, 502),
        }
        Some(verdict.reason)
    }

    /// What the client gets in place of the missing end.
    fn broken(&mut self, reason: Reason) -> Poll<Option<Result<Bytes, BrokenOff>>> {
        self.source = None;
        // What has the key in it was not passed on.
        let told = self.inspector.seen().error.is_some() && self.inspector.leak().is_none();
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

/// By when the next piece must be here.
fn until(idle: Duration, deadline: Option<Instant>) -> Instant {
    let idle = Instant::now() + idle;
    deadline.map_or(idle, |deadline| deadline.min(idle))
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
                if !this.inspector.must_not_pass() {
                    return Poll::Ready(Some(Ok(bytes)));
                }
                // The key can't be taken out of what is packed.
                Some(Reason::MalformedAnswer)
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
