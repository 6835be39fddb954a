//! The three secrets of an installation: given by the environment, or made on first start.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::vault::{Vault, random_hex, token_hash};

/// Values that stand in examples, guides and other projects' defaults.
const PLACEHOLDERS: [&str; 14] = [
    "changeme",
    "change-me",
    "change_me",
    "admin",
    "password",
    "secret",
    "token",
    "example",
    "test",
    "your-admin-token",
    "your-secret",
    "placeholder",
    "default",
    "12345678",
];

/// The fewest bytes of a secret that a person chose.
const LENGTH_MIN: usize = 8;

/// The fewest bytes of the secret that signs sessions: as many as its hash has (RFC 7518, 3.2).
const AUTH_SECRET_MIN: usize = 32;

/// What `DATA_DIR/secrets.json` holds, mode 0600.
#[derive(Serialize, Deserialize)]
struct Stored {
    admin_token: String,
    auth_secret: String,
    encryption_key: String,
}

/// The secrets in use. Has no `Debug`: nothing prints it.
pub struct Secrets {
    /// Hash of the admin token: what is presented is hashed and compared in constant time.
    pub admin_token_hash: [u8; 32],
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
            refuse_placeholder(name, value.0.as_deref())?;
        }
        let missing = names.into_iter().zip(given).find(|(_, value)| value.0.is_none());
        let stored = match missing {
            None => None,
            Some((name, _)) if !config.database.is_embedded() => bail!(
                "{name}: required with a Postgres database, since every process needs the same \
                 (make one with `openssl rand -hex 32`)"
            ),
            Some(_) => Some(stored(&config.database.data_dir)?),
        };
        let made_in = auth.admin_token.0.is_none().then(|| file(&config.database.data_dir));
        let pick = |given: &Option<String>, stored: Option<&String>| {
            given.clone().or_else(|| stored.cloned()).unwrap_or_default()
        };
        let admin = pick(&auth.admin_token.0, stored.as_ref().map(|s| &s.admin_token));
        let key = pick(&auth.encryption_key.0, stored.as_ref().map(|s| &s.encryption_key));
        Ok(Self { admin_token_hash: token_hash(&admin), vault: Vault::parse(&key)?, made_in })
    }
}

fn refuse_placeholder(name: &str, value: Option<&str>) -> anyhow::Result<()> {
    let Some(value) = value else { return Ok(()) };
    let plain = value.to_ascii_lowercase();
    let stem = plain.trim_end_matches(['!', '.', '1', '2', '3']);
    if PLACEHOLDERS.contains(&plain.as_str())
        || PLACEHOLDERS.contains(&stem)
        || ["your-", "your_", "change", "<", "replace", "xxx"].iter().any(|p| plain.starts_with(p))
    {
        bail!("{name}: this is a placeholder; make a secret with `openssl rand -hex 32`");
    }
    let least = if name == "AUTH_SECRET" { AUTH_SECRET_MIN } else { LENGTH_MIN };
    if value.len() < least {
        bail!("{name}: too short; make a secret with `openssl rand -hex 32`");
    }
    Ok(())
}

fn file(data_dir: &Path) -> PathBuf {
    data_dir.join("secrets.json")
}

fn stored(data_dir: &Path) -> anyhow::Result<Stored> {
    let path = file(data_dir);
    match fs::read(&path) {
        Ok(bytes) => serde_json::from_slice(&bytes)
            .with_context(|| format!("{} can't be read as secrets", path.display())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => make(&path),
        Err(error) => Err(error).with_context(|| format!("{} can't be opened", path.display())),
    }
}

fn make(path: &Path) -> anyhow::Result<Stored> {
    let made = Stored {
        admin_token: random_hex(32)?,
        auth_secret: random_hex(32)?,
        encryption_key: random_hex(32)?,
    };
    let write = || -> std::io::Result<()> {
        let mut options = fs::OpenOptions::new();
        let mut file = options.write(true).create_new(true).mode(0o600).open(path)?;
        file.write_all(&serde_json::to_vec_pretty(&made)?)?;
        file.sync_all()
    };
    write().with_context(|| format!("{} can't be written (DATA_DIR)", path.display()))?;
    Ok(made)
}

/// Makes `DATA_DIR`, readable by its owner only.
pub fn make_data_dir(path: &Path) -> anyhow::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .with_context(|| format!("DATA_DIR: {} can't be made", path.display()))
}
