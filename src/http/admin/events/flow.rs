//! How far a reader is behind, told by its pongs.
//!
//! A server can't see what its client has read; pings can. One is on its way whenever something
//! was sent after the last, and until its pong only so much more is sent. So what the connection
//! holds for a reader that doesn't read stays below what its buffer takes, and the session can
//! still cut it off.

use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

/// Sent without a pong, at most, and one message more (16 KiB): below actix's 32 KiB of buffer.
const UNACKED_MAX: u64 = 12 << 10;

/// When there is nothing to send, a ping goes out so often, to keep the connection open and to
/// find out dead ones.
const IDLE: Duration = Duration::from_secs(15);

/// How long a pong may take.
const PONG_MAX: Duration = Duration::from_secs(30);

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Due {
    /// Send a ping with this in it.
    Ping(Bytes),
    /// The reader is gone.
    GiveUp,
}

/// What was sent, and what of it arrived.
#[derive(Debug)]
pub struct Flow {
    sent: u64,
    arrived: u64,
    /// The ping under way: what was sent before it, and when it was sent.
    ping: Option<(u64, Instant)>,
    last_ping: Instant,
}

impl Flow {
    /// Nothing is sent yet.
    pub fn new(now: Instant) -> Self {
        Self { sent: 0, arrived: 0, ping: None, last_ping: now }
    }

    /// So many bytes were sent.
    pub fn sent(&mut self, bytes: usize) {
        self.sent = self.sent.saturating_add(bytes as u64);
    }

    /// A pong came. Only the one to the ping under way counts.
    pub fn pong(&mut self, payload: &[u8]) {
        if let Some((before, _)) = self.ping
            && payload == before.to_be_bytes()
        {
            self.arrived = before;
            self.ping = None;
        }
    }

    /// Whether more may be sent.
    pub fn has_room(&self) -> bool {
        self.sent - self.arrived < UNACKED_MAX
    }

    /// When something is to be done next.
    pub fn next(&self) -> Instant {
        match self.ping {
            Some((_, at)) => at + PONG_MAX,
            None if self.sent > self.arrived => self.last_ping,
            None => self.last_ping + IDLE,
        }
    }

    /// What is to be done now.
    pub fn due(&mut self, now: Instant) -> Option<Due> {
        if now < self.next() {
            return None;
        }
        if self.ping.is_some() {
            return Some(Due::GiveUp);
        }
        self.ping = Some((self.sent, now));
        self.last_ping = now;
        Some(Due::Ping(Bytes::copy_from_slice(&self.sent.to_be_bytes())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payload(due: Option<Due>) -> Bytes {
        match due {
            Some(Due::Ping(payload)) => payload,
            other => panic!("no ping but {other:?}"),
        }
    }

    #[tokio::test]
    async fn what_was_not_read_stops_the_sending() {
        let start = Instant::now();
        let mut flow = Flow::new(start);
        assert_eq!((flow.due(start), flow.has_room()), (None, true));
        flow.sent(100);
        let first = payload(flow.due(start));
        flow.sent(12 << 10);
        assert_eq!((flow.due(start), flow.has_room()), (None, false), "one ping at a time");
        flow.pong(b"something");
        assert!(!flow.has_room());
        flow.pong(&first);
        assert!(!flow.has_room(), "only what came before the ping has arrived");
        let second = payload(flow.due(start));
        flow.pong(&second);
        assert!(flow.has_room() && flow.due(start).is_none());
    }

    #[tokio::test]
    async fn who_answers_no_ping_is_given_up() {
        let start = Instant::now();
        let mut flow = Flow::new(start);
        let idle = start + IDLE;
        assert_eq!(flow.next(), idle);
        let ping = payload(flow.due(idle));
        assert_eq!(flow.due(idle + PONG_MAX - Duration::from_millis(1)), None);
        flow.pong(&ping);
        assert_eq!(flow.due(idle + IDLE - Duration::from_millis(1)), None);
        payload(flow.due(idle + IDLE));
        assert_eq!(flow.due(idle + IDLE + PONG_MAX), Some(Due::GiveUp));
    }
}
