//! Storing what was gathered for a job, which asks the upstream about each key: in one transaction,
//! so that a job has all its items or is not there.

use uuid::Uuid;

use super::store::turn;
use super::{
    Gathered, ImportError, ImportParts, Imported, Options, Progress, Report, Validation, breathe,
};
use crate::actors::jobs::{IMPORT, INVALID, ImportParams};
use crate::audit::{self, Actor, Deed};
use crate::db::Conn;
use crate::jobs::{self, Counts};
use crate::models::job_item::{BadLine, ImportCounts, ItemRow};

impl Gathered {
    pub(super) async fn queue(
        mut self,
        parts: &ImportParts,
        options: &Options,
        how: Validation,
        actor: &Actor,
        progress: &dyn Fn(Progress),
    ) -> Result<Imported, ImportError> {
        if self.report.total == 0 {
            return Err(ImportError::Empty);
        }
        let id = Uuid::now_v7();
        let _turn = turn(parts).await;
        let mut conn = parts.database.get().await?;
        conn.transaction(async |conn| -> Result<(), ImportError> {
            self.check_keys(parts)?;
            let deed = self.begin(conn, parts, options, how, actor, id).await?;
            self.items(conn, id, progress).await?;
            Ok(audit::record(conn, &parts.vault, actor, deed, parts.clock.now()).await?)
        })
        .await?;
        Ok(Imported::Job(id))
    }

    async fn begin(
        &self,
        conn: &mut Conn<'_>,
        parts: &ImportParts,
        options: &Options,
        how: Validation,
        actor: &Actor,
        id: Uuid,
    ) -> Result<Deed, ImportError> {
        let (counts, now) = (Counts::from(&self.report), parts.clock.now());
        let (provider, source) = (&options.provider, options.source);
        let opened =
            ImportCounts::from(counts).open(conn, provider, source, &actor.name, now.naive());
        let params = ImportParams {
            provider: provider.clone(),
            import_id: opened.await?,
            keep_unclear: how.keep_unclear,
            weight: options.weight,
            max_concurrency: options.max_concurrency,
        };
        let deed = jobs::store(conn, actor, now, (id, IMPORT), &params, counts).await?;
        deed.ok_or(ImportError::TooManyJobs)
    }

    async fn items(
        &mut self,
        conn: &mut Conn<'_>,
        id: Uuid,
        progress: &dyn Fn(Progress),
    ) -> Result<(), ImportError> {
        let (read, mut written) = (self.report.total, 0);
        for batch in self.spool.batches()? {
            written += ItemRow::add(conn, id, batch?).await? as u64;
            progress(Progress { read, written });
            breathe().await;
        }
        Ok(BadLine::add(conn, id, INVALID, &self.bad).await?)
    }
}

/// What is decided before anyone is asked; the keys that would be added are still to do.
impl From<&Report> for Counts {
    fn from(report: &Report) -> Self {
        let Report { total, failed, existing, duplicates, skipped, .. } = *report;
        Self { total, invalid: failed, existing, duplicates, skipped, ..Self::default() }.sum()
    }
}
