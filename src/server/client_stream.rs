//! [`ClientStream`]: a client's connection below HTTP. It sees what the HTTP library doesn't tell:
//! a client that closes its side, one that stops reading, and requests that are no HTTP.

mod burst;
mod departure;
mod head_timer;
mod interim;
mod refusal;
mod wire;

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use actix_web::rt::net::TcpStream;
use bytes::{Buf, Bytes};
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep, timeout};
use tokio_rustls::TlsAcceptor;

use self::burst::Burst;
use self::departure::Departure;
use self::head_timer::HeadTimer;
use self::interim::{CONTINUE, Interim};
use self::wire::{Socket, Wire};
use super::crowd::Counted;
use super::listen::HEAD_TIMEOUT;
use crate::http::connection::{Phase, Progress};

/// A client's connection.
pub struct ClientStream {
    wire: Wire,
    progress: Progress,
    /// Ends a write on which nothing moves for so long, where the kernel doesn't.
    write_timeout: Option<Duration>,
    stalled: Option<Pin<Box<Sleep>>>,
    /// The client has closed its side.
    departure: Option<Departure>,
    /// The connection has failed while it was read.
    broken: bool,
    refusal: Option<Refusal>,
    interim: Interim,
    head_timer: HeadTimer,
    burst: Burst,
    /// Its place among the connections of its address.
    _counted: Option<Counted>,
}

/// An answer of this connection's own, to what is no HTTP.
struct Refusal {
    left: Bytes,
}

impl ClientStream {
    /// The connection of this socket, by TLS where there is an acceptor. A client that takes nothing
    /// for `write_timeout` is let go.
    ///
    /// # Errors
    /// The handshake failed, or took longer than a head may.
    pub async fn open(
        socket: TcpStream,
        tls: Option<TlsAcceptor>,
        write_timeout: Option<Duration>,
    ) -> io::Result<Self> {
        let options = SockRef::from(&socket);
        if let Err(error) = options.set_tcp_nodelay(true) {
            log::debug!("TCP_NODELAY can't be set: {error}");
        }
        let by_kernel = write_timeout.is_some_and(|timeout| end_when_stalled(&options, timeout));
        let write_timeout = write_timeout.filter(|_| !by_kernel);
        let socket = Socket(Arc::new(socket));
        let wire = match tls {
            Some(tls) => Wire::Tls(Box::new(timeout(HEAD_TIMEOUT, tls.accept(socket)).await??)),
            None => Wire::Plain(socket),
        };
        Ok(Self::with_timer(wire, write_timeout))
    }

    fn with_timer(wire: Wire, write_timeout: Option<Duration>) -> Self {
        Self {
            wire,
            progress: Progress::default(),
            write_timeout,
            stalled: None,
            departure: None,
            broken: false,
            refusal: None,
            interim: Interim::default(),
            head_timer: HeadTimer::default(),
            burst: Burst::default(),
            _counted: None,
        }
    }

    /// Counted among the connections of its address for as long as it is open.
    pub fn counted(mut self, counted: Counted) -> Self {
        self._counted = Some(counted);
        self
    }

    /// What the requests on it tell of themselves.
    pub fn progress(&self) -> Progress {
        self.progress.clone()
    }

    /// Whether it is encrypted.
    pub fn is_tls(&self) -> bool {
        self.wire.is_tls()
    }

    fn poll_send(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let sent = Pin::new(&mut self.wire).poll_write(cx, bytes);
        self.poll_moved(sent, cx)
    }

    /// What was encrypted and not sent yet.
    fn poll_rest(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let sent = Pin::new(&mut self.wire).poll_flush(cx);
        self.poll_moved(sent, cx)
    }

    fn poll_moved<T>(
        &mut self,
        sent: Poll<io::Result<T>>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<T>> {
        if sent.is_pending() {
            return self.poll_stalled(cx).map(Err);
        }
        self.stalled = None;
        sent
    }

    /// Sends the interim answer that is held back, when it is time; ready when nothing is to be sent
    /// now.
    fn poll_interim(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(left) = self.interim.due(&self.progress) {
            let sent = ready!(self.poll_send(cx, &left))?;
            self.interim.sent(sent);
        }
        if self.interim.is_held() {
            self.progress.wake_when_wanted(cx.waker());
        }
        Poll::Ready(Ok(()))
    }

    /// Ready when nothing has moved for too long.
    fn poll_stalled(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        let Some(timeout) = self.write_timeout else { return Poll::Pending };
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(timeout)));
        ready!(stalled.as_mut().poll(cx));
        Poll::Ready(io::Error::new(io::ErrorKind::TimedOut, "the client takes nothing"))
    }

    /// Answers a head that takes too long, and ends the connection.
    fn refuse_head(&mut self, cx: &mut Context<'_>) -> io::Error {
        self.refusal = Some(Refusal { left: refusal::slow_head() });
        let _ = self.poll_refuse(cx);
        io::Error::new(io::ErrorKind::TimedOut, "the head did not come in time")
    }

    fn poll_refuse(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(left) = self.refusal.as_ref().map(|refusal| refusal.left.clone()) {
            if left.is_empty() {
                break;
            }
            let sent = ready!(self.poll_send(cx, &left))?;
            if let Some(refusal) = &mut self.refusal {
                refusal.left.advance(sent);
            }
        }
        if self.refusal.is_some() { self.poll_rest(cx) } else { Poll::Ready(Ok(())) }
    }
}

/// Lets the kernel end the connection when what was sent isn't taken for so long: it sees each
/// byte that a slow reader makes room for, where a full buffer looks the same from here. False
/// where the system can't.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn end_when_stalled(options: &SockRef<'_>, timeout: Duration) -> bool {
    options.set_tcp_user_timeout(Some(timeout)).is_ok()
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn end_when_stalled(_: &SockRef<'_>, _: Duration) -> bool {
    false
}

/// The client has left, so that whatever is done for it ends.
fn left() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionReset, "the client has left")
}

impl AsyncRead for ClientStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if let Poll::Ready(Err(error)) = this.poll_interim(cx) {
            return Poll::Ready(Err(error));
        }
        ready!(this.burst.poll(cx));
        let before = buffer.filled().len();
        let Poll::Ready(read) = Pin::new(&mut this.wire).poll_read(cx, buffer) else {
            this.burst.end();
            ready!(this.head_timer.poll(&this.progress, cx));
            return Poll::Ready(Err(this.refuse_head(cx)));
        };
        if let Err(error) = read {
            this.broken = true;
            return Poll::Ready(Err(error));
        }
        let read = buffer.filled().len() - before;
        if read > 0 {
            this.burst.read(read);
            this.head_timer.read(&this.progress, HEAD_TIMEOUT);
            return Poll::Ready(Ok(()));
        }
        if this.progress.phase() == (Phase::Answering { upstream: true }) {
            // It has seen the answer begin, and wants no more.
            return Poll::Ready(Err(left()));
        }
        this.departure.get_or_insert_with(|| Departure::new(this.wire.socket().clone()));
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for ClientStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_refuse(cx))?;
        let this = &mut *self;
        if this.interim.hold(&this.progress, bytes) {
            // Taken, also where it can't be sent at once: a flush goes on with it.
            return match this.poll_interim(cx) {
                Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
                _ => Poll::Ready(Ok(CONTINUE.len())),
            };
        }
        ready!(this.poll_interim(cx))?;
        this.interim.drop_unsent();
        if self.progress.phase() == Phase::Idle
            && let Some(answer) = refusal::instead_of(bytes)
        {
            self.refusal = Some(Refusal { left: answer });
            ready!(self.poll_refuse(cx))?;
            return Poll::Ready(Ok(bytes.len()));
        }
        self.poll_send(cx, bytes)
    }

    /// Called each time that HTTP has done what it could, with nothing left to write.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_refuse(cx))?;
        ready!(self.poll_interim(cx))?;
        if self.broken {
            return Poll::Ready(Err(left()));
        }
        let this = &mut *self;
        let phase = this.progress.phase();
        if let Some(departure) = &mut this.departure
            && departure.poll_left(phase, &mut this.wire, cx).is_ready()
        {
            return Poll::Ready(Err(left()));
        }
        this.poll_rest(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.wire).poll_shutdown(cx)
    }
}

impl Drop for ClientStream {
    fn drop(&mut self) {
        if self.refusal.is_some() {
            refusal::linger(self.wire.socket().clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::io::ErrorKind;
    use std::pin::Pin;
    use std::time::Duration;

    use actix_web::rt::net::{TcpListener, TcpStream};
    use tokio::io::AsyncWrite;

    use super::ClientStream;
    use super::wire::{Socket, Wire};

    #[actix_web::test]
    async fn where_the_kernel_does_not_a_timer_ends_a_write_that_stalls() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let client = TcpStream::connect(address).await.expect("it listens");
        let (socket, _) = listener.accept().await.expect("a connection");
        let wire = Wire::Plain(Socket(socket.into()));
        let mut stream = ClientStream::with_timer(wire, Some(Duration::from_millis(50)));
        let piece = vec![0; 1 << 16];
        let error = loop {
            let written = poll_fn(|cx| Pin::new(&mut stream).poll_write(cx, &piece)).await;
            if let Err(error) = written {
                break error;
            }
        };
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        drop(client);
    }
}
