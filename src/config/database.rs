//! `DATA_DIR`, `DATABASE_URL`, `DATABASE_POOL_SIZE`, `DATABASE_WAIT_SECS`, `REDIS_URL`,
//! `REDIS_PREFIX`.

use std::path::PathBuf;

use clap::Args;

use super::Optional;

/// Where state lives.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Storage")]
pub struct Database {
    /// Directory of the embedded database, of the secrets made on first start, of statistics not
    /// written yet, and of mails without a mail server
    #[arg(long, env, default_value = "data")]
    pub data_dir: PathBuf,
    /// postgres://… or sqlite://…; empty for a file in DATA_DIR
    #[arg(long, env, default_value = "", hide_env_values = true)]
    pub database_url: Optional,
    /// Connections kept to Postgres: too few make requests wait, too many burden the server
    #[arg(long, env, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=256))]
    pub database_pool_size: u32,
    /// Seconds to wait for the database at start before giving up
    #[arg(long, env, default_value_t = 30, value_parser = clap::value_parser!(u64).range(0..=3600))]
    pub database_wait_secs: u64,
    /// redis://…; empty keeps caches and limits in this process
    #[arg(long, env, default_value = "", hide_env_values = true)]
    pub redis_url: Optional,
    /// What the names of this pool's keys in Redis begin with
    #[arg(long, env, default_value = "pool:")]
    pub redis_prefix: String,
}

impl Database {
    /// The database's URL, the embedded one's if none is set.
    pub fn url(&self) -> String {
        match &self.database_url.0 {
            Some(url) => url.clone(),
            None => format!("sqlite://{}", self.data_dir.join("pool.sqlite3").display()),
        }
    }

    /// Whether the database is a file of this process. Then secrets may be made on first start, where
    /// processes that share a database would each make their own; and there is nobody to wait for.
    pub fn is_embedded(&self) -> bool {
        self.url().starts_with("sqlite://")
    }
}
