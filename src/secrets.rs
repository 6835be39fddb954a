//! The three secrets of an installation: given by the environment, or made on first start.

pub mod file;
pub mod presence;
mod strength;
pub mod watch;

use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use self::file::SecretsFile;
use crate::auth;
use crate::config::Config;
use crate::vault::{Vault, token_hash};

/// The secrets in use. Has no `Debug`: nothing prints it.
pub struct Secrets {
    /// Hash of the admin token: what is presented is hashed and compared in constant time.
    pub admin_token_hash: [u8; 32],
    /// Hash of the token that opens the metrics, where there is one.
    pub metrics_token_hash: Option<[u8; 32]>,
    /// Signs sessions and what known devices keep, and keys the hashes of codes by mail: one
    /// secret, or several with commas, of which the first signs and all verify.
    pub auth_secret: String,
    /// Opens and seals what is stored.
    pub vault: Vault,
    /// The file with the admin token, when this program made it.
    pub made_in: Option<PathBuf>,
}

impl Secrets {
    /// Takes the secrets from the settings, and the missing ones from `DATA_DIR` or, the first
    /// time, from the system's random source.
    pub fn load(config: &Config) -> anyhow::Result<Self> {
        let auth = &config.auth;
        let given = [&auth.admin_token, &auth.auth_secret, &auth.encryption_key];
        let names = ["ADMIN_TOKEN", "AUTH_SECRET", "ENCRYPTION_KEY"];
        for (name, value) in names.into_iter().zip(given) {
            refuse_weak(name, value.0.as_deref())?;
        }
        let metrics = auth.metrics_token.0.as_deref();
        refuse_weak("METRICS_TOKEN", metrics)?;
        let missing = names.into_iter().zip(given).find(|(_, value)| value.0.is_none());
        let stored = match missing {
            None => None,
            Some((name, _)) if !config.database.is_embedded() => bail!(
                "{name}: required with a Postgres database, since every process needs the same \
                 (make one with `openssl rand -hex 32`)"
            ),
            Some(_) => Some(SecretsFile::in_dir(&config.database.data_dir).read_or_make()?),
        };
        let made_in = auth.admin_token.0.is_none();
        let made_in = made_in.then(|| SecretsFile::in_dir(&config.database.data_dir).path);
        let pick = |given: &Option<String>, stored: Option<&String>| {
            given.clone().or_else(|| stored.cloned()).unwrap_or_default()
        };
        let admin = pick(&auth.admin_token.0, stored.as_ref().map(|s| &s.admin_token));
        let key = pick(&auth.encryption_key.0, stored.as_ref().map(|s| &s.encryption_key));
        let auth_secret = pick(&auth.auth_secret.0, stored.as_ref().map(|s| &s.auth_secret));
        let (admin_token_hash, vault) = (token_hash(&admin), Vault::parse(&key)?);
        let metrics_token_hash = metrics.map(token_hash);
        Ok(Self { admin_token_hash, metrics_token_hash, auth_secret, vault, made_in })
    }
}

/// Why the secrets that are given would stop the start; empty when they don't. Makes none.
pub fn faults(config: &Config) -> Vec<String> {
    let auth = &config.auth;
    let required = !config.database.is_embedded();
    let given = [
        ("ADMIN_TOKEN", &auth.admin_token, required),
        ("AUTH_SECRET", &auth.auth_secret, required),
        ("ENCRYPTION_KEY", &auth.encryption_key, required),
        ("METRICS_TOKEN", &auth.metrics_token, false),
    ];
    let fault = |(name, value, required): (&str, &crate::config::Optional, bool)| {
        if value.0.is_none() && required {
            return Some(format!("{name}: required with a Postgres database"));
        }
        refuse_weak(name, value.0.as_deref()).err().map(|error| error.to_string())
    };
    given.into_iter().filter_map(fault).collect()
}

/// Refuses a given secret that can be guessed. Of several encryption keys the first counts, which
/// seals: those after it only open what they sealed, and a weak one must be there to be replaced.
/// Of several secrets of sessions each counts: whoever guesses any of them signs as they like.
fn refuse_weak(name: &str, value: Option<&str>) -> anyhow::Result<()> {
    let Some(value) = value else { return Ok(()) };
    match name {
        "ENCRYPTION_KEY" => strength::check(name, value.split(',').next().unwrap_or(value).trim()),
        "AUTH_SECRET" => {
            auth::secrets::each(value).try_for_each(|secret| strength::check(name, secret))
        }
        _ => strength::check(name, value),
    }
}

/// Only what opens and seals, for commands that need no other secret.
pub fn vault(config: &Config) -> anyhow::Result<Vault> {
    let given = config.auth.encryption_key.0.as_deref();
    refuse_weak("ENCRYPTION_KEY", given)?;
    if let Some(key) = given {
        return Ok(Vault::parse(key)?);
    }
    if !config.database.is_embedded() {
        bail!("ENCRYPTION_KEY: required with a Postgres database, the one that the service has");
    }
    let stored = SecretsFile::in_dir(&config.database.data_dir).read_or_make()?;
    Ok(Vault::parse(&stored.encryption_key)?)
}

/// Makes `DATA_DIR`, readable by its owner only.
pub fn make_data_dir(path: &Path) -> anyhow::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .with_context(|| format!("DATA_DIR: {} can't be made", path.display()))
}
