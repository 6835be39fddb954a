//! [`Burst`]: how much of a connection is read before what was read is used.

use std::task::{Context, Poll};

/// Bytes of one burst, what `actix-http` asks for first. It would read on as long as there is
/// something, up to 128 KiB, into a buffer that doubles, and each piece that waits to be taken holds
/// its buffer: with hundreds of connections that send all they can, these take more than the bodies,
/// and no budget counts them.
pub const BURST: usize = 8 << 10;

/// What was read since the connection was last left alone.
#[derive(Debug, Default)]
pub struct Burst {
    read: usize,
}

impl Burst {
    /// Pending when this burst is over; the next one begins with the next call.
    pub fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.read < BURST {
            return Poll::Ready(());
        }
        self.end();
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// So many bytes were read.
    pub fn read(&mut self, bytes: usize) {
        self.read += bytes;
    }

    /// Nothing is there to be read.
    pub fn end(&mut self) {
        self.read = 0;
    }
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Poll};

    use futures_util::task::noop_waker_ref;

    use super::{BURST, Burst};

    #[test]
    fn a_burst_ends_and_another_begins() {
        let (mut burst, mut cx) = (Burst::default(), Context::from_waker(noop_waker_ref()));
        for _ in 0..2 {
            assert_eq!(burst.poll(&mut cx), Poll::Ready(()));
            burst.read(BURST - 1);
            assert_eq!(burst.poll(&mut cx), Poll::Ready(()));
            burst.read(1);
            assert_eq!(burst.poll(&mut cx), Poll::Pending);
        }
        burst.read(BURST - 1);
        burst.end();
        burst.read(1);
        assert_eq!(burst.poll(&mut cx), Poll::Ready(()), "it began anew");
    }
}
