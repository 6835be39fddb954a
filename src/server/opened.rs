//! [`Opened`]: what the program opens before it can start.

use std::time::{Duration, Instant};

use anyhow::Context;
use uuid::Uuid;

use crate::auth::Turnstile;
use crate::cache::{Cache, RedisError, RedisServer};
use crate::config::Config;
use crate::db::Database;
use crate::mail::Mailer;
use crate::peers::Peers;
use crate::private_files;
use crate::replicas::{Line, Replicas};
use crate::secrets::presence::Presence;
use crate::secrets::{self, Secrets};
use crate::slots::{Keeper, Slots};

/// Between two tries to reach the database at start.
const DATABASE_RETRY: Duration = Duration::from_millis(500);

/// Its files, its stores, and the ways out of it.
pub struct Opened {
    pub turnstile: Turnstile,
    pub mailer: Mailer,
    pub presence: Option<Presence>,
    pub secrets: Secrets,
    pub stores: Stores,
    pub line: Option<Line>,
    pub keeper: Keeper,
}

/// Where state is, and who shares it.
pub struct Stores {
    pub database: Database,
    pub cache: Cache,
    pub peers: Peers,
    pub replicas: Replicas,
    pub slots: Slots,
}

impl Opened {
    /// Opens everything, what can be wrong in the settings first.
    pub async fn open(config: &Config) -> anyhow::Result<Self> {
        let plaintext = config.database.plaintext();
        Database::check_url(&config.database.url(), plaintext).context("DATABASE_URL")?;
        let redis = redis(config).await?;
        let turnstile = Turnstile::new(config)?;
        secrets::make_data_dir(&config.database.data_dir)?;
        private_files::restrict_old(&config.database);
        private_files::warn_of_open_directories(&config.database);
        let mailer = Mailer::new(config)?;
        let presence = Presence::announce(config)?;
        let secrets = Secrets::load(config)?;
        let database = database(config).await?;
        let prefix = &config.database.redis_prefix;
        let me = Uuid::now_v7().simple().to_string();
        let peers = Peers::new(redis.is_some().then_some(&me));
        let cache = Cache::open(redis.clone(), prefix).beside(peers.clone());
        let (replicas, line) = Replicas::open(redis, prefix);
        let (slots, keeper) = Slots::new(cache.clone(), &me);
        let stores = Stores { database, cache, peers, replicas, slots };
        Ok(Self { turnstile, mailer, presence, secrets, stores, line, keeper })
    }
}

/// The Redis of the settings, which need not be there yet.
async fn redis(config: &Config) -> Result<Option<RedisServer>, RedisError> {
    let Some(server) = RedisServer::configured(&config.database)? else { return Ok(None) };
    server.check().await?;
    log::info!("{}", server.describe());
    Ok(Some(server))
}

/// Opens the database; while nobody answers, tries again as long as the settings say.
async fn database(config: &Config) -> anyhow::Result<Database> {
    let settings = &config.database;
    let give_up = Instant::now() + Duration::from_secs(settings.database_wait_secs);
    let mut told = false;
    loop {
        let (url, plaintext) = (settings.url(), settings.plaintext());
        let error = match Database::open(&url, plaintext, settings.database_pool_size).await {
            Ok(database) => return Ok(database),
            Err(error) => error,
        };
        if !error.is_away() || settings.is_embedded() || Instant::now() >= give_up {
            return Err(error).context("DATABASE_URL: the database can't be opened");
        }
        if !std::mem::replace(&mut told, true) {
            log::warn!("waiting for the database");
        }
        tokio::time::sleep(DATABASE_RETRY).await;
    }
}
