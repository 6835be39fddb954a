//! One WebSocket: its queue on the way out, and its pongs on the way in.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_ws::{CloseCode, CloseReason, Closed, Message, MessageStream};
use bytes::Bytes;
use bytestring::ByteString;
use futures_util::future::LocalBoxFuture;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep_until, timeout};

use super::flow::{Due, Flow};
use crate::actors::events::{End, Viewer};

/// How long a viewer may take to take note of the end.
const GOODBYE: Duration = Duration::from_secs(2);

/// What a frame needs beside its payload, in bytes.
const FRAME_HEAD: usize = 4;

/// A viewer and its connection.
pub struct Session {
    socket: actix_ws::Session,
    heard: MessageStream,
    viewer: Viewer,
    revoked: LocalBoxFuture<'static, ()>,
    flow: Flow,
}

/// How it ended.
enum Over {
    /// The viewer is gone, or said goodbye.
    Gone,
    /// The viewer has to go.
    Dismissed(CloseCode, &'static str),
}

impl Session {
    /// A session that begins. It is over when `revoked` is.
    pub fn new(
        socket: actix_ws::Session,
        heard: MessageStream,
        viewer: Viewer,
        revoked: LocalBoxFuture<'static, ()>,
    ) -> Self {
        Self { socket, heard, viewer, revoked, flow: Flow::new(Instant::now()) }
    }

    /// Serves until it is over; then ends the connection, in peace or not.
    pub async fn serve(mut self, end: oneshot::Sender<Ending>) {
        let over = loop {
            match self.step().await {
                Ok(None) => {}
                Ok(Some(over)) => break over,
                Err(Closed) => break Over::Gone,
            }
        };
        let Self { socket, mut heard, viewer, .. } = self;
        // The seat is free from here on.
        drop(viewer);
        let goodbye = async {
            match over {
                Over::Gone => drop(socket.close(None).await),
                Over::Dismissed(code, words) => {
                    let reason = CloseReason { code, description: Some(words.to_owned()) };
                    if socket.close(Some(reason)).await.is_ok() {
                        note_taken(&mut heard).await;
                    }
                }
            }
        };
        let in_peace = timeout(GOODBYE, goodbye).await.is_ok();
        let _ = end.send(if in_peace { Ending::Peace } else { Ending::Cut });
    }

    /// Waits for whatever comes first, and sees to it.
    async fn step(&mut self) -> Result<Option<Over>, Closed> {
        let now = Instant::now();
        tokio::select! {
            biased;
            end = &mut self.viewer.end => Ok(Some(match end {
                Ok(End::Slow) => Over::Dismissed(CloseCode::Again, "read too slowly"),
                Ok(End::Stopping) => Over::Dismissed(CloseCode::Away, "the server stops"),
                Err(_) => Over::Dismissed(CloseCode::Restart, "try again"),
            })),
            () = &mut self.revoked => {
                Ok(Some(Over::Dismissed(CloseCode::Policy, "no longer an administrator")))
            }
            message = self.heard.recv() => self.hear(message).await,
            () = sleep_until(self.flow.next()) => match self.flow.due(now.max(Instant::now())) {
                Some(Due::Ping(payload)) => self.socket.ping(&payload).await.map(|()| None),
                Some(Due::GiveUp) => {
                    Ok(Some(Over::Dismissed(CloseCode::Policy, "no answer to a ping")))
                }
                None => Ok(None),
            },
            Some(text) = self.viewer.queue.recv(), if self.flow.has_room() => {
                self.send(text).await.map(|()| None)
            }
        }
    }

    async fn send(&mut self, text: ByteString) -> Result<(), Closed> {
        self.flow.sent(text.len() + FRAME_HEAD);
        self.socket.text(text).await
    }

    async fn hear(
        &mut self,
        message: Option<Result<Message, actix_ws::ProtocolError>>,
    ) -> Result<Option<Over>, Closed> {
        match message {
            Some(Ok(Message::Ping(payload))) => {
                // Pongs count as sent, or a flood of pings would fill the connection's buffer.
                self.flow.sent(payload.len() + FRAME_HEAD);
                if !self.flow.has_room() {
                    return Ok(Some(Over::Dismissed(CloseCode::Policy, "too many pings")));
                }
                self.socket.pong(&payload).await?;
                Ok(None)
            }
            Some(Ok(Message::Pong(payload))) => {
                self.flow.pong(&payload);
                Ok(None)
            }
            Some(Ok(Message::Close(_))) | None => Ok(Some(Over::Gone)),
            Some(Ok(_)) => Ok(None),
            Some(Err(_)) => Ok(Some(Over::Dismissed(CloseCode::Protocol, "not understood"))),
        }
    }
}

/// Waits until the viewer has closed its side.
async fn note_taken(heard: &mut MessageStream) {
    while let Some(Ok(message)) = heard.recv().await {
        if matches!(message, Message::Close(_)) {
            break;
        }
    }
}

/// How a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Both sides have said goodbye.
    Peace,
    /// The viewer doesn't listen.
    Cut,
}

/// A WebSocket's body that can be cut off. Its own end is not passed on until then: a connection
/// whose client doesn't read would stay open for as long as that pleases.
pub struct Cut {
    body: BoxBody,
    ended: bool,
    end: oneshot::Receiver<Ending>,
}

/// The connection is closed.
#[derive(Debug, thiserror::Error)]
#[error("the WebSocket was closed")]
pub struct CutOff;

impl Cut {
    /// This body, until `end`.
    pub fn new(body: BoxBody, end: oneshot::Receiver<Ending>) -> Self {
        Self { body, ended: false, end }
    }
}

impl MessageBody for Cut {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let this = &mut *self;
        if !this.ended {
            match Pin::new(&mut this.body).poll_next(cx) {
                Poll::Ready(None) => this.ended = true,
                Poll::Ready(piece) => return Poll::Ready(piece),
                Poll::Pending => {}
            }
        }
        match Pin::new(&mut this.end).poll(cx) {
            Poll::Ready(Ok(Ending::Peace)) => Poll::Ready(None),
            Poll::Ready(_) => Poll::Ready(Some(Err(CutOff.into()))),
            Poll::Pending => Poll::Pending,
        }
    }
}
