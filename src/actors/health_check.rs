//! The HealthCheckActor: asks upstreams whether keys work, without spending tokens.

mod sweep;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use actix_web::http::header::HeaderValue;

pub use self::sweep::{Checked, SWEEP_MAX, check};
use self::sweep::{Sweep, Turn};
use super::Parts;
use super::key_pool::{Asker, KeyPoolHandle, Probed};
use super::mailbox::{Mailbox, Unavailable};
use crate::pool::key::KeyId;
use crate::provider::Provider;
use crate::upstream::client::{self, Client, QUESTION_TIMEOUT};
use crate::upstream::identity::{self, Known};
use crate::upstream::probe;

/// What the actor is made of.
#[derive(Clone)]
pub struct HealthCheckSettings {
    /// The program's parts.
    pub parts: Parts,
    /// Where verdicts go.
    pub key_pool: KeyPoolHandle,
}

/// Checks keys on a timer and on request.
pub struct HealthCheckActor {
    settings: HealthCheckSettings,
    client: Option<Client>,
    sweeping: bool,
    /// Keys that are being confirmed.
    confirming: HashSet<KeyId>,
    turn: Turn,
    state: HealthCheckState,
}

/// What `/health` and tests see of the actor.
#[derive(Debug, Clone, Copy, Default, serde::Serialize, utoipa::ToSchema)]
pub struct HealthCheckState {
    /// Rounds of the timer that are done.
    pub sweeps: u64,
    /// Keys probed since the start.
    pub probed: u64,
}

impl HealthCheckActor {
    /// An actor that starts its client on its own thread.
    pub fn new(settings: HealthCheckSettings) -> Self {
        Self {
            settings,
            client: None,
            sweeping: false,
            confirming: HashSet::new(),
            turn: Turn::default(),
            state: HealthCheckState::default(),
        }
    }

    fn client(&mut self) -> Client {
        let upstream = &self.settings.parts.config.upstream;
        self.client.get_or_insert_with(|| client::build(upstream)).clone()
    }

    fn sweep(&mut self) -> Sweep {
        Sweep { settings: self.settings.clone(), client: self.client() }
    }
}

impl Actor for HealthCheckActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        let secs = self.settings.parts.config.pool.health_check_interval_secs;
        if secs > 0 {
            ctx.run_interval(Duration::from_secs(secs), |this, ctx| {
                // One process checks for all.
                if this.settings.parts.housekeeping.is_mine() {
                    ctx.notify(SweepNow { most: SWEEP_MAX });
                }
            });
        }
    }
}

/// Checks the keys that are out of rotation; answers with how many were probed.
#[derive(Message)]
#[rtype(result = "u64")]
pub struct SweepNow {
    /// Keys in each state, at most.
    pub most: usize,
}

impl Handler<SweepNow> for HealthCheckActor {
    type Result = ResponseActFuture<Self, u64>;

    fn handle(&mut self, ask: SweepNow, _: &mut Self::Context) -> Self::Result {
        // A round that takes longer than the interval is not overtaken by the next.
        if std::mem::replace(&mut self.sweeping, true) {
            return Box::pin(async { 0 }.into_actor(self));
        }
        let (sweep, mut turn) = (self.sweep(), self.turn);
        let sweeping = async move {
            let probed = sweep.recovering(&mut turn, ask.most).await;
            (probed, turn)
        };
        Box::pin(sweeping.into_actor(self).map(|(probed, turn), this, _| {
            this.sweeping = false;
            this.turn = turn;
            this.state.sweeps += 1;
            this.state.probed += probed;
            probed
        }))
    }
}

/// Probes a key that an upstream refused in a request: a refusal on another path, while other
/// accounts are served, is what takes it out.
#[derive(Message)]
#[rtype(result = "()")]
struct Confirm {
    provider: Arc<Provider>,
    key: KeyId,
    authorization: HeaderValue,
}

impl Handler<Confirm> for HealthCheckActor {
    type Result = ResponseActFuture<Self, ()>;

    fn handle(&mut self, ask: Confirm, _: &mut Self::Context) -> Self::Result {
        let Confirm { provider, key, authorization } = ask;
        if !self.confirming.insert(key) {
            return Box::pin(async {}.into_actor(self));
        }
        let (client, settings) = (self.client(), self.settings.clone());
        let confirming = async move {
            let HealthCheckSettings { parts, key_pool } = settings;
            let _turn = parts.probe_turns.acquire().await;
            let now = parts.clock.now();
            let verdict = probe::probe(&client, &provider, &authorization, now).await.verdict;
            // A pool that is restarting loads the key as it is stored.
            let _ = key_pool.probed(Probed { provider, key, asker: Asker::Pool, verdict }).await;
        };
        Box::pin(confirming.into_actor(self).map(move |(), this, _| {
            this.state.probed += 1;
            this.confirming.remove(&key);
        }))
    }
}

/// Probes one key that need not be in the pool.
#[derive(Message)]
#[rtype(result = "Known")]
struct Probe {
    provider: Arc<Provider>,
    authorization: HeaderValue,
}

impl Handler<Probe> for HealthCheckActor {
    type Result = ResponseFuture<Known>;

    fn handle(&mut self, ask: Probe, _: &mut Self::Context) -> Self::Result {
        let (client, parts) = (self.client(), self.settings.parts.clone());
        Box::pin(async move {
            let Probe { provider, authorization } = ask;
            let now = parts.clock.now();
            identity::know(&client, &provider, &authorization, &parts.families, now).await
        })
    }
}

/// Asks for the [`HealthCheckState`].
#[derive(Message)]
#[rtype(result = "HealthCheckState")]
struct Observe;

impl Handler<Observe> for HealthCheckActor {
    type Result = MessageResult<Observe>;

    fn handle(&mut self, _: Observe, _: &mut Self::Context) -> Self::Result {
        MessageResult(self.state)
    }
}

/// How the rest of the program speaks with the actor.
#[derive(Clone)]
pub struct HealthCheckHandle(Mailbox<HealthCheckActor>);

impl HealthCheckHandle {
    /// A handle to that mailbox.
    pub fn new(mailbox: Mailbox<HealthCheckActor>) -> Self {
        Self(mailbox)
    }

    /// Probes one key, and asks what it is good for.
    pub async fn probe(
        &self,
        provider: Arc<Provider>,
        authorization: HeaderValue,
    ) -> Result<Known, Unavailable> {
        // The key, its account, and a catalogue that another may be asking for already.
        self.0.ask_for(Probe { provider, authorization }, QUESTION_TIMEOUT * 5).await
    }

    /// Has a key probed that an upstream refused in a request; the pool hears of the outcome.
    pub fn confirm(&self, provider: Arc<Provider>, key: KeyId, authorization: HeaderValue) {
        self.0.tell(Confirm { provider, key, authorization });
    }

    /// Checks the keys that are out of rotation, now.
    pub async fn sweep(&self) -> Result<u64, Unavailable> {
        self.sweep_at_most(SWEEP_MAX).await
    }

    /// As [`Self::sweep`], but at most so many in each state; the next sweep goes on behind them.
    pub async fn sweep_at_most(&self, most: usize) -> Result<u64, Unavailable> {
        self.0.ask_for(SweepNow { most }, Duration::from_secs(60)).await
    }

    /// How it stands.
    pub async fn observe(&self) -> Result<HealthCheckState, Unavailable> {
        self.0.ask(Observe).await
    }
}
