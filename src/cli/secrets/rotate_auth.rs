//! `secrets rotate-auth`: another secret of sessions, with nobody signed out by it.

use std::path::Path;

use anyhow::bail;
use serde_json::json;

use crate::audit::Deed;
use crate::auth::{SESSION_LIFE_SECS, secrets as auth_secrets};
use crate::cli::store::Store;
use crate::cli::{Outcome, Usage, out};
use crate::clock::rfc3339;
use crate::config::Config;
use crate::models::lease;
use crate::secrets::file::{SecretsFile, lock, rotation_lock};
use crate::secrets::presence;
use crate::vault::random_hex;

/// Puts a new secret before the ones there are, or takes all but the first out.
pub async fn run(config: &Config, retire: bool, json: bool) -> anyhow::Result<Outcome> {
    let dir = &config.database.data_dir;
    let store = Store::open_to_write(config).await?;
    let Some(_only) = lock(&rotation_lock(dir), false)? else {
        bail!("another rotation, or a command that stores secrets, is under way");
    };
    let given = config.auth.auth_secret.0.as_deref();
    if given.is_some() || !config.database.is_embedded() {
        return from_environment(&store, dir, given.unwrap_or_default(), retire, json).await;
    }
    let file = SecretsFile::in_dir(dir);
    let stored = file.read_or_make()?.auth_secret;
    let text = match (retire, auth_secrets::each(&stored).count()) {
        (false, 1) => format!("{},{stored}", random_hex(32)?),
        (false, _) => {
            return usage("there is an older secret yet: take it out with --retire first");
        }
        (true, 1) => return usage("there is no older secret to take out"),
        (true, _) => auth_secrets::each(&stored).next().unwrap_or_default().to_owned(),
    };
    // First the note: a secret that changed unnoted would be worse than a note too many.
    let names = auth_secrets::ids(&text);
    note(&store, &names, retire).await?;
    file.change(|stored| stored.auth_secret.clone_from(&text))?;
    let running = presence::until_all(dir, |taken| taken.auth_secrets == names).await?;
    print(&store, &names, running, json)
}

/// What the operator has set: looked at and noted.
async fn from_environment(
    store: &Store,
    dir: &Path,
    text: &str,
    retire: bool,
    json: bool,
) -> anyhow::Result<Outcome> {
    if text.is_empty() {
        bail!("AUTH_SECRET: required with a Postgres database, the one that the service has");
    }
    let names = auth_secrets::ids(text);
    if retire {
        return usage("take the older secrets out of AUTH_SECRET and restart every process");
    }
    if names.len() == 1 {
        return usage(
            "there is one secret in AUTH_SECRET. To change it, put a new one (`openssl rand -hex \
             32`) before it, AUTH_SECRET=NEW,OLD; restart every process of the service with it; \
             then run this again",
        );
    }
    let running = presence::running(dir)?;
    // Its environment changes only with a restart, so there is nothing to wait for.
    if running.iter().any(|taken| taken.auth_secrets != names) {
        bail!("the running service has another AUTH_SECRET: restart it with this one first");
    }
    note(store, &names, false).await?;
    // Those on other machines have no file here, and can't be asked.
    let now = store.clock.now().naive();
    let replicas = lease::replicas(&mut store.database.get().await?, now).await?;
    if replicas > running.len() {
        eprintln!(
            "{replicas} processes of the service are running: each must have been restarted with \
             this AUTH_SECRET, or it refuses sessions that the others begin"
        );
    }
    print(store, &names, replicas.max(running.len()), json)
}

fn usage(words: &str) -> anyhow::Result<Outcome> {
    Err(Usage(words.to_owned()).into())
}

async fn note(store: &Store, names: &[String], retire: bool) -> anyhow::Result<()> {
    let first = names.first().map(String::as_str).unwrap_or_default();
    let deed = Deed::new("secrets.rotate-auth", format!("auth-secret:{first}"));
    store.note(deed.after(json!({"secrets": names, "retired": retire}))).await
}

fn print(store: &Store, names: &[String], running: usize, json: bool) -> anyhow::Result<Outcome> {
    let until = rfc3339(store.clock.now().plus_secs(SESSION_LIFE_SECS).naive());
    let several = names.len() > 1;
    if json {
        let until = several.then_some(&until);
        out::json(&json!({"auth_secrets": names, "running": running, "keep_until": until}))?;
    } else {
        out::line(&format!("{} signs", names.first().map(String::as_str).unwrap_or_default()))?;
    }
    match several {
        true => eprintln!(
            "The older secret still verifies: keep it until {until}, when the last session of it \
             has ended"
        ),
        false => eprintln!("The older secrets open nothing any more"),
    }
    Ok(Outcome::Done)
}
