//! What an import came to.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::Family;

/// The most lines that a report names.
const DETAILS_MAX: usize = 50;

/// What an import came to: `total = added + existing + duplicates + failed + skipped`. Blank lines,
/// comments and a CSV header are no lines of it.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct Report {
    /// The file was read to its end, and its good keys are stored.
    #[schema(example = true)]
    pub success: bool,
    /// Lines.
    #[schema(example = 6)]
    pub total: u64,
    /// New keys; in a dry run those that would be.
    #[schema(example = 2)]
    pub added: u64,
    /// The same, under another name.
    #[schema(example = 2)]
    pub imported: u64,
    /// Keys that the provider has already.
    #[schema(example = 1)]
    pub existing: u64,
    /// Keys that stood in the file before.
    #[schema(example = 1)]
    pub duplicates: u64,
    /// Lines that can't be read, or whose key can't be one.
    #[schema(example = 1)]
    pub failed: u64,
    /// Lines that have everything but a key.
    #[schema(example = 1)]
    pub skipped: u64,
    /// The first lines that were not added, at most 50, those at fault before the others.
    pub details: Vec<Detail>,
    /// New keys by model family; they are `general` until the upstream is asked.
    #[schema(example = json!({"general": 2}))]
    pub categories: BTreeMap<&'static str, u64>,
    /// By which the import can be undone; none for a dry run.
    #[schema(example = 7)]
    pub import_id: Option<i64>,
    /// Nothing was stored.
    #[schema(example = false)]
    pub dry_run: bool,
    #[serde(skip)]
    pub(super) others: Vec<Detail>,
}

/// A line that was not added. What stands on it is not told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
pub struct Detail {
    /// From 1; in a JSON array the item, from 1.
    #[schema(example = 3)]
    pub line: u64,
    /// Why.
    #[schema(example = "what stands in the key's place is no key")]
    pub reason: &'static str,
}

/// What became of a line that was not added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// It is at fault.
    Failed(&'static str),
    /// It has no key.
    Skipped(&'static str),
    /// The provider has the key.
    Existing,
    /// The file has the key.
    Duplicate,
}

impl Report {
    /// Counts a line that is left out.
    pub fn left(&mut self, line: u64, left: Left) {
        let (counter, details, reason) = match left {
            Left::Failed(reason) => (&mut self.failed, &mut self.details, reason),
            Left::Skipped(reason) => (&mut self.skipped, &mut self.details, reason),
            Left::Existing => {
                (&mut self.existing, &mut self.others, "the provider has this key already")
            }
            Left::Duplicate => {
                (&mut self.duplicates, &mut self.others, "this key stood in the file before")
            }
        };
        *counter += 1;
        if details.len() < DETAILS_MAX {
            details.push(Detail { line, reason });
        }
    }

    /// So many of the keys were added by somebody else meanwhile.
    pub fn overtaken(&mut self, by: u64) {
        self.added = self.added.saturating_sub(by);
        self.existing += by;
    }

    /// Everything is counted.
    pub fn close(mut self) -> Self {
        let room = DETAILS_MAX.saturating_sub(self.details.len());
        self.details.extend(std::mem::take(&mut self.others).into_iter().take(room));
        self.details.sort_unstable();
        self.imported = self.added;
        self.success = true;
        if self.added > 0 {
            self.categories.insert(Family::General.as_str(), self.added);
        }
        self
    }
}
