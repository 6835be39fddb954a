//! [`Growing`]: a body in memory, as large as what has arrived of it.

use bytes::Bytes;

use super::memory::Memory;
use crate::bodies::{Charge, Full};
use crate::error::{ApiError, ErrorCode};

/// A body on its way into memory.
pub struct Growing {
    charge: Charge,
    max: usize,
    promised: Option<usize>,
    /// Bytes that are charged for what is in memory beside it.
    beside: usize,
    memory: Memory,
}

impl Growing {
    /// Nothing has come yet of at most `max` bytes, of which the client has promised so many.
    pub fn new(charge: Charge, max: usize, promised: Option<usize>) -> Self {
        Self { charge, max, promised, beside: 0, memory: Memory::default() }
    }

    /// Makes room for what this one decodes to, which is charged beside it. Returns this one, too:
    /// it must be gone when the other is done.
    pub fn decoding(self) -> (Bytes, Self) {
        let Self { charge, max, memory, .. } = self;
        let beside = memory.resident();
        (memory.into_bytes(), Self { beside, ..Self::new(charge, max, None) })
    }

    /// Charges so many bytes more for what is beside it, if they are not charged yet.
    pub fn beside(&mut self, bytes: usize) -> Result<(), ApiError> {
        let all = bytes + self.memory.resident();
        self.charge.grow_to(all).map_err(|full| self.charge.refused(full))?;
        self.beside = self.beside.max(bytes);
        Ok(())
    }

    /// Bytes charged for what is beside it.
    pub fn charged_beside(&self) -> usize {
        self.beside
    }

    /// Adds a piece. 413 when that is too much, 429 or 503 when there is no memory for it.
    pub fn push(&mut self, piece: Bytes) -> Result<(), ApiError> {
        if self.len() > 0 {
            return self.extend(&piece);
        }
        if piece.len() > self.max {
            return Err(too_large(self.max));
        }
        self.grow_to(piece.len())?;
        self.memory = Memory::Piece(piece);
        Ok(())
    }

    /// The same with a copy of these bytes.
    pub fn extend(&mut self, piece: &[u8]) -> Result<(), ApiError> {
        let length = self.len().saturating_add(piece.len());
        if length > self.max {
            return Err(too_large(self.max));
        }
        let room = self.memory.room_for(length, self.promised.unwrap_or(self.max));
        self.grow_to(room.charge)?;
        let Ok(()) = self.memory.extend(piece, room) else {
            return Err(self.charge.refused(Full::Budget));
        };
        self.charge.shrink_to(self.beside + self.memory.resident());
        Ok(())
    }

    /// The body. What it is charged is given back with its last byte's memory.
    pub fn done(self) -> Bytes {
        let Self { mut charge, memory, .. } = self;
        charge.shrink_to(memory.resident());
        match memory.len() {
            0 => Bytes::new(),
            _ => memory.charged(charge),
        }
    }

    /// Bytes that are here.
    pub fn len(&self) -> usize {
        self.memory.len()
    }

    fn grow_to(&mut self, bytes: usize) -> Result<(), ApiError> {
        self.charge.grow_to(self.beside + bytes).map_err(|full| self.charge.refused(full))
    }
}

/// The answer to a body over the limit.
pub fn too_large(max: usize) -> ApiError {
    ApiError::new(ErrorCode::BodyTooLarge, format!("the body may have at most {max} bytes"))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::Growing;
    use crate::bodies::{Bodies, Owner};
    use crate::error::ErrorCode;

    fn growing(bodies: &Bodies, promised: Option<usize>) -> Growing {
        Growing::new(bodies.charge(Owner::Token(1)), 1 << 20, promised)
    }

    #[test]
    fn a_promise_takes_no_memory() {
        let bodies = Bodies::new(4 << 20);
        let mut body = growing(&bodies, Some(1 << 20));
        body.push(Bytes::from_static(b"x")).expect("room");
        assert_eq!(bodies.held(), 1);
        body.push(Bytes::from_static(b"y")).expect("room");
        assert_eq!(bodies.held(), 64 << 10);
        drop(body);
        assert_eq!(bodies.held(), 0);
    }

    #[test]
    fn what_was_sent_is_what_is_there_and_never_more_than_promised() {
        let bodies = Bodies::new(4 << 20);
        let text: Vec<u8> = (0..200_000u32).map(|n| n.to_le_bytes()[0]).collect();
        let mut body = growing(&bodies, Some(text.len()));
        for piece in text.chunks(7_000) {
            body.push(Bytes::copy_from_slice(piece)).expect("room");
        }
        let body = body.done();
        assert!(body == text, "what was sent");
        assert_eq!(bodies.held(), text.len());
        let clone = body.clone();
        drop(body);
        assert_eq!(bodies.held(), text.len(), "somebody still has it");
        drop(clone);
        assert_eq!(bodies.held(), 0);
    }

    #[test]
    fn a_large_body_is_never_twice_in_memory() {
        let bodies = Bodies::new(64 << 20);
        let (size, small) = (8_usize << 20, 64 << 10);
        for promised in [Some(size), None] {
            let text: Vec<u8> = (0..size).map(|n| (n % 251).to_le_bytes()[0]).collect();
            let mut body = Growing::new(bodies.charge(Owner::Token(1)), size, promised);
            for piece in text.chunks(50_001) {
                body.push(Bytes::copy_from_slice(piece)).expect("room");
                assert!(bodies.held() <= body.len() + small * 2, "{}", body.len());
            }
            assert!(bodies.peak() <= size + small * 2, "{}", bodies.peak());
            let body = body.done();
            assert!(body == text, "what was sent");
            assert_eq!(bodies.held(), size);
            drop(body);
            assert_eq!(bodies.held(), 0);
        }
    }

    #[test]
    fn one_byte_too_many_is_refused() {
        let bodies = Bodies::new(4 << 20);
        let mut body = growing(&bodies, None);
        body.push(Bytes::from(vec![0; 1 << 20])).expect("it fits");
        let error = body.push(Bytes::from_static(b"x")).expect_err("too large");
        assert_eq!(error.code, ErrorCode::BodyTooLarge);
        let error = growing(&bodies, None).push(Bytes::from(vec![0; (1 << 20) + 1]));
        assert_eq!(error.expect_err("too large").code, ErrorCode::BodyTooLarge);
    }

    #[test]
    fn without_memory_the_client_is_told_to_come_back() {
        let bodies = Bodies::new(1 << 20);
        let mut first = growing(&bodies, None);
        first.push(Bytes::from(vec![0; 500 << 10])).expect("room");
        let mut second = growing(&bodies, None);
        let error = second.push(Bytes::from(vec![0; 500 << 10])).expect_err("its share is used up");
        assert_eq!((error.code, error.retry_after), (ErrorCode::TokenBodies, Some(1)));
        let mut other = Growing::new(bodies.charge(Owner::Token(2)), 1 << 20, None);
        let error = other.push(Bytes::from(vec![0; 500 << 10])).expect_err("all is used up");
        assert_eq!((error.code, error.retry_after), (ErrorCode::BodiesFull, Some(1)));
    }
}
