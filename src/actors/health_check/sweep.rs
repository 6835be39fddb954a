//! One round of probes: a bounded number at once, each verdict told to the pool.

use std::sync::Arc;

use chrono::NaiveDateTime;
use futures_util::StreamExt;

use super::{Chosen, HealthCheckSettings};
use crate::actors::key_pool::{Probed, authorization};
use crate::db::DatabaseError;
use crate::jobs::{Checked, Job};
use crate::models::key_list::{KeyFilter, KeyStatus};
use crate::models::upstream_key::UpstreamKey;
use crate::pool::reason::Reason;
use crate::pool::verdict::Effect;
use crate::upstream::client::Client;
use crate::upstream::probe;

/// Keys that one round of the timer looks at.
const SWEEP_MAX: usize = 10_000;

/// Rows read at once.
const CHUNK: i64 = 1_000;

pub struct Sweep {
    pub settings: HealthCheckSettings,
    pub client: Client,
}

impl Sweep {
    /// Probes the keys that failures or refusals took out, and those whose account waits for a
    /// limit that a probe can see. Returns how many it probed.
    pub async fn recovering(&self) -> u64 {
        // The list comes from the database, so what the pool knows must be there first.
        let _ = self.settings.key_pool.save().await;
        let (now, mut keys) = (self.settings.parts.clock.now().naive(), Vec::new());
        for status in [KeyStatus::Failed, KeyStatus::Cooling] {
            let filter = KeyFilter { status, ..KeyFilter::default() };
            match self.select(&Chosen::Filter(filter)).await {
                Ok(found) => {
                    keys.extend(found.into_iter().filter(|key| is_worth_a_probe(key, now)));
                }
                Err(error) => log::warn!("health check: {error}"),
            }
        }
        keys.truncate(SWEEP_MAX);
        self.run(keys, None).await
    }

    /// Probes the chosen keys and counts them on the job. Returns how many it probed.
    pub async fn chosen(&self, chosen: &Chosen, job: &Job) -> u64 {
        let _ = self.settings.key_pool.save().await;
        let keys = match self.select(chosen).await {
            Ok(keys) => keys,
            Err(error) => {
                log::warn!("health check: {error}");
                Vec::new()
            }
        };
        job.expect(keys.len());
        let probed = self.run(keys, Some(job)).await;
        job.finish();
        probed
    }

    async fn run(&self, keys: Vec<UpstreamKey>, job: Option<&Job>) -> u64 {
        let at_once = self.settings.parts.config.pool.health_check_concurrency as usize;
        let wanted = futures_util::stream::iter(keys)
            .take_while(|_| std::future::ready(!job.is_some_and(Job::is_cancelled)));
        let probing = wanted.map(|key| self.one(key)).buffer_unordered(at_once.max(1));
        let count = async |probed, checked| {
            job.iter().for_each(|job| job.count(checked));
            probed + 1
        };
        probing.fold(0, count).await
    }

    async fn one(&self, key: UpstreamKey) -> Checked {
        let parts = &self.settings.parts;
        let provider = parts.providers.get(&key.provider).filter(|provider| provider.enabled);
        let Some(provider) = provider else { return Checked::Unclear };
        let Ok(header) = authorization(&parts.vault, &key.secret()) else {
            return Checked::Unclear;
        };
        let verdict = probe::probe(&self.client, &provider, &header, parts.clock.now()).await;
        let told = Probed { provider: Arc::clone(&provider), key: key.id, verdict };
        if self.settings.key_pool.probed(told).await.is_err() {
            return Checked::Unclear;
        }
        match verdict.effect {
            Effect::Success | Effect::Cool { .. } => Checked::Valid,
            Effect::Strike | Effect::Reject => Checked::Invalid,
            Effect::Neutral | Effect::Overloaded => Checked::Unclear,
        }
    }

    async fn select(&self, chosen: &Chosen) -> Result<Vec<UpstreamKey>, DatabaseError> {
        let parts = &self.settings.parts;
        let mut conn = parts.database.get().await?;
        let filter = match chosen {
            Chosen::Ids(ids) => return Ok(UpstreamKey::by_ids(&mut conn, ids).await?),
            Chosen::Filter(filter) => filter,
        };
        let (now, mut all) = (parts.clock.now().naive(), Vec::<UpstreamKey>::new());
        loop {
            let after = all.last().map_or(0, |key| key.id);
            let rows = UpstreamKey::matching(&mut conn, filter, after, CHUNK, now).await?;
            if rows.is_empty() {
                break;
            }
            all.extend(rows);
        }
        Ok(all)
    }
}

/// A probe can't see credit or a slot, so it is not asked about those.
fn is_worth_a_probe(key: &UpstreamKey, now: NaiveDateTime) -> bool {
    let reason = match key.status(now) {
        KeyStatus::Failed => &key.disabled_reason,
        _ => &key.cooling_reason,
    };
    reason.as_ref().is_some_and(|reason| Reason::from_column(reason).shows_in_probes())
}
