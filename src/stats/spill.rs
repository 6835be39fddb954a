//! Batches that the database would not take, on the disk until it does: so that an outage costs
//! neither memory nor, if the process ends meanwhile, what was counted.

use std::collections::HashSet;
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::config::Config;
use crate::models::usage::Batch;

/// Files beyond this many are not made: with a batch in five seconds, a day's. What is counted
/// after that stays in memory, where it has its own bound.
const FILES_MAX: usize = 20_000;

/// A directory with a file for each batch, named by its id: ids are ordered by time.
pub struct Spill {
    dir: PathBuf,
    /// Those of this process.
    own: HashSet<String>,
    /// How many files there are; `None` until somebody has looked.
    files: Option<usize>,
}

impl Spill {
    /// The one in the data directory. Nothing is read or made yet.
    pub fn new(config: &Config) -> Self {
        Self::in_dir(&config.database.data_dir)
    }

    fn in_dir(data_dir: &Path) -> Self {
        Self { dir: data_dir.join("unwritten"), own: HashSet::new(), files: None }
    }

    /// Keeps a batch.
    ///
    /// # Errors
    /// The disk doesn't take it, or there are too many already.
    pub fn put(&mut self, batch: &Batch) -> io::Result<()> {
        let files = self.files.map_or_else(|| self.waiting().map(|files| files.len()), Ok)?;
        if files >= FILES_MAX {
            return Err(ErrorKind::QuotaExceeded.into());
        }
        fs::create_dir_all(&self.dir)?;
        // Whoever reads finds it whole or not at all; only its owner may read it.
        let mut file = NamedTempFile::with_prefix_in(".", &self.dir)?;
        file.write_all(&serde_json::to_vec(batch)?)?;
        file.as_file().sync_all()?;
        file.persist(self.dir.join(&batch.id)).map_err(|error| error.error)?;
        self.files = Some(files + 1);
        self.own.insert(batch.id.clone());
        Ok(())
    }

    /// The oldest one, of whichever process. One that can't be read is put aside and told of.
    pub fn oldest(&mut self) -> io::Result<Option<Batch>> {
        if self.files == Some(0) {
            return Ok(None);
        }
        let waiting = self.waiting()?;
        self.files = Some(waiting.len());
        let Some(path) = waiting.into_iter().min() else { return Ok(None) };
        match serde_json::from_slice(&fs::read(&path)?) {
            Ok(batch) => Ok(Some(batch)),
            Err(_) => {
                log::error!("{} can't be read as statistics: put aside", path.display());
                fs::rename(&path, path.with_extension("unreadable"))?;
                Ok(None)
            }
        }
    }

    /// It is in the database. Returns whether this process had put it here.
    pub fn done(&mut self, batch: &Batch) -> io::Result<bool> {
        match fs::remove_file(self.dir.join(&batch.id)) {
            // Another process on the same directory was as quick; the database took it once.
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        self.files = self.files.map(|files| files.saturating_sub(1));
        Ok(self.own.remove(&batch.id))
    }

    fn waiting(&self) -> io::Result<Vec<PathBuf>> {
        let entries = match fs::read_dir(&self.dir) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let paths = entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
        let is_batch = |path: &PathBuf| {
            let name = path.file_name().and_then(|name| name.to_str());
            name.is_some_and(|name| uuid::Uuid::try_parse(name).is_ok())
        };
        Ok(paths.into_iter().filter(is_batch).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(id: &str) -> Batch {
        Batch { id: id.to_owned(), ..Batch::default() }
    }

    const FIRST: &str = "019aaaaa-0000-7000-8000-000000000001";
    const SECOND: &str = "019aaaaa-0000-7000-8000-000000000002";

    #[test]
    fn comes_back_in_order_and_once() {
        let dir = tempfile::tempdir().unwrap();
        let mut spill = Spill::in_dir(dir.path());
        assert!(spill.oldest().unwrap().is_none());
        spill.put(&batch(SECOND)).unwrap();
        spill.put(&batch(FIRST)).unwrap();
        for id in [FIRST, SECOND] {
            let oldest = spill.oldest().unwrap().unwrap();
            assert_eq!(oldest.id, id);
            assert!(spill.done(&oldest).unwrap(), "it is this process's own");
        }
        assert!(spill.oldest().unwrap().is_none());
    }

    #[test]
    fn another_process_takes_over_and_what_is_broken_is_put_aside() {
        let dir = tempfile::tempdir().unwrap();
        Spill::in_dir(dir.path()).put(&batch(SECOND)).unwrap();
        fs::write(dir.path().join("unwritten").join(FIRST), "{").unwrap();
        let mut spill = Spill::in_dir(dir.path());
        assert!(spill.oldest().unwrap().is_none(), "the broken one");
        let oldest = spill.oldest().unwrap().unwrap();
        assert_eq!(oldest.id, SECOND);
        assert!(!spill.done(&oldest).unwrap(), "not this process's own");
        assert!(spill.oldest().unwrap().is_none());
    }
}
