//! Writing what was gathered: in one transaction, so that an import is there whole or not at all.

use serde_json::json;

use super::{Gathered, ImportError, ImportParts, Options, Progress, Report, yield_to_chats};
use crate::audit::{self, Actor, Deed};
use crate::db::{Conn, Database};
use crate::models::import::{Import, NewImport};

impl Gathered {
    /// Stores it, and notes it in the audit log. A dry run only reports.
    ///
    /// # Errors
    /// The temporary file or the database is away; then nothing is stored.
    pub async fn store(
        mut self,
        parts: &ImportParts,
        options: &Options,
        actor: &Actor,
        progress: &dyn Fn(Progress),
    ) -> Result<Report, ImportError> {
        if !options.dry_run {
            let _turn = match parts.database {
                Database::Sqlite(..) => Some(parts.bulk_turn.lock().await),
                Database::Postgres(..) => None,
            };
            let mut conn = parts.database.get().await?;
            conn.transaction(async |conn| self.write(conn, parts, options, actor, progress).await)
                .await?;
        }
        Ok(self.report.close())
    }

    async fn write(
        &mut self,
        conn: &mut Conn<'_>,
        parts: &ImportParts,
        options: &Options,
        actor: &Actor,
        progress: &dyn Fn(Progress),
    ) -> Result<(), ImportError> {
        // A rotation may have walked past already: under the old key they could never be opened.
        if parts.vault.key_ids().first() != self.vault_keys.first() {
            return Err(ImportError::Rotated);
        }
        let now = parts.clock.now();
        let (report, each) = (&mut self.report, (options.weight, options.max_concurrency));
        let id = Import::insert(conn, &row(report, options, actor, now.naive())).await?;
        let mut written = 0;
        for batch in self.spool.batches()? {
            written += Import::add_keys(conn, id, each, batch?).await? as u64;
            progress(Progress { read: report.total, written });
            yield_to_chats().await;
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
        Ok(audit::record(conn, actor, deed, now).await?)
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
