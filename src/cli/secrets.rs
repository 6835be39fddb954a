//! `secrets rotate`

mod reseal;
mod rotate;

use clap::Subcommand;

use super::Outcome;
use crate::config::Config;

const ROTATE: &str = "Make a new encryption key and encrypt every stored secret under it, while \
the service runs

With the embedded database the key is in DATA_DIR/secrets.json. The command puts a new key before \
the old one there, waits until the running service uses both, encrypts everything anew, and takes \
the old key out. Interrupted, it finishes when run again.

With ENCRYPTION_KEY from the environment there are two steps:
  1. put a new key (`openssl rand -hex 32`) before the old one, ENCRYPTION_KEY=NEW,OLD, restart \
every process of the service with it, and run this command with it;
  2. when it has said that nothing is left under the old key, set ENCRYPTION_KEY=NEW and restart.";

/// What can be done.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Make a new encryption key and encrypt every stored secret under it, while the service runs
    #[command(long_about = ROTATE)]
    Rotate {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

/// Runs it.
pub async fn run(command: Command, config: &Config) -> anyhow::Result<Outcome> {
    let Command::Rotate { json } = command;
    rotate::run(config, json).await
}
