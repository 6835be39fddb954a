//! One round of probes: a bounded number at once, each verdict told to the pool.

use std::sync::Arc;

use futures_util::StreamExt;

use super::HealthCheckSettings;
use crate::actors::Parts;
use crate::actors::key_pool::{Asker, KeyPoolHandle, Probed, authorization};
use crate::db::DatabaseError;
use crate::models::key_list::{KeyFilter, KeyStatus};
use crate::models::upstream_key::UpstreamKey;
use crate::pool::reason::Reason;
use crate::pool::verdict::Effect;
use crate::upstream::client::Client;
use crate::upstream::probe;

/// Keys in each state that one round of the timer probes.
pub const SWEEP_MAX: usize = 5_000;

/// Rows read at once.
const CHUNK: i64 = 500;

/// The states that a probe may end.
const STATES: [KeyStatus; 2] = [KeyStatus::Failed, KeyStatus::Cooling];

/// The last key of each state that was looked at: the next round goes on behind it, so that every
/// key has its turn however many there are.
pub type Turn = [i64; STATES.len()];

pub struct Sweep {
    pub settings: HealthCheckSettings,
    pub client: Client,
}

/// What a probe says of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checked {
    /// It is good.
    Valid,
    /// It is not.
    Invalid,
    /// It could not be found out.
    Unclear,
}

impl Sweep {
    /// Probes the keys that failures or refusals took out, and those whose account waits for a
    /// limit that a probe can see: at most `most` in each state. Returns how many it probed.
    pub async fn recovering(&self, turn: &mut Turn, most: usize) -> u64 {
        let (parts, pool) = (&self.settings.parts, &self.settings.key_pool);
        // The list comes from the database, so what the pool knows must be there first.
        let _ = pool.save().await;
        let mut keys = Vec::new();
        for (status, after) in STATES.into_iter().zip(turn) {
            match self.next(status, after, most).await {
                Ok(found) => keys.extend(found),
                Err(error) => log::warn!("health check: {error}"),
            }
        }
        let at_once = parts.config.pool.health_check_concurrency as usize;
        let one = |key| async move {
            let _turn = parts.probe_turns.acquire().await;
            check(parts, pool, &self.client, key, Asker::Pool).await
        };
        let probing = futures_util::stream::iter(keys).map(one).buffer_unordered(at_once.max(1));
        probing.fold(0, async |probed, _| probed + 1).await
    }

    /// The keys behind `after` that are worth a probe, and then those before it.
    async fn next(
        &self,
        status: KeyStatus,
        after: &mut i64,
        most: usize,
    ) -> Result<Vec<UpstreamKey>, DatabaseError> {
        let parts = &self.settings.parts;
        let filter = KeyFilter { status, ..KeyFilter::default() };
        let (start, mut found, mut wrapped) = (*after, Vec::new(), *after == 0);
        let now = parts.clock.now().naive();
        let mut conn = parts.database.get().await?;
        loop {
            let rows = UpstreamKey::matching(&mut conn, &filter, *after, CHUNK, now).await?;
            if rows.is_empty() {
                if wrapped {
                    return Ok(found);
                }
                (*after, wrapped) = (0, true);
                continue;
            }
            for key in rows {
                if wrapped && start > 0 && key.id > start {
                    return Ok(found);
                }
                *after = key.id;
                if is_worth_a_probe(&key, status) {
                    found.push(key);
                }
                if found.len() >= most {
                    return Ok(found);
                }
            }
        }
    }
}

/// Probes a stored key, and tells the pool what came of it.
pub async fn check(
    parts: &Parts,
    key_pool: &KeyPoolHandle,
    client: &Client,
    key: UpstreamKey,
    asker: Asker,
) -> Checked {
    let provider = parts.providers.get(&key.provider);
    let provider = provider.filter(|provider| provider.enabled && provider.takes_keys());
    let Some(provider) = provider else { return Checked::Unclear };
    let Ok(header) = authorization(&parts.vault, &key) else {
        return Checked::Unclear;
    };
    let verdict = probe::probe(client, &provider, &header, parts.clock.now()).await.verdict;
    let told = Probed { provider: Arc::clone(&provider), key: key.id, asker, verdict };
    if key_pool.probed(told).await.is_err() {
        return Checked::Unclear;
    }
    match verdict.effect {
        Effect::Success | Effect::Cool { .. } => Checked::Valid,
        Effect::Strike | Effect::Reject => Checked::Invalid,
        Effect::Neutral | Effect::Overloaded => Checked::Unclear,
    }
}

/// A probe can't see credit or a slot, so it is not asked about those.
fn is_worth_a_probe(key: &UpstreamKey, status: KeyStatus) -> bool {
    let reason = match status {
        KeyStatus::Failed => &key.disabled_reason,
        _ => &key.cooling_reason,
    };
    reason.as_ref().is_some_and(|reason| Reason::from_column(reason).shows_in_probes())
}
