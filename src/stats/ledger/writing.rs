//! The way from the ledger into the database.

use std::io;
use std::path::Path;
use std::sync::atomic::Ordering;

use super::counting::Sending;
use super::{FlushError, Ledger};
use crate::clock::Clock;
use crate::db::{Database, DatabaseError};
use crate::stats::journal::Segment;
use crate::stats::open::Open;

/// What the one who writes has at hand.
#[derive(Default)]
pub struct Writing {
    /// What the database took not, where the disk takes nothing either.
    kept: Option<Sending>,
    /// Counts what is read back.
    read: Open,
}

impl Ledger {
    /// Writes everything counted so far, and what is left over on the disk. What fails stays for
    /// the next call: on the disk, or in memory where that takes nothing.
    pub async fn flush(&self, database: &Database, clock: &Clock) -> Result<(), FlushError> {
        let mut writing = self.writing.lock().await;
        let written = self.write(&mut writing, database, clock).await;
        if written.is_err() {
            let kept = writing.kept.take().or_else(|| self.next());
            writing.kept = kept.and_then(|kept| self.leave(kept));
        }
        written
    }

    async fn write(
        &self,
        writing: &mut Writing,
        database: &Database,
        clock: &Clock,
    ) -> Result<(), FlushError> {
        let Writing { kept, read } = writing;
        // First what came first: the last one says when a key was used last.
        let left_over = self.write_left_over(read, database, clock).await;
        if matches!(left_over, Err(FlushError::Database(_))) {
            return left_over;
        }
        self.send(kept, database, clock).await?;
        *kept = self.next();
        self.send(kept, database, clock).await?;
        *self.unwritten_since.lock() = None;
        left_over
    }

    async fn write_left_over(
        &self,
        read: &mut Open,
        database: &Database,
        clock: &Clock,
    ) -> Result<(), FlushError> {
        for path in self.journal.look().map_err(FlushError::Disk)? {
            self.write_segment(&path, read, database, clock).await?;
        }
        Ok(())
    }

    async fn send(
        &self,
        kept: &mut Option<Sending>,
        database: &Database,
        clock: &Clock,
    ) -> Result<(), FlushError> {
        let Some(sending) = kept else { return Ok(()) };
        let requests = sending.batch.requests();
        self.apply(sending, database, clock).await?;
        self.written.fetch_add(requests, Ordering::Relaxed);
        match kept.take().and_then(|sent| sent.segment) {
            Some(segment) => self.journal.done(segment).map(drop).map_err(FlushError::Disk),
            None => Ok(()),
        }
    }

    /// Writes the segment at this path, unless somebody is at it.
    async fn write_segment(
        &self,
        path: &Path,
        read: &mut Open,
        database: &Database,
        clock: &Clock,
    ) -> Result<(), FlushError> {
        let claim = || Segment::claim(path).map_err(FlushError::Disk);
        if claim()?.is_none() {
            return Ok(());
        }
        // It isn't read before somebody can take it, nor kept from others until then.
        drop(database.get().await?);
        let Some(segment) = claim()? else { return Ok(()) };
        let (segment, open) = self.read_back(segment, read).await.map_err(FlushError::Disk)?;
        if segment.is_doubtful(clock.now()) {
            let why = "what is in it may be counted already";
            return segment.put_aside(why).map_err(FlushError::Disk);
        }
        let mut sending = Sending::new((open, Some(segment)));
        let requests = sending.batch.requests();
        if requests > 0 {
            self.apply(&mut sending, database, clock).await?;
        }
        let Some(segment) = sending.segment else { return Ok(()) };
        if self.journal.done(segment).map_err(FlushError::Disk)? {
            self.written.fetch_add(requests, Ordering::Relaxed);
        } else if requests > 0 {
            log::info!(
                "{requests} requests are counted that a process had left in {}",
                path.display()
            );
        }
        Ok(())
    }

    /// Counts what is in a segment, on a thread of its own: a full one takes a third of a second,
    /// in which the actors beside this one would answer nobody.
    async fn read_back(
        &self,
        mut segment: Segment,
        read: &mut Open,
    ) -> io::Result<(Segment, Open)> {
        let logged = self.settings.now().request_log;
        let mut counting = std::mem::take(read);
        let reading = tokio::task::spawn_blocking(move || {
            let whole = segment.read(|record| {
                counting.add(&record);
                if logged {
                    counting.lines.keep(record);
                }
            });
            (segment, counting, whole)
        });
        let (segment, counted, whole) = reading.await?;
        *read = counted;
        let open = read.take();
        whole.map(|()| (segment, open))
    }

    async fn apply(
        &self,
        sending: &mut Sending,
        database: &Database,
        clock: &Clock,
    ) -> Result<(), DatabaseError> {
        let mut conn = database.get().await?;
        let now = clock.now();
        if let Some(Err(error)) = sending.segment.as_mut().map(|segment| segment.sending(now)) {
            self.journal.failed(&error);
        }
        sending.batch.apply(&mut conn, now.naive()).await?;
        self.written_at.store(now.0, Ordering::Relaxed);
        Ok(())
    }

    /// What was counted since the last one. The rows are made after the lock is open again.
    fn next(&self) -> Option<Sending> {
        if self.counting.lock().open.is_empty() {
            return None;
        }
        let begun = self.journal.begin();
        let taken = self.counting.lock().take(begun);
        self.note_unwritten(&taken.0);
        Some(Sending::new(taken))
    }

    /// Forgets what is on the disk; returns what isn't.
    fn leave(&self, sending: Sending) -> Option<Sending> {
        if !sending.is_on_disk() {
            return Some(sending);
        }
        if let Some(segment) = sending.segment {
            self.journal.leave(segment);
        }
        None
    }

    /// Leaves a full segment for the next write, and begins another one.
    pub(super) fn turn_over(&self) {
        let begun = self.journal.begin();
        let mut counting = self.counting.lock();
        // Another thread may have been here.
        let full = if counting.is_full() { counting.take(begun) } else { (Open::default(), begun) };
        drop(counting);
        self.leave_or_drop(full);
    }

    /// Nothing is counted any more.
    pub fn close(&self) {
        let last = self.counting.lock().take(None);
        self.leave_or_drop(last);
    }

    fn leave_or_drop(&self, (open, segment): (Open, Option<Segment>)) {
        let Some(segment) = segment else { return };
        if !open.is_empty() {
            self.note_unwritten(&open);
            self.journal.leave(segment);
        } else if let Err(error) = self.journal.done(segment) {
            self.journal.failed(&error);
        }
    }

    fn note_unwritten(&self, open: &Open) {
        let mut since = self.unwritten_since.lock();
        *since = since.or(open.since);
    }
}
