//! The database of the settings, for a command.

use std::sync::Arc;

use anyhow::Context;

use crate::audit::{self, Actor, Deed};
use crate::clock::Clock;
use crate::config::Config;
use crate::db::{Conn, Database};
use crate::models::provider::ProviderRow;
use crate::models::setting::SettingRow;
use crate::provider::{Provider, Providers};
use crate::secrets;
use crate::settings::{Settings, Values};

use super::Usage;

/// What commands work on.
pub struct Store {
    /// The database, with its schema up to date.
    pub database: Database,
    /// The time of day.
    pub clock: Clock,
}

impl Store {
    /// Opens it.
    pub async fn open(config: &Config) -> anyhow::Result<Self> {
        let url = config.database.url();
        Database::check_scheme(&url)?;
        secrets::make_data_dir(&config.database.data_dir)?;
        let database = Database::open(&url, config.database.database_pool_size).await;
        let database = database.context("DATABASE_URL: the database can't be opened")?;
        Ok(Self { database, clock: Clock::default() })
    }

    /// The upstreams of the settings and of the database.
    pub async fn providers(&self, config: &Config) -> anyhow::Result<Providers> {
        let rows = ProviderRow::all(&mut self.database.get().await?).await?;
        Ok(Providers::load(&config.upstream, &rows)?)
    }

    /// The upstream of this name.
    pub async fn provider(&self, config: &Config, name: &str) -> anyhow::Result<Arc<Provider>> {
        let providers = self.providers(config).await?;
        let known: Vec<String> = providers.all().iter().map(|one| one.id.clone()).collect();
        let unknown = || Usage(format!("no provider `{name}`; there are: {}", known.join(", ")));
        Ok(providers.get(name).ok_or_else(unknown)?)
    }

    /// The settings that change while running, as they are now.
    pub async fn settings(&self, config: &Config) -> anyhow::Result<Arc<Values>> {
        let settings = Settings::new(Arc::new(config.clone()));
        let rows = SettingRow::all(&mut self.database.get().await?).await?;
        settings.change(&SettingRow::texts(&rows));
        Ok(settings.now())
    }

    /// Notes in the audit log what is about to be done, where that is no change of the database.
    pub async fn note(&self, deed: Deed) -> anyhow::Result<()> {
        let mut conn = self.database.get().await?;
        let noted = conn.transaction(async |conn| self.did(conn, deed).await).await;
        Ok(noted?)
    }

    /// Notes in the audit log what this transaction does.
    pub async fn did(&self, conn: &mut Conn<'_>, deed: Deed) -> diesel::QueryResult<()> {
        audit::record(conn, &Actor::command_line(), deed, self.clock.now()).await
    }
}
