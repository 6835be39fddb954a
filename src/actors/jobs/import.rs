//! Importing keys that their upstream takes.

use std::collections::{HashSet, VecDeque};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{Stream, StreamExt, stream};
use serde::{Deserialize, Serialize};

use super::insert;
use super::worker::{BEAT_EVERY, Ended, Worker};
use crate::actors::key_pool::bearer;
use crate::clock::Millis;
use crate::db::DatabaseError;
use crate::jobs::Progress;
use crate::models::job_item::ItemRow;
use crate::models::upstream_key::UpstreamKey;
use crate::pool::reason::Reason;
use crate::pool::verdict::{Effect, Until};
use crate::provider::Provider;
use crate::upstream::identity::{self, Identity};

/// The job's name.
pub const KIND: &str = "import_with_validation";

/// The states of items that are done.
pub const VALID: &str = "valid";
/// The upstream refuses the key, or the line has none.
pub const INVALID: &str = "invalid";
/// The upstream could not be asked.
pub const UNCLEAR: &str = "unclear";
/// The pool has the key already.
pub const EXISTING: &str = "existing";

/// Items read at once, and written at once at the latest.
const CHUNK: usize = 200;

/// How often an upstream that could not be asked is asked again.
const RETRIES: u32 = 3;

/// What the job was asked for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ImportParams {
    /// Whose keys.
    pub provider: String,
    /// The row of `imports` by which it can be undone.
    pub import_id: i64,
    /// Take keys in, too, about which nothing could be found out.
    pub keep_unclear: bool,
    /// Picks a turn, 1 to 1000.
    pub weight: i32,
    /// Requests at once; 0 for no cap.
    pub max_concurrency: i32,
}

/// What is known of an item's key.
pub enum Found {
    /// The upstream takes it; its account may have to wait for a limit.
    Valid(Identity, Option<(Reason, Millis)>),
    Invalid(&'static str),
    Unclear(&'static str),
    Existing,
}

/// An item that is decided.
pub struct Decided {
    pub item: ItemRow,
    pub secret: String,
    pub found: Found,
}

/// An item before it is decided, with its secret if that can be read.
struct Opened {
    item: ItemRow,
    secret: Option<String>,
    existing: bool,
}

/// Probes what is pending. What was decided is written each second, with the keys it adds.
pub async fn run(worker: &Worker, params: ImportParams, mut progress: Progress) -> Ended {
    let parts = &worker.desk.parts;
    let Some(provider) = parts.providers.get(&params.provider) else {
        return Ended::Failed("the provider is gone");
    };
    let ahead = parts.config.pool.health_check_concurrency as usize * 4;
    let one = |opened| decide(worker, &provider, opened);
    let mut decided = pin!(items(worker, &params).map(one).buffer_unordered(ahead));
    let mut beats = tokio::time::interval(BEAT_EVERY);
    let (mut batch, mut over) = (Vec::new(), false);
    while !over {
        let full = tokio::select! {
            biased;
            () = worker.live.stopping() => break,
            _ = beats.tick() => true,
            next = decided.next() => {
                over = next.is_none();
                batch.extend(next.flatten());
                over || batch.len() >= CHUNK
            }
        };
        if full {
            let writing = async || insert::write(worker, &params, progress, &batch).await;
            let Some(written) = worker.patiently(writing).await else { break };
            let Some(written) = written else {
                worker.hear(None);
                break;
            };
            batch.clear();
            progress = written.progress;
            worker.hear(Some(written.cancelling));
            worker.tell(progress, crate::jobs::JobStatus::Running);
            insert::lend(worker, &written.added).await;
        }
    }
    if worker.live.is_stopped() { Ended::Left } else { Ended::Over }
}

/// The items that are pending, read bit by bit; ends early when the job does.
fn items<'a>(worker: &'a Worker, params: &'a ImportParams) -> impl Stream<Item = Opened> + 'a {
    stream::unfold((-1, VecDeque::<Opened>::new()), move |(after, mut opened)| async move {
        if worker.live.is_ending() {
            return None;
        }
        if opened.is_empty() {
            opened = worker.patiently(async || chunk(worker, params, after).await).await?.into();
        }
        let next = opened.pop_front()?;
        let seq = next.item.seq;
        Some((next, (seq, opened)))
    })
}

async fn chunk(
    worker: &Worker,
    params: &ImportParams,
    after: i64,
) -> Result<Vec<Opened>, DatabaseError> {
    let (parts, limit) = (&worker.desk.parts, i64::try_from(CHUNK).unwrap_or(i64::MAX));
    let mut conn = parts.database.get().await?;
    let rows = ItemRow::pending(&mut conn, &worker.id, after, limit).await?;
    let open = |item: ItemRow| {
        let secret = item.open(&parts.vault, &params.provider).ok();
        let prints = secret.as_deref().map(|secret| parts.vault.fingerprints(secret));
        (item, secret, prints.unwrap_or_default())
    };
    let opened: Vec<_> = rows.into_iter().map(open).collect();
    let all: Vec<String> = opened.iter().flat_map(|(.., prints)| prints.clone()).collect();
    let known = UpstreamKey::known(&mut conn, &params.provider, &all).await?;
    let known: HashSet<String> = known.into_iter().collect();
    let with_known = |(item, secret, prints): (ItemRow, _, Vec<String>)| {
        let existing = prints.iter().any(|print| known.contains(print));
        Opened { item, secret, existing }
    };
    Ok(opened.into_iter().map(with_known).collect())
}

/// Asks the upstream, some times if need be; `None` when the job ends first.
async fn decide(worker: &Worker, provider: &Arc<Provider>, opened: Opened) -> Option<Decided> {
    let Opened { item, secret, existing } = opened;
    let header = secret.as_deref().and_then(bearer);
    let (Some(secret), Some(header)) = (secret, header) else {
        let found = Found::Unclear("the stored secret can't be read");
        return Some(Decided { item, secret: String::new(), found });
    };
    if existing {
        return Some(Decided { item, secret, found: Found::Existing });
    }
    let parts = &worker.desk.parts;
    let mut pause = Duration::from_millis(parts.config.pool.probe_retry_ms);
    let mut tries = 0;
    loop {
        let turn = tokio::select! {
            biased;
            () = worker.live.ending() => return None,
            turn = parts.probe_turns.acquire() => turn,
        };
        let (client, now) = (&worker.desk.client, parts.clock.now());
        let known = identity::know(client, provider, &header, &parts.families, now).await;
        drop(turn);
        let (found, transient) = judge(&known);
        if !transient || tries >= RETRIES {
            return Some(Decided { item, secret, found });
        }
        tries += 1;
        tokio::select! {
            () = worker.live.ending() => return None,
            () = tokio::time::sleep(pause) => pause *= 2,
        }
    }
}

/// What a probe says of the key, and whether asking again may say more.
fn judge(known: &identity::Known) -> (Found, bool) {
    let verdict = known.verdict;
    let identity = known.identity.clone().unwrap_or_default();
    match (verdict.effect, verdict.reason) {
        (Effect::Success, _) => (Found::Valid(identity, None), false),
        (Effect::Cool { until: Until::At(at), .. }, reason) => {
            (Found::Valid(identity, Some((reason, at))), false)
        }
        (Effect::Cool { until: Until::Backoff, .. }, _) => (Found::Valid(identity, None), false),
        // A stored key is given the benefit of the doubt after a 403; a new one has earned none.
        (Effect::Strike | Effect::Reject, reason) | (_, reason @ Reason::Forbidden) => {
            (Found::Invalid(reason.as_str()), false)
        }
        // The upstream has no such question, or found fault with it: that stays so.
        (_, reason @ (Reason::ModelNotFound | Reason::BadRequest | Reason::PlanLacksModel)) => {
            (Found::Unclear(reason.as_str()), false)
        }
        // Nobody was asked.
        (_, reason @ Reason::ProviderMoved) => (Found::Unclear(reason.as_str()), false),
        (_, reason) => (Found::Unclear(reason.as_str()), true),
    }
}
