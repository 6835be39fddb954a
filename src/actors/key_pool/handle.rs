//! How the rest of the program speaks with the actor.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::KeyPoolActor;
use super::header::bearer;
use super::lease::{Lease, LeaseError};
use super::messages::{
    Added, Borrow, Changed, Crash, InUse, KeyPoolState, Obey, Observe, Probed, Removed, Save,
    Switch,
};
use super::others::{Adopt, Agree, GoneElsewhere, Revalue};
use super::outages::{CloseBreakers, LookAtOutages, Outages, RequestFailed};
use super::resync::LookAround;
use super::seats::{Seated, Seats};
use crate::actors::mailbox::{Mailbox, Unavailable};
use crate::clock::Millis;
use crate::models::key_state;
use crate::models::upstream_key::UpstreamKey;
use crate::pool::change::Change;
use crate::pool::key::{KeyId, KeySpec};
use crate::pool::refusal::Refusal;
use crate::pool::told::Told;
use crate::pool::{Ask, Failure, ToldModel};
use crate::provider::Provider;

/// How long a look at the pool may take.
const LOOK_TIMEOUT: Duration = Duration::from_secs(1);

/// How often one request asks for another key, since what it got is full elsewhere.
const FULL_MAX: usize = 16;

/// The pool's counter.
#[derive(Clone)]
pub struct KeyPoolHandle {
    mailbox: Mailbox<KeyPoolActor>,
    seats: Seats,
    watching: Arc<AtomicBool>,
}

impl KeyPoolHandle {
    /// A handle to that mailbox.
    pub fn new(mailbox: Mailbox<KeyPoolActor>, seats: Seats, watching: Arc<AtomicBool>) -> Self {
        Self { mailbox, seats, watching }
    }

    /// Whether something failed lately, so that a breaker may want to know who asks.
    pub fn is_watching(&self) -> bool {
        self.watching.load(Ordering::Relaxed)
    }

    /// Borrows the next healthy key for `model`. Where it has a cap, its places over all replicas
    /// are taken. The key is for the addresses of this very `provider`: one that has moved gets
    /// none.
    pub async fn lease(
        &self,
        provider: &Arc<Provider>,
        model: &Arc<str>,
        ask: &Ask,
    ) -> Result<Lease, LeaseError> {
        if !provider.takes_keys() {
            return Err(LeaseError::Moved);
        }
        let (mut ask, mut waits) = (ask.clone(), 0);
        for _ in 0..FULL_MAX {
            let mut lease = self.borrow(provider, model, &ask).await?;
            if lease.places.is_empty() {
                return Ok(lease);
            }
            match self.seats.take(&lease, &mut waits).await {
                Seated::Yes(held) => {
                    lease.held = held;
                    return Ok(lease);
                }
                Seated::Full(whose) => {
                    ask.admitted = Some(lease.is_probe());
                    lease.full(whose);
                }
                // Heard before the lease that is dropped here, and the next one.
                Seated::Outdated => {
                    ask.admitted = Some(lease.is_probe());
                    self.obey();
                }
            }
        }
        Err(LeaseError::Refused(Refusal::AllBusy.into()))
    }

    async fn borrow(
        &self,
        provider: &Arc<Provider>,
        model: &Arc<str>,
        ask: &Ask,
    ) -> Result<Lease, LeaseError> {
        let ask = Borrow {
            provider: provider.clone(),
            model: model.clone(),
            ask: ask.clone(),
            mailbox: self.mailbox.clone(),
        };
        self.mailbox.ask(ask).await?.map_err(LeaseError::Refused)
    }

    /// Tells that a request failed with every key it was given; returns when one can be had again.
    pub async fn failed(
        &self,
        provider: &Arc<Provider>,
        model: &Arc<str>,
        failure: Failure,
    ) -> Option<Millis> {
        let (provider, model) = (provider.clone(), model.clone());
        self.mailbox.ask(RequestFailed { provider, model, failure }).await.ok().flatten()
    }

    /// Circuit breakers, limits of models and firewalls, by provider.
    pub async fn outages(&self) -> Result<Outages, Unavailable> {
        self.mailbox.ask_for(LookAtOutages, LOOK_TIMEOUT).await
    }

    /// Closes the circuit breakers of a provider, of one model or of all; returns how many there
    /// were.
    pub async fn close_breakers(
        &self,
        provider: String,
        model: Option<String>,
    ) -> Result<usize, Unavailable> {
        self.mailbox.ask(CloseBreakers { provider, model }).await
    }

    /// Takes keys in that were just stored with these secrets.
    pub async fn add(&self, keys: &[(UpstreamKey, String)]) -> Result<(), Unavailable> {
        let ready = |(row, secret): &(UpstreamKey, String)| {
            Some((row.provider.clone(), key_state::spec(row), bearer(secret)?))
        };
        self.mailbox.ask(Added(keys.iter().filter_map(ready).collect())).await
    }

    /// Forgets keys that were just deleted.
    pub async fn remove(&self, keys: Vec<(String, KeyId)>) -> Result<(), Unavailable> {
        self.mailbox.ask(Removed(keys)).await
    }

    /// Puts keys back into rotation; returns how many the pool knows.
    pub async fn enable(&self, keys: Vec<(String, KeyId)>) -> Result<usize, Unavailable> {
        self.mailbox.ask(Switch { keys, disabled: None }).await
    }

    /// Takes keys out until `until`, or until enabled; returns how many the pool knows.
    pub async fn disable(
        &self,
        keys: Vec<(String, KeyId)>,
        until: Option<Millis>,
    ) -> Result<usize, Unavailable> {
        self.mailbox.ask(Switch { keys, disabled: Some(until) }).await
    }

    /// Gives keys new values, where they stand; returns how many the pool knows.
    pub async fn change(
        &self,
        keys: Vec<(String, KeyId)>,
        change: Change,
    ) -> Result<usize, Unavailable> {
        self.mailbox.ask(Changed { keys, change }).await
    }

    /// How many requests are under way with the keys of these accounts, by provider and name.
    /// Counted only where there is a cap.
    pub async fn in_use(&self, accounts: Vec<(String, String)>) -> Result<Vec<u32>, Unavailable> {
        self.mailbox.ask(InUse(accounts)).await
    }

    /// Tells what a probe found.
    pub async fn probed(&self, probed: Probed) -> Result<(), Unavailable> {
        self.mailbox.ask(probed).await
    }

    /// Writes changed states now; true when everything is written.
    pub async fn save(&self) -> Result<bool, Unavailable> {
        self.mailbox.ask(Save).await
    }

    /// Looks now for keys that other processes added or deleted; true when the database answered.
    pub async fn resync(&self) -> Result<bool, Unavailable> {
        self.mailbox.ask(LookAround).await
    }

    /// Takes over what another replica knows of keys and of models that fail, by provider.
    pub fn adopt(&self, keys: Vec<(String, Told)>, models: Vec<(String, ToldModel)>) {
        self.mailbox.tell(Adopt { keys, models });
    }

    /// Forgets keys that another replica deleted.
    pub fn gone(&self, keys: Vec<KeyId>) {
        self.mailbox.tell(GoneElsewhere(keys));
    }

    /// Takes over keys as the database has them, by provider. False when a later look must take
    /// over the rest.
    pub async fn agree(&self, keys: Vec<(String, KeySpec)>) -> Result<bool, Unavailable> {
        self.mailbox.ask(Agree(keys)).await
    }

    /// Takes over new values of keys as the database has them, by provider.
    pub async fn revalue(&self, keys: Vec<(String, KeySpec)>) -> Result<(), Unavailable> {
        self.mailbox.ask(Revalue(keys)).await
    }

    /// How a provider's keys stand.
    pub async fn observe(&self, provider: &str) -> Result<KeyPoolState, Unavailable> {
        // While keys are loaded nothing is answered; whoever looks should not wait for that.
        self.mailbox.ask_for(Observe { provider: provider.to_owned() }, LOOK_TIMEOUT).await
    }

    /// Goes by the settings as they are now. An actor that is started anew does so by itself.
    pub fn obey(&self) {
        self.mailbox.tell(Obey);
    }

    /// Makes the actor panic. For tests.
    pub fn crash(&self) {
        self.mailbox.tell(Crash);
    }
}
