//! Taking in keys by the thousand.
//!
//! [`parse`] turns bytes into entries and knows no file, no database and no clock. [`gather`] reads
//! a file that comes in pieces: it leaves out what is there already and seals the rest into a
//! temporary file. [`Gathered::store`] then puts all of it into the database in one transaction.
//! So memory doesn't grow with the file, a client that sends slowly holds up nobody, one that
//! leaves has changed nothing, and the database is locked only while rows are written. An import
//! with [`Validation`] goes the same way up to there; then its keys are stored as the items of a
//! job, which asks the upstream about each.

mod error;
pub mod family;
mod gather;
pub mod parse;
mod queue;
mod report;
mod spool;
mod store;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use uuid::Uuid;

use crate::audit::Actor;
use crate::clock::Clock;
use crate::db::Database;
use crate::vault::Vault;

pub use self::error::ImportError;
pub use self::family::{Family, families};
pub use self::gather::{Gathered, gather};
pub use self::parse::{Bad, Entry, Item, Parser, Reason};
pub use self::report::{Detail, Report};

/// The most lines of one import. For each key 17 to 34 bytes are kept in memory to find it again
/// within the file.
pub const LINES_MAX: u64 = 1_000_000;

/// The most bytes of one file.
pub const BYTES_MAX: u64 = 1 << 30;

/// The most new keys of an import with validation. Each costs its upstream up to three requests: at
/// eight at once, and five a second each, so many take an hour and a half. What waits is stored
/// sealed, about half a kilobyte a key.
pub const VALIDATED_MAX: u64 = 200_000;

/// What an import needs of the program.
#[derive(Clone)]
pub struct ImportParts {
    /// Where keys go.
    pub database: Database,
    /// Whoever writes many rows to SQLite takes a turn: waiting for the lock of its file costs a
    /// connection, and chats need those to look up tokens.
    pub bulk_turn: Arc<tokio::sync::Mutex<()>>,
    /// Seals them.
    pub vault: Arc<Vault>,
    /// The time of day.
    pub clock: Clock,
    /// Where sealed keys wait until all are read: a directory on a disk, not in memory.
    pub spool_dir: PathBuf,
}

/// Keys that are worked at in one go, by the import, by the database and by the pool. A thread that
/// becomes ready may have to wait until the one that runs lets go, so a longer go is what chats
/// wait for, whatever the priorities; a shorter one costs more statements.
pub const BATCH: usize = 50;

/// The pause after each batch. An import would keep a processor busy from beginning to end, and
/// chats would have the latency of the other. A longer one makes it slower: there are 60 batches
/// for 1,000 keys.
const BREATH: Duration = Duration::from_micros(500);

/// Leaves the processor to chats now and then.
#[expect(clippy::disallowed_methods, reason = "on a thread that is there to be blocked")]
pub async fn breathe() {
    // The runtime's timers are of whole milliseconds and mostly take two.
    let _ = tokio::task::spawn_blocking(|| std::thread::sleep(BREATH)).await;
}

/// What all keys of an import have in common.
#[derive(Debug, Clone)]
pub struct Options {
    /// Whose keys.
    pub provider: String,
    /// `text`, `file`, `keys` and so on, for the list of imports.
    pub source: &'static str,
    /// The account of keys that name none.
    pub account: String,
    /// Seconds to live for keys that name none.
    pub ttl_secs: Option<i64>,
    /// Picks a turn, 1 to 1000.
    pub weight: i32,
    /// Requests at once; 0 for no cap.
    pub max_concurrency: i32,
    /// Only report what would happen.
    pub dry_run: bool,
    /// Ask the upstream about each key first; none takes them in at once.
    pub validate: Option<Validation>,
}

/// How an import with validation decides.
#[derive(Debug, Clone, Copy)]
pub struct Validation {
    /// Take keys in, too, about which nothing could be found out.
    pub keep_unclear: bool,
}

/// What an import came to.
#[derive(Debug)]
pub enum Imported {
    /// It is over.
    Report(Report),
    /// The keys wait for this job.
    Job(Uuid),
}

impl Options {
    /// For this provider, and nothing special.
    pub fn new(provider: impl Into<String>, source: &'static str) -> Self {
        let (account, ttl_secs) = (String::new(), None);
        let (weight, max_concurrency, dry_run) = (1, 0, false);
        let (provider, validate) = (provider.into(), None);
        Self { provider, source, account, ttl_secs, weight, max_concurrency, dry_run, validate }
    }
}

/// How far an import is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Lines read.
    pub read: u64,
    /// Keys written; begins when all lines are read.
    pub written: u64,
}

/// Reads and stores a file: all of it, or nothing. Keys are not in the pool of a running program
/// yet.
///
/// # Errors
/// Whatever keeps it from being stored whole.
pub async fn run(
    parts: &ImportParts,
    options: &Options,
    actor: &Actor,
    source: impl Stream<Item = Result<Bytes, ImportError>>,
    progress: &dyn Fn(Progress),
) -> Result<Imported, ImportError> {
    gather(parts, options, source, progress).await?.store(parts, options, actor, progress).await
}
