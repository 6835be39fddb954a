//! The KeyPoolActor: owns the rotation and the failure counters, and lends keys.

mod handle;
mod header;
mod lease;
mod load;
mod messages;
mod news;
mod others;
mod outages;
mod resync;
mod seats;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix::prelude::*;
use actix_web::http::header::HeaderValue;

use super::Parts;
use crate::clock::Clock;
use crate::db::{Database, DatabaseError};
use crate::events::Events;
use crate::models::key_state;
use crate::pool::key::KeyId;
use crate::pool::{KeyState, Pool, Rules};
use crate::replicas::Replicas;
use crate::settings::Settings;
use crate::vault::Vault;

pub use self::handle::KeyPoolHandle;
pub use self::header::{authorization, bearer};
pub use self::lease::{Lease, LeaseError};
pub use self::messages::{Asker, KeyPoolState, Probed, RefusedLease};
pub use self::outages::Outages;
pub use self::seats::Seats;

/// Messages that may wait before senders have to; those who wait too long are answered with 503.
const MAILBOX: usize = 65_536;

/// Between writes of changed key states: what a crash may lose. They change seldom.
const SAVE_EVERY: Duration = Duration::from_secs(1);

/// What the actor is made of.
#[derive(Clone)]
pub struct KeyPoolSettings {
    settings: Settings,
    clock: Clock,
    database: Database,
    vault: Arc<Vault>,
    events: Events,
    replicas: Replicas,
    seats: Seats,
    /// Something failed lately, so that successes are worth telling of.
    watching: Arc<AtomicBool>,
    /// Writes happen one after another, in the order in which the changes were taken.
    bulk_turn: Arc<tokio::sync::Mutex<()>>,
}

impl KeyPoolSettings {
    /// From the program's parts.
    pub fn new(parts: &Parts) -> Self {
        Self {
            settings: parts.settings.clone(),
            clock: parts.clock.clone(),
            database: parts.database.clone(),
            vault: parts.vault.clone(),
            events: parts.events.clone(),
            replicas: parts.replicas.clone(),
            seats: Seats::new(parts),
            watching: Arc::default(),
            bulk_turn: parts.bulk_turn.clone(),
        }
    }

    /// Whether something failed lately: a success is worth telling of only then.
    pub fn watching(&self) -> Arc<AtomicBool> {
        self.watching.clone()
    }

    /// The rules as they are now.
    fn rules(&self) -> Rules {
        let values = self.settings.now();
        Rules {
            failure_threshold: u32::try_from(values.key_failure_threshold).unwrap_or(u32::MAX),
            disable_secs: values.key_disable_secs,
            max_ejected_percent: u32::try_from(values.key_max_ejected_percent).unwrap_or(100),
            share: self.seats.share(),
        }
    }
}

/// Owns the [`Pool`]. Everything it holds can be loaded again from the database.
pub struct KeyPoolActor {
    settings: KeyPoolSettings,
    pool: Pool,
    /// `Bearer …` of each key, ready to send.
    authorizations: HashMap<KeyId, HeaderValue>,
    loaded: bool,
    writing: bool,
    resync: resync::Resync,
    notes: others::Notes,
}

impl KeyPoolActor {
    /// An empty pool; `started` fills it.
    pub fn new(settings: KeyPoolSettings) -> Self {
        Self {
            pool: Pool::new(settings.rules()),
            settings,
            authorizations: HashMap::new(),
            loaded: false,
            writing: false,
            resync: resync::Resync::default(),
            notes: others::Notes::default(),
        }
    }

    /// Lets leases know whether a success is worth telling of.
    fn look_out(&mut self) {
        for (provider, model, opened) in self.pool.take_breaker_changes() {
            // The model's name is a client's: it is shown as a quoted string.
            match opened {
                Some(reason) => log::warn!(
                    "circuit breaker of {provider} {model:?} opened: {}",
                    reason.as_str()
                ),
                None => log::info!("circuit breaker of {provider} {model:?} closed"),
            }
        }
        for (provider, reason) in self.pool.take_blames() {
            log::warn!(
                "{provider} refuses the keys of several accounts alike ({}): no key is blamed",
                reason.as_str()
            );
        }
        self.settings.watching.store(self.pool.is_watching(), Ordering::Relaxed);
    }

    /// Writes changed states behind; what can't be written is marked as changed again.
    fn save(&mut self, ctx: &mut Context<Self>) -> impl Future<Output = bool> + use<> {
        // An administrator is answered when it is written: the others are told by then.
        self.tell();
        let states = self.pool.take_changes(self.settings.clock.now());
        news::states(&self.settings.events, &states);
        let (database, bulk_turn) =
            (self.settings.database.clone(), self.settings.bulk_turn.clone());
        let myself = ctx.address();
        async move {
            if states.is_empty() {
                drop(bulk_turn.lock().await);
                return true;
            }
            let _turn = bulk_turn.lock().await;
            let saved = write(&database, &states).await;
            if let Err(error) = &saved {
                log::warn!("key states are kept in memory for now: {error}");
                myself.do_send(messages::Unsaved(states.iter().map(|state| state.id).collect()));
            }
            saved.is_ok()
        }
    }
}

async fn write(database: &Database, states: &[KeyState]) -> Result<(), DatabaseError> {
    let mut conn = database.get().await?;
    Ok(key_state::save(&mut conn, states).await?)
}

impl Actor for KeyPoolActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(MAILBOX);
        let loading = load::until_loaded(self.settings.clone()).into_actor(self);
        // Leases wait in the mailbox until the keys are there.
        ctx.wait(loading.map(|loaded, this, ctx| {
            this.pool = loaded.pool;
            this.authorizations = loaded.authorizations;
            this.resync = loaded.resync;
            this.loaded = true;
            this.look_out();
            others::begin(this, ctx);
        }));
        resync::begin(ctx);
        ctx.run_interval(SAVE_EVERY, |this, ctx| {
            // While one write waits for the database, more would only pile up behind it.
            if std::mem::replace(&mut this.writing, true) {
                return;
            }
            let saving = this.save(ctx).into_actor(this);
            ctx.spawn(saving.map(|_, this, _| this.writing = false));
        });
    }
}
