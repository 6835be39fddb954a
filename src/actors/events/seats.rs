//! Those who watch: what each wants to see, and its queue.

use bytestring::ByteString;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot};

/// The figures that come every two seconds.
pub const STATS: &str = "stats";

/// What can be watched; the first three are unless it is said.
pub const TOPICS: [&str; 4] = [STATS, "key", "job", crate::events::REQUEST];

/// Who watches at once, at most.
const SEATS_MAX: usize = 64;

/// Messages that one may be behind. They are shared, so a queue costs little.
const QUEUE: usize = 1024;

/// The largest message in bytes. What is larger is left out: a reader that doesn't read must stay
/// below what its connection buffers, or it couldn't be cut off (see the session).
const MESSAGE_MAX: usize = 16 << 10;

/// What one wants to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Topics([bool; TOPICS.len()]);

impl Default for Topics {
    fn default() -> Self {
        Self(TOPICS.map(|topic| topic != crate::events::REQUEST))
    }
}

impl Topics {
    /// Those named, separated by commas; `None` when one of them is none.
    pub fn parse(text: &str) -> Option<Self> {
        let named: Vec<&str> = text.split(',').map(str::trim).collect();
        let known = named.iter().all(|name| TOPICS.contains(name));
        known.then(|| Self(TOPICS.map(|topic| named.contains(&topic))))
    }

    /// What is no topic of its own is for everyone.
    fn has(self, kind: &str) -> bool {
        TOPICS.iter().zip(self.0).find(|(topic, _)| **topic == kind).is_none_or(|(_, has)| has)
    }
}

/// Why somebody lost the seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It read too slowly.
    Slow,
    /// The program is being stopped.
    Stopping,
}

/// One who watches.
#[derive(Debug)]
pub struct Viewer {
    /// What to send.
    pub queue: mpsc::Receiver<ByteString>,
    /// Why it is over; an error when the actor died.
    pub end: oneshot::Receiver<End>,
}

struct Seat {
    topics: Topics,
    queue: mpsc::Sender<ByteString>,
    end: oneshot::Sender<End>,
}

/// All who watch.
#[derive(Default)]
pub struct Seats(Vec<Seat>);

impl Seats {
    /// Takes a seat; `None` when there is none left.
    pub fn take(&mut self, topics: Topics) -> Option<Viewer> {
        self.leave_empty();
        if self.0.len() >= SEATS_MAX {
            return None;
        }
        let (queue, to_send) = mpsc::channel(QUEUE);
        let (end, ended) = oneshot::channel();
        self.0.push(Seat { topics, queue, end });
        Some(Viewer { queue: to_send, end: ended })
    }

    /// Forgets those who have gone.
    pub fn leave_empty(&mut self) {
        self.0.retain(|seat| !seat.queue.is_closed());
    }

    /// Puts a message into the queues of those who want it. Whoever has a full queue has to go.
    pub fn send(&mut self, kind: &str, text: String) {
        if text.len() > MESSAGE_MAX {
            log::warn!("an event of {} bytes was left out: {kind}", text.len());
            return;
        }
        let text = ByteString::from(text);
        for seat in std::mem::take(&mut self.0) {
            let sent = match seat.topics.has(kind) {
                true => seat.queue.try_send(text.clone()),
                false => Ok(()),
            };
            match sent {
                Ok(()) => self.0.push(seat),
                Err(TrySendError::Full(_)) => drop(seat.end.send(End::Slow)),
                Err(TrySendError::Closed(_)) => {}
            }
        }
    }

    /// Whether anybody wants to see these.
    pub fn want(&self, topic: &str) -> bool {
        self.0.iter().any(|seat| seat.topics.has(topic))
    }

    /// Whether nobody watches.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many watch.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Sends everyone home.
    pub fn clear(&mut self, why: End) {
        for seat in self.0.drain(..) {
            let _ = seat.end.send(why);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_reads_too_slowly_goes_and_the_others_stay() {
        let mut seats = Seats::default();
        let [mut slow, mut quick, other] = ["key", "key,request", "job"]
            .map(|topics| seats.take(Topics::parse(topics).unwrap()).unwrap());
        for n in 0..=QUEUE {
            seats.send("key", n.to_string());
            assert_eq!(quick.queue.try_recv().unwrap(), n.to_string());
        }
        assert_eq!((slow.end.try_recv(), seats.count()), (Ok(End::Slow), 2));
        assert!(seats.want("request") && seats.want("job") && !seats.want(STATS));
        assert!(other.queue.is_empty(), "it asked for other things");
        seats.send("missed", String::new());
        assert_eq!(other.queue.len(), 1, "what is no topic is for everyone");
        drop((quick, other));
        seats.leave_empty();
        assert!(seats.is_empty());
    }

    #[test]
    fn there_is_an_end_to_seats_and_to_messages() {
        let mut seats = Seats::default();
        let viewers: Vec<_> = (0..SEATS_MAX).map(|_| seats.take(Topics::default())).collect();
        assert!(viewers.iter().all(Option::is_some) && seats.take(Topics::default()).is_none());
        seats.send("key", "x".repeat(MESSAGE_MAX + 1));
        assert!(viewers.iter().flatten().all(|viewer| viewer.queue.is_empty()));
        drop(viewers);
        assert!(seats.take(Topics::default()).is_some(), "seats of those who left are free");
    }

    #[test]
    fn topics() {
        assert_eq!(Topics::parse("stats, key,job"), Some(Topics::default()));
        assert!(Topics::parse("stats,keys").is_none() && Topics::parse("").is_none());
    }
}
