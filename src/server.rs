//! [`Server`]: the program, built and running.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use actix_web::dev::ServerHandle;
use actix_web::{HttpServer, web};
use anyhow::Context;
use tokio::sync::{Semaphore, watch};
use uuid::Uuid;

use crate::accounts::codes::Codes;
use crate::actors::{Actors, Parts};
use crate::answers::Answers;
use crate::app::App;
use crate::auth::{AdminDoor, Guesses, Passwords, SessionKeys, Tokens, Turnstile};
use crate::cache::Cache;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::{Database, DatabaseError};
use crate::events::Events;
use crate::follow;
use crate::housekeeping::{self, Housekeeping};
use crate::http;
use crate::http::bots::Bots;
use crate::jobs::Jobs;
use crate::limits::{Clerk, Limiter, LimiterParts};
use crate::mail::Mailer;
use crate::metrics::Metrics;
use crate::models::provider::ProviderRow;
use crate::models::setting::SettingRow;
use crate::pages::Pages;
use crate::provider::routes::Routes;
use crate::provider::{self, Providers};
use crate::replicas::{self, Peers, Replicas};
use crate::secrets::presence::Presence;
use crate::secrets::watch::Watch;
use crate::secrets::{self, Secrets};
use crate::settings::Settings;
use crate::shutdown;
use crate::slots::{Keeper, Slots};
use crate::turns::Turns;
use crate::upstream::client;
use crate::upstream::identity::Families;

/// Between two tries to reach the database at start.
const DATABASE_RETRY: Duration = Duration::from_millis(500);

/// A connection without a request is closed after this; longer than clients and proxies keep
/// theirs, so that they close first and no request meets a closed door.
const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// The program, listening but not yet serving.
pub struct Server {
    /// What requests reach.
    pub app: Arc<App>,
    /// The file with the admin token, when this program made it.
    pub secrets_made_in: Option<std::path::PathBuf>,
    secrets_watch: Watch,
    line: Option<replicas::Line>,
    keeper: Keeper,
    clerk: Clerk,
    server: actix_web::dev::Server,
    addresses: Vec<std::net::SocketAddr>,
}

impl Server {
    /// Opens the stores, starts the actors and binds the port.
    pub async fn build(config: Config) -> anyhow::Result<Self> {
        let config = Arc::new(config);
        Database::check_scheme(&config.database.url())?;
        let turnstile = Turnstile::new(&config)?;
        secrets::make_data_dir(&config.database.data_dir)?;
        let mailer = Mailer::new(&config)?;
        let presence = Presence::announce(&config)?;
        let secrets = Secrets::load(&config)?;
        let vault = Arc::new(secrets.vault);
        let database = database(&config).await?;
        let (url, prefix) = (&config.database.redis_url.0, &config.database.redis_prefix);
        let me = Uuid::now_v7().simple().to_string();
        let peers = Peers::new(url.is_some().then_some(&me));
        let cache = Cache::open(url.as_deref(), prefix)?.beside(peers.clone());
        let (replicas, line) = Replicas::open(url.as_deref(), prefix)?;
        let (slots, keeper) = Slots::new(cache.clone(), &me);
        let rows = ProviderRow::all(&mut database.get().await?).await?;
        let providers = Providers::load(&config.upstream, &rows)?;
        let (clock, jobs, events) = (Clock::default(), Jobs::default(), Events::default());
        let metrics = Metrics::new()?;
        let settings = Settings::new(config.clone());
        let changed = SettingRow::all(&mut database.get().await?).await?;
        settings.change(&SettingRow::texts(&changed));
        let parts = Parts {
            config: config.clone(),
            settings: settings.clone(),
            clock: clock.clone(),
            database: database.clone(),
            vault: vault.clone(),
            providers: providers.clone(),
            jobs: jobs.clone(),
            events: events.clone(),
            metrics: metrics.clone(),
            replicas: replicas.clone(),
            housekeeping: Housekeeping::new(&config),
            probe_turns: Arc::new(Semaphore::new(config.pool.health_check_concurrency as usize)),
            families: Families::default(),
            bulk_turn: Arc::default(),
        };
        let attempts = config.auth.admin_attempts;
        let guesses = Guesses::new(config.auth.client_attempts, cache.clone());
        let actors = Actors::start(&parts, mailer);
        let (limiter, clerk) = Limiter::new(LimiterParts {
            cache: cache.clone(),
            slots: slots.clone(),
            peers: peers.clone(),
            database: database.clone(),
            stats: actors.stats.clone(),
            clock: clock.clone(),
        });
        let app = Arc::new(App {
            tokens: Tokens::new(database.clone(), guesses),
            limiter,
            actors,
            admin: AdminDoor::new(
                secrets.admin_token_hash,
                secrets.metrics_token_hash,
                attempts,
                cache.clone(),
            ),
            passwords: Passwords::new(config.auth.bcrypt_cost).context("BCRYPT_COST")?,
            sessions: SessionKeys::new(&secrets.auth_secret),
            codes: Codes::new(&secrets.auth_secret).context("AUTH_SECRET")?,
            pages: Pages::new(&config.server).context("ASSETS_DIR")?,
            turnstile,
            bots: Bots::new(config.auth.enable_bot_detection),
            catalogue_turns: Turns::default(),
            started: Instant::now(),
            draining: AtomicBool::new(false),
            config,
            settings,
            clock,
            database,
            bulk_turn: parts.bulk_turn,
            cache,
            vault,
            providers,
            routes: Routes::default(),
            answers: Answers::default(),
            jobs,
            events,
            metrics,
            replicas,
            peers,
            slots,
            housekeeping: parts.housekeeping,
        });
        provider::reload::now(&app).await?;
        app.peers.look(&app.database, &app.clock).await?;
        let (server, addresses) = listen(app.clone())?;
        let secrets_watch = Watch::new(&app, presence);
        Ok(Self {
            app,
            secrets_made_in: secrets.made_in,
            secrets_watch,
            line,
            keeper,
            clerk,
            server,
            addresses,
        })
    }

    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.addresses.first().map_or(0, std::net::SocketAddr::port)
    }

    /// Serves until `stop` resolves, then stops in order.
    pub async fn run_until_stopped(self, stop: impl Future<Output = ()>) -> anyhow::Result<()> {
        let handle: ServerHandle = self.server.handle();
        let serving = actix_web::rt::spawn(self.server);
        let (quit, quitting) = watch::channel(());
        let following =
            actix_web::rt::spawn(follow::until_stopped(self.app.clone(), quitting.clone()));
        let looking = actix_web::rt::spawn(replicas::peers::until_stopped(
            self.app.clone(),
            quitting.clone(),
        ));
        let keeping = actix_web::rt::spawn(housekeeping::until_stopped(self.app.clone(), quitting));
        let holding = actix_web::rt::spawn(self.keeper.run());
        let bringing = actix_web::rt::spawn(self.clerk.run());
        let speaking = actix_web::rt::spawn(replicas::follow(self.app.clone(), self.line));
        let watching = actix_web::rt::spawn(self.secrets_watch.run(self.app.clone()));
        let counting = actix_web::rt::spawn(self.app.metrics.clone().keep_up());
        stop.await;
        // No further look begins; one under way may finish beside the requests under way.
        drop(quit);
        shutdown::stop(&self.app, &handle).await;
        watching.abort();
        serving.await.context("the server's task ended badly")??;
        following.abort();
        counting.abort();
        keeping.abort();
        looking.abort();
        holding.abort();
        bringing.abort();
        speaking.abort();
        Ok(())
    }
}

/// Opens the database; while nobody answers, tries again as long as the settings say.
async fn database(config: &Config) -> anyhow::Result<Database> {
    let settings = &config.database;
    let give_up = Instant::now() + Duration::from_secs(settings.database_wait_secs);
    let mut told = false;
    loop {
        let error = match Database::open(&settings.url(), settings.database_pool_size).await {
            Ok(database) => return Ok(database),
            Err(error) => error,
        };
        let away = matches!(error, DatabaseError::Connect(_));
        if !away || settings.is_embedded() || Instant::now() >= give_up {
            return Err(error).context("DATABASE_URL: the database can't be opened");
        }
        if !std::mem::replace(&mut told, true) {
            log::warn!("waiting for the database");
        }
        tokio::time::sleep(DATABASE_RETRY).await;
    }
}

fn listen(app: Arc<App>) -> anyhow::Result<(actix_web::dev::Server, Vec<std::net::SocketAddr>)> {
    let config = app.config.server.clone();
    let workers = match config.workers {
        0 => std::thread::available_parallelism().map_or(2, usize::from),
        workers => workers,
    };
    let data = web::Data::from(app.clone());
    let factory = move || {
        let client = client::for_worker(&data.config);
        actix_web::App::new()
            .app_data(data.clone())
            .app_data(web::Data::new(client))
            .wrap(actix_web::middleware::from_fn(http::middleware::request_id))
            .configure(http::routes)
    };
    let server = HttpServer::new(factory)
        .workers(workers)
        .keep_alive(KEEP_ALIVE)
        .tcp_nodelay(true)
        // A client that closes its side has left: what it asked for is cancelled.
        .h1_allow_half_closed(false)
        .shutdown_timeout(config.shutdown_timeout_secs)
        .disable_signals()
        .bind((config.host, config.port))
        .with_context(|| format!("HOST, PORT: {}:{} can't be bound", config.host, config.port))?;
    let addresses = server.addrs();
    Ok((server.run(), addresses))
}
