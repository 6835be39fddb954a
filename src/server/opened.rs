//! [`Opened`]: what the program opens before it can start.

use std::time::{Duration, Instant};

use anyhow::Context;
use uuid::Uuid;

use crate::auth::Turnstile;
use crate::cache::Cache;
use crate::config::Config;
use crate::db::{Database, DatabaseError};
use crate::mail::Mailer;
use crate::peers::Peers;
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
        Database::check_scheme(&config.database.url())?;
        let turnstile = Turnstile::new(config)?;
        secrets::make_data_dir(&config.database.data_dir)?;
        let mailer = Mailer::new(config)?;
        let presence = Presence::announce(config)?;
        let secrets = Secrets::load(config)?;
        let database = database(config).await?;
        let (url, prefix) = (&config.database.redis_url.0, &config.database.redis_prefix);
        let me = Uuid::now_v7().simple().to_string();
        let peers = Peers::new(url.is_some().then_some(&me));
        let cache = Cache::open(url.as_deref(), prefix)?.beside(peers.clone());
        let (replicas, line) = Replicas::open(url.as_deref(), prefix)?;
        let (slots, keeper) = Slots::new(cache.clone(), &me);
        let stores = Stores { database, cache, peers, replicas, slots };
        Ok(Self { turnstile, mailer, presence, secrets, stores, line, keeper })
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
