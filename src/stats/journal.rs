//! What is counted, on the disk before its client sees the end of the answer: so that neither the
//! end of the process, however sudden, nor an outage of the database costs any of it.
//!
//! A [`Segment`] is a batch as a file: a line for each request, under the id that the batch will
//! have. It is there until the database has the batch. Whoever is at it holds a lock on it, which
//! ends with the process: what can be locked is left over, and whoever finds it counts its lines
//! and writes them under its id, once.

mod line;
mod segment;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use parking_lot::Mutex;

pub use self::line::Line;
pub use self::segment::Segment;
use crate::config::Config;

/// No segment is begun while there are so many: with one in five seconds, a day's. What is counted
/// then is in memory, where it has its own bound.
const FILES_MAX: usize = 20_000;

/// The same for their bytes, together: about five million requests.
const BYTES_MAX: u64 = 4 << 30;

/// The same of which refusals of callers that nobody knows may take a part: anybody can send those as
/// fast as they like, and there is to be room for requests as long as the database is away.
const STRANGERS_BYTES_MAX: u64 = 1 << 30;

/// The directory of segments, each named by its id: ids are ordered by time.
pub struct Journal {
    dir: PathBuf,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// What this process has left for later.
    own: HashSet<String>,
    /// How many there were at the last look, and those left since.
    files: usize,
    bytes: u64,
    /// The disk takes nothing, and that was told.
    failing: bool,
}

impl Journal {
    /// The one in the data directory. Nothing is read or made yet.
    pub fn new(config: &Config) -> Self {
        Self::in_dir(&config.database.data_dir)
    }

    fn in_dir(data_dir: &Path) -> Self {
        Self { dir: data_dir.join("unwritten"), state: Mutex::default() }
    }

    /// A segment with nothing in it; `None` where the disk takes none, which is told of.
    pub fn begin(&self) -> Option<Segment> {
        self.try_begin().map_err(|error| self.failed(&error)).ok()
    }

    fn try_begin(&self) -> io::Result<Segment> {
        let state = self.state.lock();
        if state.files >= FILES_MAX || state.bytes >= BYTES_MAX {
            return Err(ErrorKind::QuotaExceeded.into());
        }
        drop(state);
        fs::create_dir_all(&self.dir)?;
        Segment::begin(&self.dir)
    }

    /// Whether there is room for refusals of callers that nobody knows. Where there is none, the
    /// database gets those of a batch only when it takes the batch at once.
    pub fn has_room_for_strangers(&self) -> bool {
        self.state.lock().bytes < STRANGERS_BYTES_MAX
    }

    /// The disk takes nothing. One line, until it does again.
    pub fn failed(&self, error: &io::Error) {
        if !std::mem::replace(&mut self.state.lock().failing, true) {
            let dir = self.dir.display();
            log::error!("{dir} takes nothing ({error}): what is counted is in memory only");
        }
    }

    /// What may be left over, from old to new. Those that somebody is at are among them.
    pub fn look(&self) -> io::Result<Vec<PathBuf>> {
        let entries = match fs::read_dir(&self.dir) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let (mut paths, mut bytes) = (Vec::new(), 0);
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name();
            if name.to_str().is_some_and(|name| uuid::Uuid::try_parse(name).is_ok()) {
                // Another process on the same directory may be done with it by now.
                bytes += entry.metadata().map_or(0, |file| file.len());
                paths.push(entry.path());
            }
        }
        paths.sort_unstable();
        let mut state = self.state.lock();
        (state.files, state.bytes) = (paths.len(), bytes);
        Ok(paths)
    }

    /// Leaves one for later.
    pub fn leave(&self, segment: Segment) {
        let mut state = self.state.lock();
        state.files += 1;
        state.bytes += segment.bytes();
        state.own.insert(segment.id().to_owned());
        self.works(&mut state);
    }

    /// The database has it. Returns whether this process had left it.
    pub fn done(&self, segment: Segment) -> io::Result<bool> {
        let mut state = self.state.lock();
        let own = state.own.remove(segment.id());
        if segment.is_whole() {
            self.works(&mut state);
        }
        drop(state);
        segment.remove().map(|()| own)
    }

    fn works(&self, state: &mut State) {
        if std::mem::take(&mut state.failing) {
            log::info!("{} takes what is counted again", self.dir.display());
        }
    }
}
