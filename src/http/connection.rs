//! [`Progress`]: how far the request under way on a client's connection is, as the connection itself
//! needs to know when the client closes its side.

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{ConnectionType, Method, Version};
use bytes::Bytes;

use super::body::held::Held;

/// The header that every answer of an upstream carries.
const FROM_UPSTREAM: &str = "x-pool-provider";

/// How far a request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// There is none, or its answer has been produced.
    Idle,
    /// A handler is at work, and none of the answer is sent yet.
    Waiting(Asker),
    /// The answer is being sent.
    Answering {
        /// An upstream is still at work on it, which costs money.
        upstream: bool,
    },
}

/// How a client that has closed its side while it waits is told from one that has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asker {
    /// By an interim answer, which only a client that is gone refuses.
    TakesInterim,
    /// Not at all: HTTP/1.0 knows no interim answers. What it asks for costs nothing.
    Trusted,
    /// Not at all, and it asks for work.
    Untrusted,
}

/// Mark of a connection that is encrypted from the client to the pool itself.
#[derive(Debug, Clone, Copy)]
pub struct ByTls;

/// Shared by a connection and the request under way on it.
#[derive(Debug, Clone)]
pub struct Progress(Rc<State>);

#[derive(Debug)]
struct State {
    phase: Cell<Phase>,
    begun: Cell<u64>,
    /// The client waits to be told to send its body, and has not been told yet.
    expects: Cell<bool>,
    /// Somebody reads the body.
    wanted: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

impl Default for Progress {
    fn default() -> Self {
        Self(Rc::new(State {
            phase: Cell::new(Phase::Idle),
            begun: Cell::default(),
            expects: Cell::default(),
            wanted: Cell::default(),
            waker: RefCell::default(),
        }))
    }
}

impl Progress {
    /// How far it is.
    pub fn phase(&self) -> Phase {
        self.0.phase.get()
    }

    /// Number of requests that have begun on this connection.
    pub fn begun(&self) -> u64 {
        self.0.begun.get()
    }

    /// A request begins.
    pub fn begin(request: &ServiceRequest) -> Option<Self> {
        let this = request.conn_data::<Self>()?.clone();
        let asker = match (request.version() < Version::HTTP_11, request.method()) {
            (false, _) => Asker::TakesInterim,
            (true, &Method::GET | &Method::HEAD) => Asker::Trusted,
            (true, _) => Asker::Untrusted,
        };
        this.0.phase.set(Phase::Waiting(asker));
        this.0.begun.set(this.0.begun.get() + 1);
        this.0.expects.set(request.head().expect());
        this.0.wanted.set(false);
        Some(this)
    }

    /// Whether the client waits to be told to send its body. Asked once a request.
    pub fn take_expectation(&self) -> bool {
        self.0.expects.take()
    }

    /// Somebody reads the body of the request: the client may send it.
    pub fn want_body(&self) {
        if !self.0.wanted.replace(true)
            && let Some(waker) = self.0.waker.take()
        {
            waker.wake();
        }
    }

    /// Whether somebody reads the body.
    pub fn wants_body(&self) -> bool {
        self.0.wanted.get()
    }

    /// Wakes the connection when somebody reads the body.
    pub fn wake_when_wanted(&self, waker: &Waker) {
        *self.0.waker.borrow_mut() = Some(waker.clone());
    }

    /// There is no answer to come.
    pub fn fail(this: Option<Self>) {
        if let Some(this) = this {
            this.0.phase.set(Phase::Idle);
        }
    }

    /// The answer begins. The request's body is held until it has ended.
    pub fn answer(
        this: Option<Self>,
        response: ServiceResponse<BoxBody>,
        asked: Option<Held>,
    ) -> ServiceResponse<Tracked> {
        let from_upstream = response.headers().contains_key(FROM_UPSTREAM);
        response.map_body(|_, body| {
            let (body, whole) = match body.size() {
                BodySize::None => (body, true),
                _ => match body.try_into_bytes() {
                    Ok(bytes) => (BoxBody::new(bytes), true),
                    Err(body) => (body, false),
                },
            };
            if let Some(this) = &this {
                this.0.phase.set(Phase::Answering { upstream: from_upstream && !whole });
            }
            Tracked { body, progress: this, _asked: asked }
        })
    }
}

/// A body whose end is told to its connection.
pub struct Tracked {
    body: BoxBody,
    progress: Option<Progress>,
    _asked: Option<Held>,
}

impl MessageBody for Tracked {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(cx)
    }
}

impl Drop for Tracked {
    fn drop(&mut self) {
        Progress::fail(self.progress.take());
    }
}

/// Makes an answer of unknown length one that HTTP/1.0 knows: without chunks, ended by closing the
/// connection.
pub fn suit_version<B: MessageBody>(response: &mut ServiceResponse<B>) {
    let old = response.request().version() < Version::HTTP_11;
    if old && response.response().body().size() == BodySize::Stream {
        let head = response.response_mut().head_mut();
        head.no_chunking(true);
        head.set_connection_type(ConnectionType::Close);
    }
}
