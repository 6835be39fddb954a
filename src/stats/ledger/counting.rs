//! What is being counted, and what was taken out to be written.

use std::collections::HashMap;
use std::io;

use uuid::Uuid;

use crate::models::usage::Batch;
use crate::stats::journal::{Line, Segment};
use crate::stats::open::Open;

/// What is being counted, in memory and on the disk.
pub struct Counting {
    /// In memory.
    pub open: Open,
    segment: Option<Segment>,
    /// The lines about what has begun and isn't over, by the request's number.
    under_way: HashMap<u64, Vec<u8>>,
}

impl Counting {
    /// Nothing yet, and where it will be kept.
    pub fn new(segment: Option<Segment>) -> Self {
        Self { open: Open::default(), segment, under_way: HashMap::new() }
    }

    /// An attempt of this request begins, which this line tells.
    pub fn begin(&mut self, request: u64, line: Vec<u8>) -> io::Result<()> {
        let noted = append(&mut self.segment, &line);
        self.under_way.insert(request, line);
        noted
    }

    /// This request is over, which this line tells.
    pub fn end(&mut self, request: u64, line: &[u8]) -> io::Result<()> {
        self.under_way.remove(&request);
        append(&mut self.segment, line)
    }

    /// Whether what comes next belongs into another segment.
    pub fn is_full(&self) -> bool {
        self.segment.as_ref().is_some_and(Segment::is_full)
    }

    /// Takes everything out; what comes next is kept in that segment, and what is under way.
    pub fn take(&mut self, next: Option<Segment>) -> (Open, Option<Segment>) {
        let mut segment = std::mem::replace(&mut self.segment, next);
        // Closed first: nothing is to be under way in both. A segment that doesn't take this stays in
        // memory; the next line or the next segment tells of the disk.
        let _ = append(&mut segment, &Line::<()>::Closed.to_bytes());
        if segment.as_ref().is_none_or(Segment::is_whole) {
            let lines: Vec<&[u8]> = self.under_way.values().map(Vec::as_slice).collect();
            let _ = append(&mut self.segment, &lines.concat());
        }
        (self.open.take(), segment)
    }
}

fn append(segment: &mut Option<Segment>, line: &[u8]) -> io::Result<()> {
    segment.as_mut().map_or(Ok(()), |segment| segment.append(line))
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
