//! The program, put together.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use anyhow::Context;
use tokio::sync::Semaphore;

use super::Server;
use super::listen::listen;
use super::opened::{Opened, Stores};
use super::tasks::Tasks;
use super::tls::Certificate;
use crate::accounts::codes::Codes;
use crate::actors::{Actors, Parts};
use crate::answers::Answers;
use crate::app::App;
use crate::audit;
use crate::audit::failures::Failures;
use crate::audit::head::LastHead;
use crate::auth::{AdminDoor, DeviceKeys, Guesses, Passwords, SessionKeys, Tokens, Turnstile};
use crate::bodies::Bodies;
use crate::clock::Clock;
use crate::config::Config;
use crate::events::Events;
use crate::housekeeping::Housekeeping;
use crate::http::bots::Bots;
use crate::http::extract::UntrustedForwards;
use crate::http::status::RecentHealth;
use crate::jobs::Jobs;
use crate::limits::{Limiter, LimiterParts};
use crate::metrics::Metrics;
use crate::models::provider::ProviderRow;
use crate::models::setting::SettingRow;
use crate::models::user::Credentials;
use crate::pages::Pages;
use crate::provider::routes::Routes;
use crate::provider::{self, Providers};
use crate::replicas::roll_call;
use crate::secrets::watch::Watch;
use crate::settings::Settings;
use crate::turns::Turns;
use crate::upstream::identity::Families;
use crate::vault::Vault;

impl Server {
    /// Opens the stores, starts the actors and binds the port.
    pub async fn build(config: Config) -> anyhow::Result<Self> {
        let config = Arc::new(config);
        let certificate = Certificate::load(&config.server)?;
        let Opened { turnstile, mailer, presence, secrets, stores, line, keeper } =
            Opened::open(&config).await?;
        let parts = parts(config, secrets.vault, &stores).await?;
        let keys = Keys {
            sessions: SessionKeys::new(&secrets.auth_secret),
            devices: DeviceKeys::new(&secrets.auth_secret).context("AUTH_SECRET")?,
            codes: Codes::new(&secrets.auth_secret).context("AUTH_SECRET")?,
            admin_token_hash: secrets.admin_token_hash,
            metrics_token_hash: secrets.metrics_token_hash,
        };
        let actors = Actors::start(&parts, mailer);
        let (limiter, clerk) = Limiter::new(LimiterParts {
            cache: stores.cache.clone(),
            slots: stores.slots.clone(),
            peers: stores.peers.clone(),
            database: stores.database.clone(),
            stats: actors.stats.clone(),
            clock: parts.clock.clone(),
        });
        let app = Arc::new(app(parts, stores, keys, turnstile, actors, limiter)?);
        let cost_max = Credentials::cost_max(&mut app.database.get().await?).await?;
        cost_max.into_iter().for_each(|cost| app.passwords.expect_cost(cost));
        let mut conn = app.database.get().await?;
        audit::begin(&mut conn, &app.vault, app.clock.now()).await.context("the audit log")?;
        drop(conn);
        provider::reload::now(&app).await?;
        roll_call::answer(&app).await?;
        let tls = certificate.as_ref().map(Certificate::acceptor).transpose()?;
        let listening = listen(app.clone(), tls)?;
        let secrets_watch = Watch::new(&app, presence);
        let tasks = Tasks { line, keeper, clerk, secrets: secrets_watch, certificate };
        Ok(Self { app, secrets_made_in: secrets.made_in, tasks, listening })
    }
}

/// What opens doors.
struct Keys {
    sessions: SessionKeys,
    devices: DeviceKeys,
    codes: Codes,
    admin_token_hash: [u8; 32],
    metrics_token_hash: Option<[u8; 32]>,
}

async fn parts(config: Arc<Config>, vault: Vault, stores: &Stores) -> anyhow::Result<Parts> {
    let rows = ProviderRow::all(&mut stores.database.get().await?).await?;
    let providers = Providers::load(&config.upstream, &rows)?;
    let settings = Settings::new(config.clone());
    let changed = SettingRow::all(&mut stores.database.get().await?).await?;
    settings.change(&SettingRow::texts(&changed));
    Ok(Parts {
        settings,
        clock: Clock::default(),
        database: stores.database.clone(),
        vault: Arc::new(vault),
        providers,
        jobs: Jobs::default(),
        events: Events::default(),
        metrics: Metrics::new()?,
        replicas: stores.replicas.clone(),
        peers: stores.peers.clone(),
        slots: stores.slots.clone(),
        housekeeping: Housekeeping::new(&config),
        probe_turns: Arc::new(Semaphore::new(config.pool.health_check_concurrency as usize)),
        families: Families::default(),
        bulk_turn: Arc::default(),
        config,
    })
}

fn app(
    parts: Parts,
    stores: Stores,
    keys: Keys,
    turnstile: Turnstile,
    actors: Actors,
    limiter: Limiter,
) -> anyhow::Result<App> {
    let Stores { database, cache, peers, replicas, slots } = stores;
    let auth = &parts.config.auth;
    let guesses = Guesses::new(auth.client_attempts, cache.clone());
    let admin = AdminDoor::new(
        keys.admin_token_hash,
        keys.metrics_token_hash,
        auth.admin_attempts,
        cache.clone(),
    );
    Ok(App {
        tokens: Tokens::new(database.clone(), guesses),
        limiter,
        actors,
        admin,
        passwords: Passwords::new(auth.bcrypt_cost).context("the threads that hash passwords")?,
        sessions: keys.sessions,
        devices: keys.devices,
        codes: keys.codes,
        pages: Pages::new(&parts.config.server).context("ASSETS_DIR")?,
        turnstile,
        bots: Bots::new(auth.enable_bot_detection),
        untrusted_forwards: UntrustedForwards::default(),
        health: RecentHealth::default(),
        catalogue_turns: Turns::default(),
        started: Instant::now(),
        draining: AtomicBool::new(false),
        routes: Routes::default(),
        bodies: Bodies::new(parts.config.server.bodies_max()?),
        answers: Answers::new(parts.vault.clone()),
        failures: Failures::default(),
        audit_head: LastHead::default(),
        settings: parts.settings,
        clock: parts.clock,
        database,
        bulk_turn: parts.bulk_turn,
        cache,
        vault: parts.vault,
        providers: parts.providers,
        jobs: parts.jobs,
        events: parts.events,
        metrics: parts.metrics,
        replicas,
        peers,
        slots,
        housekeeping: parts.housekeeping,
        config: parts.config,
    })
}
