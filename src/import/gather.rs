//! Reading a file: what is new in it, sealed.

use std::collections::HashSet;
use std::pin::pin;

use bytes::Bytes;
use futures_util::{Stream, StreamExt};

use super::report::{Left, Report};
use super::spool::{Row, Spool};
use super::{
    BATCH, BYTES_MAX, Bad, Entry, ImportError, ImportParts, Item, LINES_MAX, Options, Parser,
    Progress, VALIDATED_MAX, breathe,
};
use crate::jobs::LINES_SHOWN;
use crate::models::job_item::BadLine;
use crate::models::upstream_key::UpstreamKey;
use crate::vault::{Binding, mask};

/// A file that was read, and what of it is new.
pub struct Gathered {
    pub(super) report: Report,
    pub(super) spool: Spool,
    /// The first lines at fault, for the result of a job.
    pub(super) bad: Vec<BadLine>,
    /// The encryption keys that there were when it began.
    pub(super) vault_keys: Vec<String>,
}

/// Reads a file. Nothing is changed by it.
///
/// # Errors
/// What the source says, a file over the limits, or a database that is away.
pub async fn gather(
    parts: &ImportParts,
    options: &Options,
    source: impl Stream<Item = Result<Bytes, ImportError>>,
    progress: &dyn Fn(Progress),
) -> Result<Gathered, ImportError> {
    let mut source = pin!(source);
    let vault_keys = parts.vault.key_ids();
    let mut work = Work::new(parts, options);
    let (mut parser, mut bytes, mut items) = (Parser::new(), 0_u64, Vec::new());
    while let Some(piece) = source.next().await {
        let piece = piece?;
        bytes += piece.len() as u64;
        if bytes > BYTES_MAX {
            return Err(ImportError::TooLarge);
        }
        parser.push(&piece, &mut |item| items.push(item));
        work.take(&mut items).await?;
        progress(Progress { read: work.report.total, written: 0 });
    }
    parser.finish(&mut |item| items.push(item));
    work.take(&mut items).await?;
    work.look_up().await?;
    let Work { report, spool, bad, .. } = work;
    Ok(Gathered { report, spool, bad, vault_keys })
}

struct Work<'a> {
    parts: &'a ImportParts,
    options: &'a Options,
    report: Report,
    spool: Spool,
    bad: Vec<BadLine>,
    /// The first half of each key's fingerprint: 128 bits don't meet by chance.
    seen: HashSet<u128>,
    /// Keys to look up.
    batch: Vec<New>,
}

/// A key that the file has not had before.
struct New {
    /// Its place in the file, from 1.
    seq: u64,
    entry: Entry,
    /// Those that a stored row of it may have; the first is written.
    fingerprints: Vec<String>,
}

impl<'a> Work<'a> {
    fn new(parts: &'a ImportParts, options: &'a Options) -> Self {
        let report = Report { dry_run: options.dry_run, ..Report::default() };
        let (spool, seen) = (Spool::new(&parts.spool_dir), HashSet::new());
        Self { parts, options, report, spool, bad: Vec::new(), seen, batch: Vec::new() }
    }

    async fn take(&mut self, items: &mut Vec<Item>) -> Result<(), ImportError> {
        for item in items.drain(..) {
            self.report.total += 1;
            if self.report.total > LINES_MAX {
                return Err(ImportError::TooMany);
            }
            match item {
                Item::Bad(bad) if bad.reason.is_skip() => {
                    self.report.left(bad.line, Left::Skipped(bad.reason.as_str()));
                }
                Item::Bad(bad) => self.at_fault(bad),
                Item::Entry(entry) => self.entry(entry),
            }
            if self.batch.len() >= BATCH {
                self.look_up().await?;
            }
        }
        Ok(())
    }

    fn at_fault(&mut self, Bad { line, reason }: Bad) {
        self.report.left(line, Left::Failed(reason.as_str()));
        if self.bad.len() < LINES_SHOWN {
            self.bad.push(BadLine { seq: self.report.total, line, detail: reason.as_str() });
        }
    }

    fn entry(&mut self, entry: Entry) {
        let fingerprints = self.parts.vault.fingerprints(&entry.secret);
        let half = fingerprints.first().and_then(|print| print.get(..32));
        let half = half.and_then(|half| u128::from_str_radix(half, 16).ok()).unwrap_or_default();
        if self.seen.insert(half) {
            self.batch.push(New { seq: self.report.total, entry, fingerprints });
        } else {
            self.report.left(entry.line, Left::Duplicate);
        }
    }

    /// Sorts out what the provider has already, and seals the rest. The connection is given back
    /// between batches, since the next one may be long in coming.
    async fn look_up(&mut self) -> Result<(), ImportError> {
        let batch = std::mem::take(&mut self.batch);
        if batch.is_empty() {
            return Ok(());
        }
        let prints: Vec<String> = batch.iter().flat_map(|new| new.fingerprints.clone()).collect();
        let mut conn = self.parts.database.get().await?;
        let known = UpstreamKey::known(&mut conn, &self.options.provider, &prints).await?;
        drop(conn);
        let known: HashSet<String> = known.into_iter().collect();
        let mut rows = Vec::with_capacity(batch.len());
        for new in batch {
            if new.fingerprints.iter().any(|print| known.contains(print)) {
                self.report.left(new.entry.line, Left::Existing);
                continue;
            }
            self.report.added += 1;
            if self.options.validate.is_some() && self.report.added > VALIDATED_MAX {
                return Err(ImportError::TooManyToAsk);
            }
            if !self.options.dry_run {
                rows.push(self.sealed(new)?);
            }
        }
        if !rows.is_empty() {
            self.spool.write(&rows)?;
        }
        breathe().await;
        Ok(())
    }

    fn sealed(&self, new: New) -> Result<Row, ImportError> {
        let New { seq, entry, fingerprints } = new;
        let fingerprint = fingerprints.into_iter().next().unwrap_or_default();
        let binding = Binding::upstream_key(&self.options.provider, &fingerprint);
        let sealed = self.parts.vault.seal(&binding, &entry.secret)?;
        let ttl_secs = entry.ttl_secs.or(self.options.ttl_secs).filter(|secs| *secs > 0);
        let now = self.parts.clock.now();
        let own = !entry.account.is_empty();
        Ok(Row {
            seq,
            line: entry.line,
            username: entry.username,
            account: if own { entry.account } else { self.options.account.clone() },
            ttl_secs: ttl_secs.unwrap_or(0),
            masked: mask(&entry.secret),
            fingerprint,
            sealed: sealed.sealed,
            sealed_with: sealed.sealed_with,
            expires_at: ttl_secs.map(|secs| now.plus_secs(secs).naive()),
        })
    }
}
