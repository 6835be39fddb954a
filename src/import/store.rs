//! Writing what was gathered: in one transaction, so that an import is there whole or not at all.

use serde_json::json;
use tokio::sync::MutexGuard;

use super::{Gathered, ImportError, ImportParts, Imported, Options, Progress, Report, breathe};
use crate::audit::{self, Actor, Deed};
use crate::db::locks::take_turn_at_keys;
use crate::db::{Conn, Database};
use crate::models::import::{Import, NewImport};

impl Gathered {
    /// Stores it, for a job where it asks for validation, and notes it in the audit log. A dry run
    /// only reports.
    ///
    /// # Errors
    /// The temporary file or the database is away; then nothing is stored.
    pub async fn store(
        mut self,
        parts: &ImportParts,
        options: &Options,
        actor: &Actor,
        progress: &dyn Fn(Progress),
    ) -> Result<Imported, ImportError> {
        match options.validate {
            _ if options.dry_run => {}
            Some(how) => return self.queue(parts, options, how, actor, progress).await,
            None => {
                let _turn = turn(parts).await;
                let mut conn = parts.database.get().await?;
                conn.transaction(async |conn| {
                    self.write(conn, parts, options, actor, progress).await
                })
                .await?;
            }
        }
        Ok(Imported::Report(self.report.close()))
    }

    /// A rotation may have walked past already: under the old key they could never be opened.
    pub(super) fn check_keys(&self, parts: &ImportParts) -> Result<(), ImportError> {
        let same = parts.vault.key_ids().first() == self.vault_keys.first();
        if same { Ok(()) } else { Err(ImportError::Rotated) }
    }

    async fn write(
        &mut self,
        conn: &mut Conn<'_>,
        parts: &ImportParts,
        options: &Options,
        actor: &Actor,
        progress: &dyn Fn(Progress),
    ) -> Result<(), ImportError> {
        self.check_keys(parts)?;
        let now = parts.clock.now();
        let (report, each) = (&mut self.report, (options.weight, options.max_concurrency));
        take_turn_at_keys(conn).await?;
        let id = Import::insert(conn, &row(report, options, actor, now.naive())).await?;
        let mut written = 0;
        for batch in self.spool.batches()? {
            written += Import::add_keys(conn, id, each, batch?).await? as u64;
            progress(Progress { read: report.total, written });
            breathe().await;
        }
        report.overtaken(report.added.saturating_sub(written));
        report.import_id = Some(id);
        Import::finish(conn, id, column(report.added), column(report.existing)).await?;
        let deed = Deed::new("key.import", format!("import:{id}")).after(json!({
            "provider": options.provider,
            "source": options.source,
            "total": report.total,
            "added": report.added,
            "existing": report.existing,
            "duplicates": report.duplicates,
            "failed": report.failed,
            "skipped": report.skipped,
        }));
        Ok(audit::record(conn, &parts.vault, actor, deed, now).await?)
    }
}

/// The turn that whoever writes many rows to SQLite takes.
pub(super) async fn turn(parts: &ImportParts) -> Option<MutexGuard<'_, ()>> {
    match parts.database {
        Database::Sqlite(..) => Some(parts.bulk_turn.lock().await),
        Database::Postgres(..) => None,
    }
}

fn row<'a>(
    report: &Report,
    options: &'a Options,
    actor: &'a Actor,
    created_at: chrono::NaiveDateTime,
) -> NewImport<'a> {
    NewImport {
        provider: &options.provider,
        source: options.source,
        actor: &actor.name,
        total: column(report.total),
        added: column(report.added),
        existing: column(report.existing),
        duplicates: column(report.duplicates),
        failed: column(report.failed),
        skipped: column(report.skipped),
        created_at,
    }
}

fn column(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
