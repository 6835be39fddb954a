//! HTTP client towards upstreams, over hyper's HTTP/1.1 connections.
//!
//! One client per thread: nothing in it is locked, and a request drives its own connection, so
//! that no other task has to be woken for it. HTTP/1.1 only: a dropped answer closes its
//! connection and so stops the upstream at once. There is no limit on connections: how many there
//! are is decided by how many requests are let in. Redirects are not followed.

mod connect;
pub(super) mod connection;
pub mod convert;
mod idle;
mod request;
#[cfg(test)]
mod tests;
mod wire;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use actix_web::http::StatusCode;
use hyper::HeaderMap;
use hyper::header::HeaderName;
use url::Url;

use self::connect::Connector;
use self::connection::Connection;
use self::idle::{Idle, Origin};
pub use self::request::Request;
use super::guard::Guard;
use super::read::Source;
use crate::config::Upstream;
use crate::pool::reason::Reason;

/// Name of the pool in requests to upstreams: the honest one.
pub const USER_AGENT: &str = concat!("ollama-api-pool/", env!("CARGO_PKG_VERSION"));

/// Time that an idle connection is kept: below the usual server's patience, so that a request
/// rarely meets a connection that is just being closed.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Upper bound of [`Client::question_timeout`]. A question about a key or a catalogue is small: an
/// upstream that takes longer says nothing about either.
pub const QUESTION_TIMEOUT: Duration = Duration::from_secs(15);

/// Client of one thread; clones share its connections.
#[derive(Clone)]
pub struct Client(Rc<Inner>);

struct Inner {
    connector: Connector,
    idle: RefCell<Idle>,
    /// A task closes connections that have been idle for too long.
    sweeps: Cell<bool>,
    question_timeout: Duration,
}

/// Head of an answer, and where its body comes from.
pub struct Response {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub source: Source,
}

/// Time in which a connection shows that the server was just closing it: a way there and back.
const CLOSING_RACE: Duration = Duration::from_secs(2);

/// Time between two sweeps, at least.
const SWEEP_EVERY: Duration = Duration::from_secs(1);

/// Makes a client for this thread.
pub fn build(config: &Upstream) -> Client {
    guarded(config, Guard::new(config))
}

/// As [`build`], with connections only where this guard lets them go.
pub fn guarded(config: &Upstream, guard: Guard) -> Client {
    let question_timeout = QUESTION_TIMEOUT.min(config.header_timeout());
    Client::new(Connector::new(guard, config.connect_timeout()), question_timeout)
}

/// As [`guarded`], with this configuration of TLS.
pub fn with_tls(config: &Upstream, guard: Guard, tls: rustls::ClientConfig) -> Client {
    let question_timeout = QUESTION_TIMEOUT.min(config.header_timeout());
    Client::new(Connector::with_tls(guard, config.connect_timeout(), tls), question_timeout)
}

impl Client {
    fn new(connector: Connector, question_timeout: Duration) -> Self {
        let (idle, sweeps) = (RefCell::default(), Cell::new(false));
        Self(Rc::new(Inner { connector, idle, sweeps, question_timeout }))
    }

    /// Returns a client that may also connect to the place of this URL, and shares no connection
    /// with this one: for addresses that the environment names and that are no upstreams.
    pub fn apart(&self, trusted: &Url) -> Self {
        Self::new(self.0.connector.trusting(trusted), self.0.question_timeout)
    }

    /// Total time for a question that spends no tokens, from sending it to the end of its answer.
    pub fn question_timeout(&self) -> Duration {
        self.0.question_timeout
    }

    /// Sends a request and waits for the head of its answer; interim answers are skipped.
    ///
    /// A kept connection may be closed by the server at any moment. A request that fails on one at
    /// once, before a single byte has come back, is sent once more, on a new connection. Later the
    /// server may have worked at it.
    ///
    /// # Errors
    /// There is no connection, it broke, or what came is no HTTP.
    pub async fn send(&self, request: &Request<'_>) -> Result<Response, Reason> {
        let origin = Origin::of(request.uri).ok_or(Reason::ConnectFailed)?;
        let (host, kept) = self.0.idle.borrow_mut().take(&origin);
        if let Some(mut kept) = kept {
            let sent = Instant::now();
            match kept.send(request.build(&host)).await {
                Ok(answer) => return Ok(self.response(origin, kept, answer)),
                Err(_) if !kept.has_heard() && sent.elapsed() < CLOSING_RACE => {}
                Err(error) => return Err(reason(&error)),
            }
        }
        let mut connection = self.0.connector.connect(&origin).await?;
        match connection.send(request.build(&host)).await {
            Ok(answer) => Ok(self.response(origin, connection, answer)),
            Err(error) => Err(reason(&error)),
        }
    }

    fn response(
        &self,
        origin: Origin,
        connection: Connection,
        answer: hyper::Response<hyper::body::Incoming>,
    ) -> Response {
        let (head, body) = answer.into_parts();
        let kept_for = keep_alive(&head.headers);
        let home = Home { client: self.clone(), origin, kept_for };
        Response {
            status: convert::status(head.status),
            headers: head.headers,
            source: Source::new(body, connection, home),
        }
    }

    fn keep(&self, home: &Home, connection: Connection) {
        let until = Instant::now() + home.kept_for;
        self.0.idle.borrow_mut().keep(&home.origin, connection, until);
        if !self.0.sweeps.replace(true) {
            actix_web::rt::spawn(sweep(Rc::downgrade(&self.0)));
        }
    }
}

/// Where a connection goes once its answer was read to the end.
pub(super) struct Home {
    client: Client,
    origin: Origin,
    kept_for: Duration,
}

impl Home {
    /// Takes the connection back, if another request can use it.
    pub(super) fn take_back(&self, mut connection: Connection) {
        if !self.kept_for.is_zero() && connection.is_reusable() {
            self.client.keep(self, connection);
        }
    }
}

/// Closes what has been idle for too long, until nothing is idle.
async fn sweep(client: std::rc::Weak<Inner>) {
    loop {
        let next = match client.upgrade() {
            Some(client) => {
                let next = client.idle.borrow_mut().sweep(Instant::now());
                client.sweeps.set(next.is_some());
                next
            }
            None => None,
        };
        let Some(next) = next else { return };
        // Not at each single end: many connections end one after another.
        tokio::time::sleep_until(next.max(Instant::now() + SWEEP_EVERY).into()).await;
    }
}

/// How long the server keeps an idle connection, less a second for the way; at most
/// [`KEEP_ALIVE`].
fn keep_alive(headers: &HeaderMap) -> Duration {
    const NAME: HeaderName = HeaderName::from_static("keep-alive");
    let told = headers.get(NAME).and_then(|value| value.to_str().ok()).and_then(|text| {
        let mut fields = text.split(',').filter_map(|field| field.trim().strip_prefix("timeout="));
        fields.next()?.trim().parse::<u64>().ok()
    });
    told.map_or(KEEP_ALIVE, |secs| KEEP_ALIVE.min(Duration::from_secs(secs.saturating_sub(1))))
}

/// The reason in the terms of the pool.
fn reason(error: &hyper::Error) -> Reason {
    if error.is_parse() { Reason::MalformedAnswer } else { Reason::ConnectionLost }
}
