//! The HealthCheckActor: asks upstreams whether keys work, without spending tokens.

mod sweep;

use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use awc::http::header::HeaderValue;

use self::sweep::Sweep;
use super::Parts;
use super::key_pool::KeyPoolHandle;
use super::mailbox::{Mailbox, Unavailable};
use crate::jobs::Job;
use crate::models::key_list::KeyFilter;
use crate::pool::verdict::Verdict;
use crate::provider::Provider;
use crate::upstream::client::{self, Client};
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
    state: HealthCheckState,
}

/// What `/health` and tests see of the actor.
#[derive(Debug, Clone, Copy, Default, serde::Serialize, utoipa::ToSchema)]
pub struct HealthCheckState {
    /// Rounds of the timer that are done.
    pub sweeps: u64,
    /// Keys probed since the start.
    pub probed: u64,
    /// Requested checks under way.
    pub jobs: u64,
}

impl HealthCheckActor {
    /// An actor that starts its client on its own thread.
    pub fn new(settings: HealthCheckSettings) -> Self {
        Self { settings, client: None, sweeping: false, state: HealthCheckState::default() }
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
            ctx.run_interval(Duration::from_secs(secs), |_, ctx| ctx.notify(SweepNow));
        }
    }
}

/// Checks the keys that are out of rotation; answers with how many were probed.
#[derive(Message)]
#[rtype(result = "u64")]
pub struct SweepNow;

impl Handler<SweepNow> for HealthCheckActor {
    type Result = ResponseActFuture<Self, u64>;

    fn handle(&mut self, _: SweepNow, _: &mut Self::Context) -> Self::Result {
        // A round that takes longer than the interval is not overtaken by the next.
        if std::mem::replace(&mut self.sweeping, true) {
            return Box::pin(async { 0 }.into_actor(self));
        }
        let sweep = self.sweep();
        let sweeping = async move { sweep.recovering().await }.into_actor(self);
        Box::pin(sweeping.map(|probed, this, _| {
            this.sweeping = false;
            this.state.sweeps += 1;
            this.state.probed += probed;
            probed
        }))
    }
}

/// Which keys a requested check is about.
#[derive(Debug, Clone)]
pub enum Chosen {
    /// These.
    Ids(Vec<i64>),
    /// All that the filter names.
    Filter(KeyFilter),
}

/// Checks keys in the background; `job` tells how far it is.
#[derive(Message)]
#[rtype(result = "()")]
struct Check {
    job: Arc<Job>,
    chosen: Chosen,
}

impl Handler<Check> for HealthCheckActor {
    type Result = ();

    fn handle(&mut self, check: Check, ctx: &mut Self::Context) {
        let sweep = self.sweep();
        self.state.jobs += 1;
        let checking = async move { sweep.chosen(&check.chosen, &check.job).await };
        ctx.spawn(checking.into_actor(self).map(|probed, this, _| {
            this.state.jobs -= 1;
            this.state.probed += probed;
        }));
    }
}

/// Probes one key that need not be in the pool.
#[derive(Message)]
#[rtype(result = "Verdict")]
struct Probe {
    provider: Arc<Provider>,
    authorization: HeaderValue,
}

impl Handler<Probe> for HealthCheckActor {
    type Result = ResponseFuture<Verdict>;

    fn handle(&mut self, ask: Probe, _: &mut Self::Context) -> Self::Result {
        let (client, clock) = (self.client(), self.settings.parts.clock.clone());
        Box::pin(async move {
            probe::probe(&client, &ask.provider, &ask.authorization, clock.now()).await
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

    /// Probes one key.
    pub async fn probe(
        &self,
        provider: Arc<Provider>,
        authorization: HeaderValue,
    ) -> Result<Verdict, Unavailable> {
        self.0.ask_for(Probe { provider, authorization }, probe::TIMEOUT * 2).await
    }

    /// Begins to check keys.
    pub fn check(&self, job: Arc<Job>, chosen: Chosen) {
        self.0.tell(Check { job, chosen });
    }

    /// Checks the keys that are out of rotation, now.
    pub async fn sweep(&self) -> Result<u64, Unavailable> {
        self.0.ask_for(SweepNow, Duration::from_secs(60)).await
    }

    /// How it stands.
    pub async fn observe(&self) -> Result<HealthCheckState, Unavailable> {
        self.0.ask(Observe).await
    }
}
