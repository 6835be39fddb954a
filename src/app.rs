//! [`App`]: everything a request may reach.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use crate::accounts::codes::Codes;
use crate::actors::Actors;
use crate::answers::Answers;
use crate::audit::failures::Failures;
use crate::audit::head::LastHead;
use crate::auth::{AdminDoor, DeviceKeys, Passwords, SessionKeys, Tokens, Turnstile};
use crate::bodies::Bodies;
use crate::cache::Cache;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::Database;
use crate::events::Events;
use crate::housekeeping::Housekeeping;
use crate::http::bots::Bots;
use crate::http::extract::UntrustedForwards;
use crate::http::status::RecentHealth;
use crate::jobs::Jobs;
use crate::limits::Limiter;
use crate::metrics::Metrics;
use crate::pages::Pages;
use crate::peers::Peers;
use crate::provider::Providers;
use crate::provider::routes::Routes;
use crate::replicas::Replicas;
use crate::settings::Settings;
use crate::slots::Slots;
use crate::turns::Turns;
use crate::vault::Vault;

/// Everything a request may reach.
pub struct App {
    /// The settings.
    pub config: Arc<Config>,
    /// Settings that change while running.
    pub settings: Settings,
    /// The time of day.
    pub clock: Clock,
    /// Where state lives.
    pub database: Database,
    /// Whoever writes many rows takes a turn, as
    /// [`Parts::bulk_turn`](crate::actors::Parts::bulk_turn) tells.
    pub bulk_turn: Arc<tokio::sync::Mutex<()>>,
    /// Small things that may be forgotten.
    pub cache: Cache,
    /// Memory of request bodies.
    pub bodies: Bodies,
    /// Answers that may be given again.
    pub answers: Answers,
    /// Seals and opens stored secrets.
    pub vault: Arc<Vault>,
    /// The upstreams.
    pub providers: Providers,
    /// Which model a name means, and who serves in another's place.
    pub routes: Routes,
    /// All actors.
    pub actors: Actors,
    /// Client tokens.
    pub tokens: Tokens,
    /// What client tokens may use.
    pub limiter: Limiter,
    /// The admin API's door.
    pub admin: AdminDoor,
    /// Users' passwords.
    pub passwords: Passwords,
    /// Users' sessions.
    pub sessions: SessionKeys,
    /// Devices that have signed in before.
    pub devices: DeviceKeys,
    /// Codes by mail.
    pub codes: Codes,
    /// Whether a person asks.
    pub turnstile: Turnstile,
    /// Scanners that were met.
    pub bots: Bots,
    /// Whether somebody forwards who isn't trusted.
    pub untrusted_forwards: UntrustedForwards,
    /// Refused sign-ins that are not in the audit log yet.
    pub failures: Failures,
    /// The audit log's head, as it was last seen.
    pub audit_head: LastHead,
    /// The last look at how each part is.
    pub health: RecentHealth,
    /// Work in the background.
    pub jobs: Jobs,
    /// What happens, for those who watch.
    pub events: Events,
    /// What is counted for Prometheus.
    pub metrics: Metrics,
    /// Other processes over the same database.
    pub replicas: Replicas,
    /// How many processes there are over the same database, and which of them this is.
    pub peers: Peers,
    /// Places at once that replicas share.
    pub slots: Slots,
    /// Whether this process does what one does for all.
    pub housekeeping: Housekeeping,
    /// What people see in browsers.
    pub pages: Pages,
    /// Who asks an upstream for its catalogue.
    pub catalogue_turns: Turns,
    /// When this process began to serve.
    pub started: Instant,
    /// Being stopped: every answer closes its connection.
    pub draining: AtomicBool,
}
