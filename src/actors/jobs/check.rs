//! Probing stored keys.

use std::collections::VecDeque;
use std::pin::pin;

use futures_util::{Stream, StreamExt, stream};
use serde::{Deserialize, Serialize};

use super::worker::{BEAT_EVERY, Ended, Worker};
use crate::actors::health_check::{Checked, check};
use crate::actors::key_pool::Asker;
use crate::db::DatabaseError;
use crate::jobs::Progress;
use crate::models::key_list::KeyFilter;
use crate::models::upstream_key::UpstreamKey;

/// The job's name.
pub const KIND: &str = "health_check";

/// Rows read at once.
const CHUNK: usize = 250;

/// Which keys: by id, or all that a filter names.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CheckParams {
    /// These only, whatever their provider.
    pub ids: Vec<i64>,
    /// Without ids: all of these.
    pub filter: KeyFilter,
}

/// Probes the keys in the order of their ids. So one number tells how far it is, and what was
/// counted before a restart is not counted again.
pub async fn run(worker: &Worker, params: CheckParams, mut progress: Progress) -> Ended {
    let desk = &worker.desk;
    // The list comes from the database, so what the pool knows must be there first.
    let _ = desk.key_pool.save().await;
    let Some(total) = worker.patiently(async || total(worker, &params).await).await else {
        return Ended::Left;
    };
    progress.counts.total = progress.counts.total.max(total);
    worker.beat(progress).await;
    // Some are further than the slowest: one that hangs must not hold up those behind it.
    let ahead = desk.parts.config.pool.health_check_concurrency as usize * 4;
    let one = |key: UpstreamKey| async move {
        let _turn = tokio::select! {
            () = worker.live.ending() => return None,
            turn = desk.parts.probe_turns.acquire() => turn,
        };
        let id = key.id;
        Some((
            id,
            check(&desk.parts, &desk.key_pool, &desk.client, key, Asker::Administrator).await,
        ))
    };
    let mut found = pin!(keys(worker, &params, progress.cursor).map(one).buffered(ahead));
    let mut beats = tokio::time::interval(BEAT_EVERY);
    beats.tick().await;
    loop {
        tokio::select! {
            biased;
            () = worker.live.stopping() => break,
            _ = beats.tick() => {
                worker.beat(progress).await;
            }
            next = found.next() => match next {
                Some(Some((id, checked))) => {
                    count(&mut progress, id, checked);
                    worker.live.show(progress.counts);
                }
                // Left alone: somebody asked to stop.
                Some(None) => {}
                None => break,
            },
        }
    }
    if !worker.live.is_ending() {
        // Keys come and go meanwhile.
        progress.counts.total = progress.counts.done;
    }
    while !worker.beat(progress).await && !worker.live.is_stopped() {
        tokio::time::sleep(BEAT_EVERY).await;
    }
    if worker.live.is_stopped() { Ended::Left } else { Ended::Over }
}

fn count(progress: &mut Progress, id: i64, checked: Checked) {
    let counts = &mut progress.counts;
    match checked {
        Checked::Valid => counts.valid += 1,
        Checked::Invalid => counts.invalid += 1,
        Checked::Unclear => counts.unclear += 1,
    }
    *counts = counts.sum();
    counts.total = counts.total.max(counts.done);
    progress.cursor = id;
}

async fn total(worker: &Worker, params: &CheckParams) -> Result<u64, DatabaseError> {
    let parts = &worker.desk.parts;
    let mut conn = parts.database.get().await?;
    let count = if params.ids.is_empty() {
        UpstreamKey::count(&mut conn, &params.filter, parts.clock.now().naive()).await?
    } else {
        i64::try_from(UpstreamKey::by_ids(&mut conn, &params.ids).await?.len()).unwrap_or(i64::MAX)
    };
    Ok(u64::try_from(count).unwrap_or(0))
}

/// The keys behind `after`, read bit by bit; ends early when the job does.
fn keys<'a>(
    worker: &'a Worker,
    params: &'a CheckParams,
    after: i64,
) -> impl Stream<Item = UpstreamKey> + 'a {
    let first = (after, VecDeque::<UpstreamKey>::new());
    stream::unfold(first, move |(after, mut rows)| async move {
        if worker.live.is_ending() {
            return None;
        }
        if rows.is_empty() {
            rows = worker.patiently(async || chunk(worker, params, after).await).await?.into();
        }
        let key = rows.pop_front()?;
        Some((key.clone(), (key.id, rows)))
    })
}

async fn chunk(
    worker: &Worker,
    params: &CheckParams,
    after: i64,
) -> Result<Vec<UpstreamKey>, DatabaseError> {
    let parts = &worker.desk.parts;
    let mut conn = parts.database.get().await?;
    if params.ids.is_empty() {
        let (filter, now) = (&params.filter, parts.clock.now().naive());
        let limit = i64::try_from(CHUNK).unwrap_or(i64::MAX);
        return Ok(UpstreamKey::matching(&mut conn, filter, after, limit, now).await?);
    }
    let mut ids: Vec<i64> = params.ids.iter().copied().filter(|id| *id > after).collect();
    ids.sort_unstable();
    ids.dedup();
    // Those of a chunk may all be gone, with others behind them.
    for ids in ids.chunks(CHUNK) {
        let rows = UpstreamKey::by_ids(&mut conn, ids).await?;
        if !rows.is_empty() {
            return Ok(rows);
        }
    }
    Ok(Vec::new())
}
