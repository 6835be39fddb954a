//! [`Departure`]: a client has closed its side of the connection. Has it left, or does it only have
//! nothing more to say?
//!
//! Both look the same on the wire: a FIN. They differ in what happens to bytes that are sent
//! afterwards: a client that waits takes them, and the kernel of one that has left answers with a
//! reset. So a client that waits for the beginning of its answer is sent an interim answer, `100
//! Continue`, which every HTTP/1.1 client has to pass over (RFC 9110, section 15.2).

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::rt::net::TcpStream;
use tokio::io::{AsyncWrite, Interest};
use tokio::time::{Sleep, sleep};

use super::wire::Wire;
use crate::http::connection::{Asker, Phase};

const INTERIM: &[u8] = super::interim::CONTINUE;

/// The second interim answer is sent after this. A proxy of connections (not of HTTP) passes the
/// first on before it learns of the reset, and closes its own connection at the second.
const AGAIN: Duration = Duration::from_secs(1);

/// More are not sent: some clients take only a few.
const INTERIM_MAX: u8 = 2;

/// A client that has closed its side.
pub struct Departure {
    /// Ready when the other side has reset the connection.
    reset: Pin<Box<dyn Future<Output = ()>>>,
    sent: u8,
    again: Option<Pin<Box<Sleep>>>,
}

impl Departure {
    /// It has just done so.
    pub fn new(socket: Arc<TcpStream>) -> Self {
        let reset = Box::pin(async move {
            let _ = socket.ready(Interest::ERROR).await;
        });
        Self { reset, sent: 0, again: None }
    }

    /// Ready when the client has left.
    pub fn poll_left(&mut self, phase: Phase, wire: &mut Wire, cx: &mut Context<'_>) -> Poll<()> {
        match phase {
            Phase::Waiting(Asker::Untrusted) => return Poll::Ready(()),
            Phase::Waiting(Asker::TakesInterim) if self.ask(wire, cx).is_err() => {
                return Poll::Ready(());
            }
            _ => {}
        }
        self.reset.as_mut().poll(cx)
    }

    /// Sends an interim answer when it is time for one.
    fn ask(&mut self, wire: &mut Wire, cx: &mut Context<'_>) -> io::Result<()> {
        while self.sent < INTERIM_MAX {
            if let Some(again) = &mut self.again
                && again.as_mut().poll(cx).is_pending()
            {
                return Ok(());
            }
            match Pin::new(&mut *wire).poll_write(cx, INTERIM) {
                // Nothing was left to write, so there is room for all of it, or for none.
                Poll::Ready(sent) => sent?,
                Poll::Pending => return Ok(()),
            };
            self.sent += 1;
            self.again = Some(Box::pin(sleep(AGAIN)));
        }
        Ok(())
    }
}
