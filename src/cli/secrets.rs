//! `secrets rotate`

mod reseal;
mod rotate;
mod rotate_auth;

use clap::Subcommand;

use super::Outcome;
use crate::config::Config;

const ROTATE: &str = "Make a new encryption key and encrypt every stored secret under it, while \
the service runs

With the embedded database the key is in DATA_DIR/secrets.json. The command puts a new key before \
the old one there, waits until the running service uses both, encrypts everything anew, and takes \
the old key out. Interrupted, it finishes when run again. Secrets that an earlier version stored in \
an older form are brought into the one of this version, in which each is bound to its row and owner.

With ENCRYPTION_KEY from the environment there are two steps:
  1. put a new key (`openssl rand -hex 32`) before the old one, ENCRYPTION_KEY=NEW,OLD, restart \
every process of the service with it, and run this command with it;
  2. when it has said that nothing is left under the old key, set ENCRYPTION_KEY=NEW and restart.";

const ROTATE_AUTH: &str = "Make a new secret of sessions, while the service runs and everybody \
stays signed in

With the embedded database the secret is in DATA_DIR/secrets.json. The command puts a new one before \
the old one there, and waits until the running service signs with the new one. The old one still \
verifies. Seven days later no session of it is left: take it out with --retire. Browsers that have \
signed in in the last 90 days and not since are no known devices then; nobody is signed out.

After a secret has become known run both at once; whoever is signed in signs in again.

With AUTH_SECRET from the environment, on every process of the service:
  1. put a new one (`openssl rand -hex 32`) behind the old one, AUTH_SECRET=OLD,NEW, and restart;
  2. when all have it, AUTH_SECRET=NEW,OLD, restart, and run this command with it, which checks and \
notes the change;
  3. seven days later AUTH_SECRET=NEW, and restart.
With one process the first step can be left out.";

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
    /// Make a new secret of sessions, while the service runs and everybody stays signed in
    #[command(long_about = ROTATE_AUTH)]
    RotateAuth {
        /// Take out every secret but the one that signs: sessions of the others end
        #[arg(long)]
        retire: bool,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

/// Runs it.
pub async fn run(command: Command, config: &Config) -> anyhow::Result<Outcome> {
    match command {
        Command::Rotate { json } => rotate::run(config, json).await,
        Command::RotateAuth { retire, json } => rotate_auth::run(config, retire, json).await,
    }
}
