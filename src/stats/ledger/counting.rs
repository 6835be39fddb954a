//! What is being counted, and what was taken out to be written.

use std::io;

use uuid::Uuid;

use crate::models::usage::Batch;
use crate::stats::journal::Segment;
use crate::stats::open::Open;

/// What is being counted, in memory and on the disk.
pub struct Counting {
    /// In memory.
    pub open: Open,
    segment: Option<Segment>,
}

impl Counting {
    /// Nothing yet, and where it will be kept.
    pub fn new(segment: Option<Segment>) -> Self {
        Self { open: Open::default(), segment }
    }

    /// Appends a line about what is counted with it.
    pub fn append(&mut self, line: io::Result<Vec<u8>>) -> io::Result<()> {
        match &mut self.segment {
            Some(segment) => segment.append(line),
            None => Ok(()),
        }
    }

    /// Whether what comes next belongs into another segment.
    pub fn is_full(&self) -> bool {
        self.segment.as_ref().is_some_and(Segment::is_full)
    }

    /// Takes everything out; what comes next is kept in that segment.
    pub fn take(&mut self, next: Option<Segment>) -> (Open, Option<Segment>) {
        (self.open.take(), std::mem::replace(&mut self.segment, next))
    }
}

/// On its way into the database. It stays as it is until the database confirms it, since a lost
/// connection may hide a commit that went through: its id makes the second try harmless.
pub struct Sending {
    /// The rows.
    pub batch: Batch,
    /// The same on the disk.
    pub segment: Option<Segment>,
}

impl Sending {
    /// What was taken out, as rows.
    pub fn new((open, segment): (Open, Option<Segment>)) -> Self {
        let id = match &segment {
            Some(segment) => segment.id().to_owned(),
            None => Uuid::now_v7().to_string(),
        };
        Self { batch: open.into_batch(id), segment }
    }

    /// Whether it can be read back, so that it needn't be in memory.
    pub fn is_on_disk(&self) -> bool {
        self.segment.as_ref().is_some_and(Segment::is_whole)
    }
}
