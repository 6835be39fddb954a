//! Reading an upstream's body, piece by piece and not too much of it.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Incoming};
use tokio::time::Instant;

use super::client::Home;
use super::client::connection::Connection;
use super::redact::Redactor;
use crate::pool::reason::Reason;

/// The rest of an upstream's answer.
///
/// Ends as soon as the promised length is there, and fails when the connection ends before it.
/// Dropping it closes the connection unless the answer was read to its end.
pub struct Source {
    body: Incoming,
    /// `None` once the body has ended.
    connection: Option<Connection>,
    home: Home,
    redactor: Option<Redactor>,
}

/// A body that was read whole, or as much of it as there was.
pub struct Start {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Why there are not all of them: it broke off, or the time is over. `None` for all of them,
    /// or when there are more than were wanted.
    pub broken: Option<Reason>,
    /// There are more than were wanted.
    pub is_cut: bool,
}

impl Source {
    /// The body that comes through this connection.
    pub(super) fn new(body: Incoming, connection: Connection, home: Home) -> Self {
        let mut source = Self { body, connection: Some(connection), home, redactor: None };
        if source.body.is_end_stream() {
            source.end();
        }
        source
    }

    /// Takes a key out of what is still to come.
    pub fn redacting(&mut self, redactor: Redactor) {
        self.redactor = Some(redactor);
    }

    /// The length that the head promised of what is still to come.
    pub fn remaining(&self) -> Option<u64> {
        let held = self.redactor.as_ref().map_or(0, Redactor::held);
        let held = u64::try_from(held).unwrap_or(u64::MAX);
        if self.connection.is_none() {
            return Some(held);
        }
        self.body.size_hint().exact().map(|rest| rest.saturating_add(held))
    }

    /// The next piece; `None` at a proper end.
    pub fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Reason>>> {
        loop {
            let piece = ready!(self.poll_raw(cx));
            let Some(redactor) = &mut self.redactor else { return Poll::Ready(piece) };
            let clean = match piece {
                Some(Ok(bytes)) => redactor.pass(bytes),
                Some(Err(reason)) => return Poll::Ready(Some(Err(reason))),
                None if redactor.held() == 0 => return Poll::Ready(None),
                None => redactor.rest(),
            };
            if !clean.is_empty() {
                return Poll::Ready(Some(Ok(clean)));
            }
        }
    }

    fn poll_raw(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Reason>>> {
        let mut driven = false;
        while let Some(connection) = &mut self.connection {
            match Pin::new(&mut self.body).poll_frame(cx) {
                Poll::Ready(Some(Ok(frame))) => {
                    // What is no data is a trailer, which nobody asked for.
                    let Ok(bytes) = frame.into_data() else { continue };
                    if self.body.is_end_stream() {
                        self.end();
                    }
                    if !bytes.is_empty() {
                        return Poll::Ready(Some(Ok(bytes)));
                    }
                }
                Poll::Ready(Some(Err(_))) => {
                    self.connection = None;
                    return Poll::Ready(Some(Err(Reason::ConnectionLost)));
                }
                Poll::Ready(None) => self.end(),
                Poll::Pending if driven => return Poll::Pending,
                Poll::Pending => {
                    connection.drive(cx);
                    driven = true;
                }
            }
        }
        Poll::Ready(None)
    }

    /// The next piece, within `timeout`.
    pub async fn piece(&mut self, timeout: Duration) -> Result<Option<Bytes>, Reason> {
        let next = std::future::poll_fn(|cx| self.poll_piece(cx));
        match tokio::time::timeout(timeout, next).await {
            Ok(piece) => piece.transpose(),
            Err(_) => Err(Reason::TimedOut),
        }
    }

    /// At most `limit` bytes of the body, which may take until `deadline`.
    pub async fn start(mut self, limit: usize, deadline: Instant) -> Start {
        let mut bytes = Vec::new();
        loop {
            match self.piece(deadline.saturating_duration_since(Instant::now())).await {
                Ok(Some(piece)) => bytes.extend_from_slice(&piece),
                Ok(None) => return Start { bytes, broken: None, is_cut: false },
                Err(reason) => return Start { bytes, broken: Some(reason), is_cut: false },
            }
            if bytes.len() > limit {
                bytes.truncate(limit);
                return Start { bytes, broken: None, is_cut: true };
            }
        }
    }

    /// Gives the connection back: the body was read to its end.
    fn end(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.home.take_back(connection);
        }
    }
}

impl Start {
    /// All of the body; an error where there is more than was wanted or less than was promised.
    ///
    /// # Errors
    /// Why it is not whole.
    pub fn whole(self) -> Result<Vec<u8>, Reason> {
        match (self.broken, self.is_cut) {
            (Some(reason), _) => Err(reason),
            (None, true) => Err(Reason::MalformedAnswer),
            (None, false) => Ok(self.bytes),
        }
    }
}
