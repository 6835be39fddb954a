//! What became of each table.

use serde::Serialize;

/// One table's rows: `read = taken + existing + skipped + failed`.
#[derive(Debug, Default, Serialize)]
pub struct Table {
    /// The old table.
    pub table: String,
    /// Rows in it.
    pub read: u64,
    /// Taken over.
    pub taken: u64,
    /// Here already.
    pub existing: u64,
    /// Of no use here.
    pub skipped: u64,
    /// That make no sense.
    pub failed: u64,
    /// What is missing, for people. Names columns, never values.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

impl Table {
    /// Nothing yet.
    pub fn new(table: impl Into<String>) -> Self {
        Self { table: table.into(), ..Self::default() }
    }

    /// A table that is not there, or lacks what it can't do without.
    pub fn absent(table: impl Into<String>, why: impl Into<String>) -> Self {
        Self { table: table.into(), notes: vec![why.into()], ..Self::default() }
    }

    /// Counts rows of which so many were new and the others here already.
    pub fn took(&mut self, rows: usize, new: usize) {
        self.taken += new as u64;
        self.existing += rows.saturating_sub(new) as u64;
    }
}
