//! One connection to a server, driven by whoever waits for something from it.

use std::cell::Cell;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Waker};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;

use super::wire::{Stream, Wire};

/// Age at which a connection is used no more: only a new one asks again where the server is, and
/// whether it may be asked.
const AGE_MAX: Duration = Duration::from_secs(75);

/// Body of a request.
pub type Body = Full<Bytes>;

type Driver = http1::Connection<TokioIo<Wire>, Body>;

/// A connection, which closes when it is dropped. It carries one request at a time.
pub struct Connection {
    sender: http1::SendRequest<Body>,
    /// Part of hyper that moves the bytes; `None` once the connection has ended.
    driver: Option<Pin<Box<Driver>>>,
    heard: Rc<Cell<bool>>,
    opened: Instant,
}

impl Connection {
    /// Makes one of an open stream.
    pub async fn open(stream: Stream) -> hyper::Result<Self> {
        let heard = Rc::new(Cell::new(false));
        let io = TokioIo::new(Wire::new(stream, heard.clone()));
        let (sender, driver) = http1::handshake(io).await?;
        Ok(Self { sender, driver: Some(Box::pin(driver)), heard, opened: Instant::now() })
    }

    /// Sends a request and waits for the head of the answer. Dropped before, the connection must
    /// be dropped, too.
    pub async fn send(
        &mut self,
        request: hyper::Request<Body>,
    ) -> hyper::Result<hyper::Response<Incoming>> {
        self.heard.set(false);
        let mut answer = pin!(self.sender.send_request(request));
        let driver = &mut self.driver;
        poll_fn(|cx| {
            drive(driver, cx);
            answer.as_mut().poll(cx)
        })
        .await
    }

    /// Whether a byte has come since the last request was sent.
    pub fn has_heard(&self) -> bool {
        self.heard.get()
    }

    /// Moves bytes, and wakes this task when more can be moved.
    pub fn drive(&mut self, cx: &mut Context<'_>) {
        drive(&mut self.driver, cx);
    }

    /// Whether the connection is open, young enough, and has nothing left to send or to read: bytes
    /// that nobody asked for end it.
    pub fn is_reusable(&mut self) -> bool {
        self.drive(&mut Context::from_waker(Waker::noop()));
        self.driver.is_some() && self.sender.is_ready() && self.opened.elapsed() < AGE_MAX
    }
}

fn drive(driver: &mut Option<Pin<Box<Driver>>>, cx: &mut Context<'_>) {
    // An error reaches whoever waits for the head or for the body.
    if driver.as_mut().is_some_and(|driver| driver.as_mut().poll(cx).is_ready()) {
        *driver = None;
    }
}
