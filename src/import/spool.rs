//! Sealed keys on their way from the file to the database.

use std::io::{self, BufRead, BufReader, Seek, Write};
use std::path::Path;

use chrono::NaiveDateTime;
use serde::Serialize;
use tempfile::SpooledTempFile;

use crate::db::bulk::time;

/// Kept in memory up to this many bytes; what is more goes to a file without a name, which is gone
/// when the import is, however it ends.
const IN_MEMORY_MAX: usize = 4 << 20;

/// A key as it will be stored, in the pool or for a job: nothing here is secret.
#[derive(Debug, Serialize)]
pub struct Row {
    /// Its place in the file, from 1: several may be of one line.
    pub seq: u64,
    pub line: u64,
    pub username: String,
    pub account: String,
    /// 0 for no end.
    pub ttl_secs: i64,
    pub masked: String,
    pub fingerprint: String,
    pub sealed: String,
    pub sealed_with: String,
    #[serde(serialize_with = "time::option::serialize")]
    /// When that is, from now on.
    pub expires_at: Option<NaiveDateTime>,
}

/// Batches of rows, each a line of JSON.
pub struct Spool(SpooledTempFile);

impl Spool {
    /// An empty one, which grows into this directory.
    pub fn new(dir: &Path) -> Self {
        Self(tempfile::spooled_tempfile_in(IN_MEMORY_MAX, dir))
    }

    /// Appends a batch.
    pub fn write(&mut self, rows: &[Row]) -> io::Result<()> {
        let mut line = serde_json::to_vec(rows)?;
        line.push(b'\n');
        self.0.write_all(&line)
    }

    /// All batches, from the first.
    pub fn batches(&mut self) -> io::Result<impl Iterator<Item = io::Result<String>> + '_> {
        self.0.rewind()?;
        Ok(BufReader::new(&mut self.0).lines())
    }
}
