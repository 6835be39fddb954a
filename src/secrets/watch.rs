//! Takes changes of `secrets.json` up while serving: a new admin token, other
//! encryption keys and secrets of sessions.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::file::SecretsFile;
use super::presence::{Presence, Taken};
use crate::app::App;
use crate::auth::secrets;
use crate::vault::token_hash;

/// Between two looks, of one `stat` each.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Watches the file of one running service.
pub struct Watch {
    file: SecretsFile,
    /// What the file was at the last look; the inner `None` is no file.
    seen: Option<Option<(u64, u64, SystemTime)>>,
    presence: Option<Presence>,
}

impl Watch {
    /// Of a service that has just read its secrets.
    pub fn new(app: &App, presence: Option<Presence>) -> Self {
        let file = SecretsFile::in_dir(&app.config.database.data_dir);
        let mut this = Self { file, seen: None, presence };
        // The file may have changed since it was read.
        this.look(app);
        this
    }

    /// Looks until it is stopped.
    pub async fn run(mut self, app: Arc<App>) {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            self.look(&app);
        }
    }

    fn look(&mut self, app: &App) {
        let now = fs::metadata(&self.file.path).ok();
        let now = now.and_then(|is| Some((is.ino(), is.size(), is.modified().ok()?)));
        if self.seen == Some(now) {
            return;
        }
        let first = self.seen.replace(now).is_none();
        // Before it is read: what is written in between is another content, seen the next time.
        let digest = self.file.digest();
        let auth_secrets = match self.take(app) {
            Ok(names) => names,
            Err(error) => {
                log::error!("secrets are kept as they were: {error:#}");
                return;
            }
        };
        let taken = Taken {
            pid: std::process::id(),
            secrets_file: digest,
            encryption_keys: app.vault.key_ids(),
            auth_secrets,
        };
        if let Some(Err(error)) = self.presence.as_mut().map(|presence| presence.tell(&taken)) {
            log::warn!("DATA_DIR/running can't be written: {error}");
        }
        if !first {
            log::info!("the changed secrets are taken up");
        }
    }

    /// Takes up what the environment doesn't give; returns the names of the secrets of sessions.
    fn take(&self, app: &App) -> anyhow::Result<Vec<String>> {
        let auth = &app.config.auth;
        let given = auth.auth_secret.0.as_deref().map(secrets::ids).unwrap_or_default();
        if !app.config.database.is_embedded() {
            return Ok(given);
        }
        let Some(stored) = self.file.read()? else { return Ok(given) };
        if auth.encryption_key.0.is_none() {
            app.vault.change(&stored.encryption_key)?;
        }
        if auth.admin_token.0.is_none() {
            app.admin.change(token_hash(&stored.admin_token));
        }
        if auth.auth_secret.0.is_some() {
            return Ok(given);
        }
        app.devices.change(&stored.auth_secret)?;
        app.codes.change(&stored.auth_secret)?;
        app.sessions.change(&stored.auth_secret);
        Ok(secrets::ids(&stored.auth_secret))
    }
}
