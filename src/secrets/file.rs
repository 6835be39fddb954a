//! `DATA_DIR/secrets.json`, mode 0600: read, made, and changed as a whole.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::vault::random_hex;

/// What the file holds. Has no `Debug`: nothing prints it.
#[derive(Clone, Serialize, Deserialize)]
pub struct Stored {
    /// Password of the admin API.
    pub admin_token: String,
    /// One or more secrets of sessions with commas: the first signs, all verify.
    pub auth_secret: String,
    /// One or more encryption keys with commas: the first seals, all open.
    pub encryption_key: String,
}

/// The file, which may not be there yet.
pub struct SecretsFile {
    /// Where it is.
    pub path: PathBuf,
}

impl SecretsFile {
    /// The one of this `DATA_DIR`.
    pub fn in_dir(data_dir: &Path) -> Self {
        Self { path: data_dir.join("secrets.json") }
    }

    /// What it holds, made from the system's random source if it is not there.
    pub fn read_or_make(&self) -> anyhow::Result<Stored> {
        let _turn = self.turn()?;
        if let Some(stored) = self.read()? {
            return Ok(stored);
        }
        let made = Stored {
            admin_token: random_hex(32)?,
            auth_secret: random_hex(32)?,
            encryption_key: random_hex(32)?,
        };
        self.write(&made)?;
        Ok(made)
    }

    /// What it holds; `None` when it is not there.
    pub fn read(&self) -> anyhow::Result<Option<Stored>> {
        match fs::read(&self.path) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map(Some)
                // The parser's own words could quote a secret.
                .map_err(|_| anyhow::anyhow!("{} can't be read as secrets", self.path.display())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => {
                Err(error).with_context(|| format!("{} can't be opened", self.path.display()))
            }
        }
    }

    /// Changes it in one step: whoever reads meanwhile gets the old or the new, whole.
    pub fn change(&self, change: impl FnOnce(&mut Stored)) -> anyhow::Result<Stored> {
        let _turn = self.turn()?;
        let Some(mut stored) = self.read()? else {
            bail!("{} is not there", self.path.display());
        };
        change(&mut stored);
        self.write(&stored)?;
        Ok(stored)
    }

    /// Tells one content from another without telling what it is: each secret in it has 256 random
    /// bits. Empty when it can't be read.
    pub fn digest(&self) -> String {
        let bytes = fs::read(&self.path);
        bytes.map(|bytes| hex::encode(Sha256::digest(bytes))).unwrap_or_default()
    }

    fn write(&self, stored: &Stored) -> anyhow::Result<()> {
        let new = self.path.with_extension("json.new");
        let write = || -> std::io::Result<()> {
            let mut options = OpenOptions::new();
            let options = options.write(true).create(true).truncate(true).mode(0o600);
            let mut file = options.open(&new)?;
            file.write_all(&serde_json::to_vec_pretty(stored)?)?;
            file.sync_all()?;
            fs::rename(&new, &self.path)?;
            // The rename itself must outlive a power cut: rows may be sealed under a new key next.
            self.path.parent().map_or(Ok(()), |dir| File::open(dir)?.sync_all())
        };
        write().with_context(|| format!("{} can't be written (DATA_DIR)", self.path.display()))
    }

    /// One process at a time; the turn ends when the file is closed.
    fn turn(&self) -> anyhow::Result<File> {
        lock(&self.path.with_extension("lock"), true)?.context("a lock that waits is always taken")
    }
}

/// Held by a command that seals secrets: while a rotation is under way there is none to be had, and
/// it waits for no such command, since a command's keys don't change while it runs.
pub fn sealing(data_dir: &Path) -> anyhow::Result<File> {
    let path = rotation_lock(data_dir);
    let mut options = OpenOptions::new();
    let file = options.write(true).create(true).truncate(false).mode(0o600).open(&path);
    let file = file.with_context(|| format!("{} can't be opened (DATA_DIR)", path.display()))?;
    if file.try_lock_shared().is_err() {
        bail!("the encryption key is being changed: run this again when that is done");
    }
    Ok(file)
}

/// The file whose lock a rotation holds.
pub fn rotation_lock(data_dir: &Path) -> PathBuf {
    data_dir.join("rotation.lock")
}

/// Takes a lock that ends with its process; `None` when another holds it and `wait` is off.
pub fn lock(path: &Path, wait: bool) -> anyhow::Result<Option<File>> {
    let take = || -> std::io::Result<Option<File>> {
        let mut options = OpenOptions::new();
        let file = options.write(true).create(true).truncate(false).mode(0o600).open(path)?;
        if wait {
            file.lock()?;
            return Ok(Some(file));
        }
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(fs::TryLockError::WouldBlock) => Ok(None),
            Err(fs::TryLockError::Error(error)) => Err(error),
        }
    };
    take().with_context(|| format!("{} can't be locked (DATA_DIR)", path.display()))
}
