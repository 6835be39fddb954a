//! The actors: where they start, how to reach them, how they stop.

pub mod events;
pub mod guardian;
pub mod health_check;
pub mod jobs;
pub mod key_pool;
pub mod mail;
pub mod mailbox;
pub mod retention;
pub mod stats;

use std::sync::Arc;

use actix::prelude::*;

use self::events::{EventsActor, EventsHandle, EventsSettings};
use self::guardian::{Guardian, Report, Reporter};
use self::health_check::{HealthCheckActor, HealthCheckHandle, HealthCheckSettings};
use self::jobs::{JobsActor, JobsHandle};
use self::key_pool::{KeyPoolActor, KeyPoolHandle, KeyPoolSettings, Seats};
use self::mail::{Desk, MailActor, MailHandle};
use self::mailbox::{Depth, Mailbox};
use self::retention::{RetentionActor, RetentionHandle};
use self::stats::{StatsActor, StatsHandle};
use crate::clock::Clock;
use crate::config::Config;
use crate::db::Database;
use crate::events::Events;
use crate::housekeeping::Housekeeping;
use crate::jobs::Jobs;
use crate::mail::Mailer;
use crate::metrics::Metrics;
use crate::peers::Peers;
use crate::provider::Providers;
use crate::replicas::Replicas;
use crate::settings::Settings;
use crate::slots::Slots;
use crate::stats::{Journal, Ledger};
use crate::upstream::identity::Families;
use crate::vault::Vault;

/// What actors need from the rest of the program.
#[derive(Clone)]
pub struct Parts {
    /// The settings.
    pub config: Arc<Config>,
    /// Settings that change while running.
    pub settings: Settings,
    /// The time of day.
    pub clock: Clock,
    /// Where state lives.
    pub database: Database,
    /// Opens stored secrets.
    pub vault: Arc<Vault>,
    /// The upstreams.
    pub providers: Providers,
    /// Work in the background.
    pub jobs: Jobs,
    /// What happens, for those who watch.
    pub events: Events,
    /// What is counted for Prometheus.
    pub metrics: Metrics,
    /// Other processes over the same database.
    pub replicas: Replicas,
    /// How many there are, and which of them this is.
    pub peers: Peers,
    /// Places at once that they share.
    pub slots: Slots,
    /// Whether this process does what one does for all.
    pub housekeeping: Housekeeping,
    /// Who may probe a key: `HEALTH_CHECK_CONCURRENCY` at once, over all checks and imports.
    pub probe_turns: Arc<tokio::sync::Semaphore>,
    /// Which models the plans of providers have.
    pub families: Families,
    /// Whoever writes many rows takes a turn: two that update the same keys in different orders
    /// would wait for each other.
    pub bulk_turn: Arc<tokio::sync::Mutex<()>>,
}

/// The addresses of all actors; clones share them.
#[derive(Clone)]
pub struct Actors {
    /// Lends keys.
    pub key_pool: KeyPoolHandle,
    /// Checks keys.
    pub health_check: HealthCheckHandle,
    /// Works in the background.
    pub jobs: JobsHandle,
    /// Counts requests.
    pub stats: StatsHandle,
    /// Tells those who watch.
    pub events: EventsHandle,
    /// Sends mail.
    pub mail: MailHandle,
    /// Deletes what is old.
    pub retention: RetentionHandle,
    guardian: Addr<Guardian>,
    mailboxes: Arc<[Depth]>,
}

impl Actors {
    /// Starts all actors, each watched by the guardian.
    ///
    /// The pool has a thread of its own, since every request waits on it; the others share one.
    pub fn start(parts: &Parts, mailer: Mailer) -> Self {
        let (pool_thread, other_thread) = (Arbiter::new().handle(), Arbiter::new().handle());

        let settings = KeyPoolSettings::new(parts);
        let watching = settings.watching();
        let key_pool =
            Mailbox::start("key_pool", pool_thread, move || KeyPoolActor::new(settings.clone()));
        let pool_handle = KeyPoolHandle::new(key_pool.clone(), Seats::new(parts), watching);

        let ledger = Arc::new(Ledger::new(
            parts.settings.clone(),
            parts.events.clone(),
            parts.metrics.clone(),
            Journal::new(&parts.config),
        ));
        let stats = Mailbox::start("stats", other_thread.clone(), {
            let (ledger, parts) = (ledger.clone(), parts.clone());
            move || StatsActor::new(ledger.clone(), &parts)
        });

        let settings = HealthCheckSettings { parts: parts.clone(), key_pool: pool_handle.clone() };
        let health_check = Mailbox::start("health_check", other_thread.clone(), {
            let settings = settings.clone();
            move || HealthCheckActor::new(settings.clone())
        });
        let jobs =
            Mailbox::start("jobs", other_thread.clone(), move || JobsActor::new(settings.clone()));

        let settings = EventsSettings {
            parts: parts.clone(),
            key_pool: pool_handle.clone(),
            ledger: ledger.clone(),
        };
        let events = Mailbox::start("events", other_thread.clone(), move || {
            EventsActor::new(settings.clone())
        });
        let desk = Arc::new(Desk::new(mailer, parts.clock.clone()));
        let mail = Mailbox::start("mail", other_thread.clone(), {
            let desk = desk.clone();
            move || MailActor::new(desk.clone())
        });
        let settings = parts.clone();
        let retention = Mailbox::start("retention", other_thread, move || {
            RetentionActor::new(settings.clone())
        });

        let mailboxes = [
            key_pool.depth(),
            stats.depth(),
            health_check.depth(),
            events.depth(),
            mail.depth(),
            retention.depth(),
            jobs.depth(),
        ];
        let guardian = Guardian::new(vec![
            Box::new(key_pool),
            Box::new(stats.clone()),
            Box::new(health_check.clone()),
            Box::new(events.clone()),
            Box::new(mail.clone()),
            Box::new(retention.clone()),
            Box::new(jobs.clone()),
        ]);
        Self {
            key_pool: pool_handle,
            health_check: HealthCheckHandle::new(health_check),
            jobs: JobsHandle::new(jobs),
            stats: StatsHandle::new(stats, ledger),
            events: EventsHandle::new(events),
            mail: MailHandle::new(mail, desk),
            retention: RetentionHandle::new(retention),
            guardian: guardian.start(),
            mailboxes: mailboxes.into(),
        }
    }

    /// How full each actor's mailbox is.
    pub fn mailboxes(&self) -> &[Depth] {
        &self.mailboxes
    }

    /// How often each actor had to be started anew, by cause.
    pub async fn restarts(&self) -> Report {
        self.guardian.send(Reporter).await.unwrap_or_default()
    }
}
