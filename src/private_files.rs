//! Files of this program are for its own user only: those that it makes, and those that an earlier
//! version or a restored backup has left.

use std::fs::{self, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::Mode;
use rustix::process::umask;

use crate::config::Database;

/// What is beside a SQLite file, by the end of its name, and the file itself.
const OF_SQLITE: [&str; 4] = ["", "-wal", "-shm", "-journal"];

/// Files in `DATA_DIR`.
const FILES: [&str; 4] = ["secrets.json", "secrets.json.new", "secrets.lock", "rotation.lock"];

/// Directories in `DATA_DIR`, all of whose files are this program's.
const DIRECTORIES: [&str; 3] = ["unwritten", "outbox", "running"];

/// Rights of everybody but the owner.
const OTHERS: u32 = 0o077;

/// From now on nobody else may read or write what this process makes: databases, statistics, mails,
/// exports. To be called before it makes anything.
pub fn restrict_new() {
    umask(Mode::RWXG | Mode::RWXO);
}

/// Takes from everybody else the right to read or write what is there already. What can't be changed
/// is told of, and stops nothing.
pub fn restrict_old(config: &Database) {
    let data = &config.data_dir;
    let mut paths: Vec<PathBuf> = FILES.iter().map(|name| data.join(name)).collect();
    let url = config.url();
    if let Some(file) = url.strip_prefix("sqlite://") {
        paths.extend(OF_SQLITE.iter().map(|end| PathBuf::from(format!("{file}{end}"))));
    }
    for name in DIRECTORIES {
        let dir = data.join(name);
        paths.extend(inside(&dir));
        paths.push(dir);
    }
    for path in paths {
        if let Err(error) = restrict(&path) {
            log::warn!("{} can't be made private: {error}", path.display());
        }
    }
}

/// Warns of directories that others may look into: of `DATA_DIR`, and of that of a SQLite file.
pub fn warn_of_open_directories(config: &Database) {
    let data = config.data_dir.as_path();
    let url = config.url();
    let place = url.strip_prefix("sqlite://").and_then(|file| Path::new(file).parent());
    let place = place.filter(|place| *place != data && !place.as_os_str().is_empty());
    for dir in [data].into_iter().chain(place) {
        if fs::metadata(dir).is_ok_and(|dir| dir.permissions().mode() & OTHERS != 0) {
            log::warn!(
                "{} is open to other users of this machine: make it private (chmod 700)",
                dir.display()
            );
        }
    }
}

/// What is in a directory; nothing where there is none.
fn inside(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).into_iter().flatten();
    entries.filter_map(|entry| Some(entry.ok()?.path())).collect()
}

/// Leaves the owner's rights and takes everybody else's. A link is left alone: what it leads to may
/// be somebody else's.
fn restrict(path: &Path) -> io::Result<()> {
    let found = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        found => found?,
    };
    let mode = found.permissions().mode();
    if found.is_symlink() || mode & OTHERS == 0 {
        return Ok(());
    }
    match fs::set_permissions(path, Permissions::from_mode(mode & 0o7700)) {
        // Another process was done with it.
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        changed => changed,
    }
}
