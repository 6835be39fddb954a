//! Which services run over this `DATA_DIR`, and which secrets they have taken up.
//!
//! Each service holds a lock on a file of its own in `DATA_DIR/running`; the system ends the lock
//! with the process, however it ends. What stands in the file is no secret.

use std::fs::{self, File};
use std::io::{Seek, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::file::lock;
use crate::config::Config;

const LOOK_EVERY: Duration = Duration::from_millis(100);

/// A service looks at its secrets each second; one that takes so long is stuck.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a service says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// Its process.
    pub pid: u32,
    /// Which content of `secrets.json` it has taken up.
    pub secrets_file: String,
    /// The names of its encryption keys, the one that seals first; empty while it starts.
    pub encryption_keys: Vec<String>,
    /// The names of its secrets of sessions, the one that signs first. A version that doesn't tell
    /// them doesn't take them up.
    #[serde(default)]
    pub auth_secrets: Vec<String>,
}

/// This process, running. The file goes when this is dropped.
pub struct Presence {
    file: File,
    path: PathBuf,
}

impl Presence {
    /// Says that this process runs, before it reads any secret: so whoever changes them afterwards
    /// knows whom to wait for. `None` with Postgres, whose secrets come from the environment.
    pub fn announce(config: &Config) -> anyhow::Result<Option<Self>> {
        if !config.database.is_embedded() {
            return Ok(None);
        }
        let dir = dir(&config.database.data_dir);
        super::make_data_dir(&dir)?;
        let path = dir.join(format!("{}.json", Uuid::now_v7()));
        let unlocked = path.with_extension("new");
        let file = lock(&unlocked, true)?.context("a new file can be locked")?;
        // Under its own name it is never seen without its lock.
        fs::rename(&unlocked, &path).with_context(|| format!("DATA_DIR: {}", path.display()))?;
        Ok(Some(Self { file, path }))
    }

    /// Says what this process has taken up.
    pub fn tell(&mut self, taken: &Taken) -> std::io::Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()?;
        self.file.write_all(&serde_json::to_vec(taken)?)
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// What the running services say of themselves.
pub fn running(data_dir: &Path) -> anyhow::Result<Vec<Taken>> {
    let entries = match fs::read_dir(dir(data_dir)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error).context("DATA_DIR/running can't be read"),
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.context("DATA_DIR/running can't be read")?.path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let Ok(file) = File::open(&path) else { continue };
        if file.try_lock().is_ok() {
            // Its process was killed.
            let _ = fs::remove_file(&path);
            continue;
        }
        // What is just being written reads as nothing taken up yet.
        let text = fs::read(&path).unwrap_or_default();
        found.push(serde_json::from_slice(&text).unwrap_or_default());
    }
    Ok(found)
}

/// Waits until every running service is as wanted; returns how many there are.
pub async fn until_all(data_dir: &Path, wanted: impl Fn(&Taken) -> bool) -> anyhow::Result<usize> {
    let begun = Instant::now();
    loop {
        let found = running(data_dir)?;
        if found.iter().all(&wanted) {
            return Ok(found.len());
        }
        if begun.elapsed() > PATIENCE {
            bail!("a running service does not take the new secrets up: restart it, then run again");
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

fn dir(data_dir: &Path) -> PathBuf {
    data_dir.join("running")
}
