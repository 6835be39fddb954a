//! One line of a segment.

use std::io;

use serde::{Deserialize, Serialize};

use crate::clock::Millis;

/// Room for a line of one attempt.
const USUAL_BYTES: usize = 640;

/// One line, as JSON.
#[derive(Debug, Serialize, Deserialize)]
pub enum Line<R> {
    /// A request is over: its record.
    Done(R),
    /// The database is asked to take the batch for the first time: from here on it may have it.
    Sent(Millis),
}

impl<R: Serialize> Line<R> {
    /// As it is appended.
    pub fn to_bytes(&self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(USUAL_BYTES);
        serde_json::to_writer(&mut bytes, self)?;
        bytes.push(b'\n');
        Ok(bytes)
    }
}
