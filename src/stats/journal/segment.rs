//! [`Segment`]: a batch as a file.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io::{self, BufRead, BufReader, ErrorKind, Write};
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::Line;
use crate::clock::Millis;
use crate::models::retention::BATCH_IDS_KEPT;
use crate::stats::Record;

/// With so much in it the next one is begun, and this one is read back to be written: about 170,000
/// requests, which take a third of a second. Few get there in `STATS_FLUSH_INTERVAL_MS`.
const BYTES_MAX: u64 = 128 << 20;

/// A batch as a file, locked by this process.
pub struct Segment {
    id: String,
    path: PathBuf,
    file: File,
    bytes: u64,
    whole: bool,
    sent: Option<Millis>,
    unreadable: usize,
}

impl Segment {
    /// An empty one. Nobody finds it before it is locked; only its owner may read it.
    pub fn begin(dir: &Path) -> io::Result<Self> {
        let file = tempfile::Builder::new().prefix(".").append(true).tempfile_in(dir)?;
        file.as_file().try_lock()?;
        let id = Uuid::now_v7().to_string();
        let path = dir.join(&id);
        let file = file.persist(&path).map_err(|error| error.error)?;
        Ok(Self { id, path, file, bytes: 0, whole: true, sent: None, unreadable: 0 })
    }

    /// The one at this path, if nobody is at it and it is still there.
    pub fn claim(path: &Path) -> io::Result<Option<Self>> {
        let file = match File::options().read(true).append(true).open(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => return Ok(None),
            locked => locked?,
        }
        let id = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        let path = path.to_owned();
        Ok(Some(Self { id, path, file, bytes: 0, whole: true, sent: None, unreadable: 0 }))
    }

    /// The id of its batch.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// How large it is.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Whether everything is in it that was to be.
    pub fn is_whole(&self) -> bool {
        self.whole
    }

    /// Whether it is time for the next one.
    pub fn is_full(&self) -> bool {
        self.whole && self.bytes >= BYTES_MAX
    }

    /// Appends a line. It isn't synced: what the kernel has outlives the process. After an error
    /// nothing more is taken.
    pub fn append(&mut self, line: &[u8]) -> io::Result<()> {
        if !self.whole {
            return Ok(());
        }
        let written = self.file.write_all(line);
        match written {
            Ok(()) => self.bytes += u64::try_from(line.len()).unwrap_or(0),
            Err(_) => self.whole = false,
        }
        written
    }

    /// Notes that the database is asked to take it, the first time.
    pub fn sending(&mut self, now: Millis) -> io::Result<()> {
        if self.sent.is_some() {
            return Ok(());
        }
        self.sent = Some(now);
        self.append(&Line::<()>::Sent(now).to_bytes())
    }

    /// Reads what a process has left: requests that are over, then those that ended with it. A line
    /// without an end was cut off with it and is dropped; others that can't be read are left out.
    pub fn read(&mut self, mut take: impl FnMut(Record)) -> io::Result<()> {
        let mut reader = BufReader::new(&self.file);
        let (mut line, mut under_way) = (Vec::new(), BTreeMap::new());
        loop {
            line.clear();
            reader.read_until(b'\n', &mut line)?;
            if line.last() != Some(&b'\n') {
                break;
            }
            self.bytes += u64::try_from(line.len()).unwrap_or(0);
            match serde_json::from_slice(&line) {
                Ok(Line::Begun { request, record, key }) => {
                    under_way.insert(request, (record, key));
                }
                Ok(Line::Done { request, record }) => {
                    under_way.remove(&request);
                    take(record);
                }
                Ok(Line::Closed) => under_way.clear(),
                Ok(Line::Sent(at)) => self.sent = self.sent.or(Some(at)),
                Err(_) => self.unreadable += 1,
            }
        }
        if !line.is_empty() {
            self.file.set_len(self.bytes)?;
        }
        for (record, key) in under_way.into_values() {
            take(record.left_with(key));
        }
        Ok(())
    }

    /// Whether the database may have had it, and have forgotten its id.
    pub fn is_doubtful(&self, now: Millis) -> bool {
        let kept_ms = BATCH_IDS_KEPT.num_milliseconds();
        self.sent.is_some_and(|sent| sent.plus_ms(kept_ms) <= now)
    }

    /// It isn't needed any more. One with lines that can't be read is put aside instead, and told
    /// of.
    pub fn remove(self) -> io::Result<()> {
        if self.unreadable > 0 {
            return self.put_aside(&format!("{} lines can't be read", self.unreadable));
        }
        gone(fs::remove_file(&self.path))
    }

    /// Leaves it to people, who are told why.
    pub fn put_aside(&self, why: &str) -> io::Result<()> {
        log::error!("{}: {why}: put aside", self.path.display());
        gone(fs::rename(&self.path, self.path.with_extension("aside")))
    }
}

/// Where another process on the same directory was as quick, the database took it once.
fn gone(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        result => result,
    }
}
