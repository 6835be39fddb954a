//! One line of a segment.

use serde::{Deserialize, Serialize};

use crate::clock::Millis;
use crate::pool::key::KeyId;

/// Room for a line of one attempt.
const USUAL_BYTES: usize = 640;

/// One line, as JSON.
#[derive(Debug, Serialize, Deserialize)]
pub enum Line<R> {
    /// An attempt begins: this request is under way with this key.
    Begun {
        /// The request's number in its process.
        request: u64,
        /// What it has come to, should nothing more be heard of it.
        record: R,
        /// The key of the attempt.
        key: KeyId,
    },
    /// A request is over.
    Done {
        /// Its number in its process.
        request: u64,
        /// What it has come to.
        record: R,
    },
    /// What is under way is noted in the next segment as well.
    Closed,
    /// The database is asked to take the batch for the first time: from here on it may have it.
    Sent(Millis),
}

impl<R: Serialize> Line<R> {
    /// As it is appended. There is none that can't be written; it would be one that can't be read,
    /// and told of.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(USUAL_BYTES);
        let _ = serde_json::to_writer(&mut bytes, self);
        bytes.push(b'\n');
        bytes
    }
}
