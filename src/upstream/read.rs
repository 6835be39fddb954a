//! Reading an upstream's body, piece by piece and not too much of it.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use awc::ClientResponse;
use awc::http::header::CONTENT_LENGTH;
use bytes::Bytes;
use futures_util::Stream;

use crate::pool::reason::Reason;

/// The rest of an upstream's answer.
///
/// Ends as soon as the promised length is there, and fails when the connection ends before it.
/// Dropping it closes the connection unless the answer was read to its end.
pub struct Source {
    response: ClientResponse,
    remaining: Option<u64>,
}

impl Source {
    /// The body of this answer.
    pub fn new(response: ClientResponse) -> Self {
        let length = response.headers().get(CONTENT_LENGTH);
        let remaining = length.and_then(|value| value.to_str().ok()?.parse().ok());
        Self { response, remaining }
    }

    /// The length that the head promised of what is still to come.
    pub fn remaining(&self) -> Option<u64> {
        self.remaining
    }

    /// The next piece; `None` at a proper end.
    pub fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Reason>>> {
        match Pin::new(&mut self.response).poll_next(cx) {
            Poll::Ready(Some(Ok(bytes))) => {
                let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
                self.remaining = self.remaining.map(|left| left.saturating_sub(length));
                Poll::Ready(Some(Ok(bytes)))
            }
            Poll::Ready(Some(Err(_))) => Poll::Ready(Some(Err(Reason::ConnectionLost))),
            Poll::Ready(None) if self.remaining.is_some_and(|left| left > 0) => {
                Poll::Ready(Some(Err(Reason::ConnectionLost)))
            }
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    }

    /// The next piece, within `timeout`.
    pub async fn piece(&mut self, timeout: Duration) -> Result<Option<Bytes>, Reason> {
        let next = std::future::poll_fn(|cx| self.poll_piece(cx));
        match tokio::time::timeout(timeout, next).await {
            Ok(piece) => piece.transpose(),
            Err(_) => Err(Reason::TimedOut),
        }
    }

    /// At most `limit` bytes of the body, for reading an error. What goes wrong ends it.
    pub async fn start(mut self, limit: usize, timeout: Duration) -> Vec<u8> {
        let mut start = Vec::new();
        while let Ok(Some(bytes)) = self.piece(timeout).await {
            start.extend_from_slice(&bytes);
            if start.len() >= limit {
                break;
            }
        }
        start
    }
}
