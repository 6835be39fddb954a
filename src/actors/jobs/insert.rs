//! Writing what a validated import decided: states, keys and progress in one transaction.

use std::collections::HashSet;
use std::time::Duration;

use super::import::{Decided, EXISTING, Found, INVALID, ImportParams, UNCLEAR, VALID};
use super::worker::Worker;
use crate::clock::Millis;
use crate::db::DatabaseError;
use crate::jobs::{Counts, Progress};
use crate::models::job::JobRow;
use crate::models::job_item::{ImportCounts, ItemState};
use crate::models::upstream_key::UpstreamKey;
use crate::models::valid_key::ValidKey;

/// Tries to tell the pool of new keys. It may be starting anew; then it finds them in the database.
const LENDING_TRIES: usize = 5;
const LENDING_RETRY: Duration = Duration::from_millis(200);

/// What was written.
pub struct Written {
    pub progress: Progress,
    pub cancelling: bool,
    pub added: Vec<(UpstreamKey, String)>,
}

/// Writes a batch, and with it the heartbeat; `None` when the job is somebody else's.
pub async fn write(
    worker: &Worker,
    params: &ImportParams,
    before: Progress,
    batch: &[Decided],
) -> Result<Option<Written>, DatabaseError> {
    let parts = &worker.desk.parts;
    let (id, owner, now) = (&worker.id, &parts.jobs.owner, parts.clock.now());
    let keys: Vec<ValidKey<'_>> =
        batch.iter().filter_map(|decided| new_key(params, decided, now)).collect();
    let sealed: Vec<String> = keys.iter().map(|key| key.sealed.to_owned()).collect();
    let mut conn = parts.database.get().await?;
    let written = conn
        .transaction(async |conn| -> diesel::QueryResult<_> {
            let text = before.to_column();
            // First, since it locks the row: nobody else works at the job until this is written.
            let heard = JobRow::beat(conn, id, owner, &text, now.naive()).await?;
            let Some(cancelling) = heard else { return Ok(None) };
            if batch.is_empty() {
                return Ok(Some((before, cancelling, Vec::new())));
            }
            ValidKey::insert(conn, &keys).await?;
            let rows = UpstreamKey::brought_by(conn, params.import_id, &sealed).await?;
            let added: HashSet<&str> = rows.iter().map(|row| row.sealed.as_str()).collect();
            let (counts, states) = count(params, before.counts, batch, &added, id);
            ItemState::save(conn, &states).await?;
            ImportCounts::from(counts).save(conn, params.import_id).await?;
            let progress = Progress { counts, ..before };
            JobRow::beat(conn, id, owner, &progress.to_column(), now.naive()).await?;
            Ok(Some((progress, cancelling, rows)))
        })
        .await?;
    let with_secret = |row: UpstreamKey| {
        let decided = batch.iter().find(|decided| decided.item.sealed == row.sealed)?;
        Some((row, decided.secret.clone()))
    };
    Ok(written.map(|(progress, cancelling, rows)| {
        let added = rows.into_iter().filter_map(with_secret).collect();
        Written { progress, cancelling, added }
    }))
}

fn new_key<'a>(
    params: &'a ImportParams,
    decided: &'a Decided,
    now: Millis,
) -> Option<ValidKey<'a>> {
    let item = &decided.item;
    let (identity, cooling) = match &decided.found {
        Found::Valid(identity, cooling) => (Some(identity), *cooling),
        Found::Unclear(_) if params.keep_unclear && !decided.secret.is_empty() => (None, None),
        _ => return None,
    };
    // What the file says of the account, or the import of all, was somebody's choice.
    let told = identity.map_or("", |identity| identity.account.as_str());
    Some(ValidKey {
        provider: &params.provider,
        username: &item.username,
        account: if item.account.is_empty() { told } else { &item.account },
        category: identity.map_or("general", |identity| identity.category.as_str()),
        plan: identity.map_or("", |identity| identity.plan.as_str()),
        masked: &item.masked,
        fingerprint: &item.fingerprint,
        sealed: &item.sealed,
        sealed_with: &item.sealed_with,
        weight: params.weight,
        max_concurrency: params.max_concurrency,
        created_at: now.naive(),
        expires_at: (item.ttl_secs > 0).then(|| now.plus_secs(item.ttl_secs).naive()),
        cooling_reason: cooling.map(|(reason, _)| reason.as_str()),
        cooling_until: cooling.map(|(_, until)| until.naive()),
        cooling_account: cooling.is_some(),
        import_id: params.import_id,
    })
}

fn count<'a>(
    params: &ImportParams,
    mut counts: Counts,
    batch: &'a [Decided],
    added: &HashSet<&str>,
    job_id: &'a str,
) -> (Counts, Vec<ItemState<'a>>) {
    let mut states = Vec::with_capacity(batch.len());
    for Decided { item, found, .. } in batch {
        let is_added = added.contains(item.sealed.as_str());
        counts.added += u64::from(is_added);
        let (counter, state, detail) = match found {
            Found::Valid(identity, _) if is_added => {
                (&mut counts.valid, VALID, identity.category.as_str())
            }
            Found::Invalid(reason) => (&mut counts.invalid, INVALID, *reason),
            Found::Unclear(reason) if is_added || !params.keep_unclear => {
                (&mut counts.unclear, UNCLEAR, *reason)
            }
            // Those that somebody else added in the meantime, too.
            _ => (&mut counts.existing, EXISTING, ""),
        };
        *counter += 1;
        states.push(ItemState { job_id, seq: item.seq, state, detail });
    }
    (counts.sum(), states)
}

/// Tells the pool of keys that are in the database now.
pub async fn lend(worker: &Worker, added: &[(UpstreamKey, String)]) {
    if added.is_empty() {
        return;
    }
    for _ in 0..LENDING_TRIES {
        if worker.desk.key_pool.add(added).await.is_ok() {
            return;
        }
        tokio::time::sleep(LENDING_RETRY).await;
    }
    log::error!("{} new keys wait for the pool's next start", added.len());
}
