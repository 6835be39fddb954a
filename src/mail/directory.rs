//! Mails as files, for when there is no mail server: the first run works offline.

use std::fs::DirBuilder;
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;
use uuid::Uuid;

/// Files that are kept; the oldest go.
const FILES_MAX: usize = 500;

/// A directory of mails, for its owner only: they hold codes.
pub struct Directory {
    path: PathBuf,
}

impl Directory {
    /// Makes the directory unless it is there.
    pub fn new(path: PathBuf) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(&path)?;
        Ok(Self { path })
    }

    /// Writes a mail. The ids of later mails are greater.
    pub async fn write(&self, id: Uuid, mail: Vec<u8>) -> io::Result<()> {
        let path = self.path.clone();
        tokio::task::spawn_blocking(move || write(&path, id, &mail)).await?
    }
}

/// In one step: who reads meanwhile sees all of it or nothing.
fn write(dir: &Path, id: Uuid, mail: &[u8]) -> io::Result<()> {
    let mut file = NamedTempFile::new_in(dir)?;
    file.write_all(mail)?;
    file.persist(dir.join(format!("{id}.eml")))?;
    let mut mails = mails(dir)?;
    mails.sort_unstable();
    for old in mails.iter().rev().skip(FILES_MAX) {
        match std::fs::remove_file(old) {
            // Another sender was faster.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            removed => removed?,
        }
    }
    Ok(())
}

fn mails(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut mails = Vec::new();
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        if path.extension().is_some_and(|end| end == "eml") {
            mails.push(path);
        }
    }
    Ok(mails)
}
