//! The database of the settings, for a command.

use std::sync::Arc;

use anyhow::{Context, bail};

use crate::audit::{self, Actor, Deed};
use crate::clock::Clock;
use crate::config::Config;
use crate::db::{Conn, Database};
use crate::models::provider::ProviderRow;
use crate::models::setting::SettingRow;
use crate::private_files;
use crate::provider::{Provider, Providers};
use crate::secrets;
use crate::settings::{Settings, Values};
use crate::vault::Vault;

use super::Usage;

/// What commands work on.
pub struct Store {
    /// The database, with its schema up to date.
    pub database: Database,
    /// The time of day.
    pub clock: Clock,
    /// What the audit log is keyed by, for commands that write to it.
    vault: Option<Arc<Vault>>,
}

impl Store {
    /// Opens it.
    pub async fn open(config: &Config) -> anyhow::Result<Self> {
        let url = config.database.url();
        let plaintext = config.database.plaintext();
        Database::check_url(&url, plaintext).context("DATABASE_URL")?;
        secrets::make_data_dir(&config.database.data_dir)?;
        private_files::restrict_old(&config.database);
        let database = Database::open(&url, plaintext, config.database.database_pool_size).await;
        let database = database.context("DATABASE_URL: the database can't be opened")?;
        Ok(Self { database, clock: Clock::default(), vault: None })
    }

    /// Opens it for a command that writes to the audit log.
    pub async fn open_to_write(config: &Config) -> anyhow::Result<Self> {
        // First what makes DATA_DIR: the secrets may be there.
        let store = Self::open(config).await?;
        store.writing_under(Arc::new(secrets::vault(config)?)).await
    }

    /// The same store, for writing to the audit log under this vault's keys.
    pub async fn writing_under(self, vault: Arc<Vault>) -> anyhow::Result<Self> {
        let mut conn = self.database.get().await?;
        audit::begin(&mut conn, &vault, self.clock.now()).await?;
        if audit::is_foreign(&mut conn, &vault).await? {
            bail!(
                "ENCRYPTION_KEY: the audit log was written under another one, and this command \
                 writes to it: use the service's own"
            );
        }
        drop(conn);
        Ok(Self { vault: Some(vault), ..self })
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
        let unkeyed =
            || diesel::result::Error::QueryBuilderError("the audit log has no key".into());
        let vault = self.vault.as_ref().ok_or_else(unkeyed)?;
        audit::record(conn, vault, &Actor::command_line(), deed, self.clock.now()).await
    }
}
