//! `DATA_DIR`, `DATABASE_URL`, `DATABASE_POOL_SIZE`, `DATABASE_WAIT_SECS`, `REDIS_URL`,
//! `REDIS_CA_FILE`, `REDIS_PREFIX`, `ALLOW_PLAINTEXT_STORES`, `AUDIT_RETENTION_DAYS`.

use std::path::PathBuf;

use clap::Args;
use clap::builder::BoolishValueParser;

use super::Optional;
use crate::plaintext::Plaintext;

/// Where state lives.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Storage")]
pub struct Database {
    /// Directory of the embedded database, of the secrets made on first start, of statistics not
    /// written yet, and of mails without a mail server
    #[arg(long, env, default_value = "data")]
    pub data_dir: PathBuf,
    /// postgres://…, with sslmode and sslrootcert as libpq has them, or sqlite://…; empty for a file in
    /// DATA_DIR
    #[arg(long, env, default_value = "", hide_env_values = true)]
    pub database_url: Optional,
    /// Connections kept to Postgres: too few make requests wait, too many burden the server
    #[arg(long, env, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=256))]
    pub database_pool_size: u32,
    /// Seconds to wait for the database at start before giving up
    #[arg(long, env, default_value_t = 30, value_parser = clap::value_parser!(u64).range(0..=3600))]
    pub database_wait_secs: u64,
    /// redis://…, or rediss://… for TLS; empty keeps caches and limits in this process
    #[arg(long, env, default_value = "", hide_env_values = true)]
    pub redis_url: Optional,
    /// PEM file of the authorities that a rediss:// server's certificate must come from; empty for the
    /// public ones
    #[arg(long, env, default_value = "")]
    pub redis_ca_file: Optional,
    /// What the names of this pool's keys in Redis begin with
    #[arg(long, env, default_value = "pool:")]
    pub redis_prefix: String,
    /// Let Postgres and Redis on other machines be reached in clear text: right only where nobody else
    /// is in that network, since passwords and data can be read there. Without it such a store stops
    /// the start, unless it speaks TLS
    #[arg(long, env, default_value_t = false, action = clap::ArgAction::Set, value_parser = BoolishValueParser::new())]
    pub allow_plaintext_stores: bool,
    /// Days for which rows of the audit log are kept; 0 keeps them for ever. Too few and an intrusion
    /// is found when nothing tells of it any more, too many and the table grows
    #[arg(long, env, default_value_t = 365, value_parser = clap::value_parser!(u32).range(0..=36_500))]
    pub audit_retention_days: u32,
}

impl Database {
    /// The database's URL, the embedded one's if none is set.
    pub fn url(&self) -> String {
        match &self.database_url.0 {
            Some(url) => url.clone(),
            None => format!("sqlite://{}", self.data_dir.join("pool.sqlite3").display()),
        }
    }

    /// Where stores may be reached in clear text.
    pub fn plaintext(&self) -> Plaintext {
        Plaintext::new(self.allow_plaintext_stores)
    }

    /// Whether the database is a file of this process. Then secrets may be made on first start, where
    /// processes that share a database would each make their own; and there is nobody to wait for.
    pub fn is_embedded(&self) -> bool {
        self.url().starts_with("sqlite://")
    }
}
