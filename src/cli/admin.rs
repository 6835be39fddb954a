//! `admin reset-token`

use clap::Subcommand;
use serde_json::json;

use super::store::Store;
use super::{Outcome, Usage, out};
use crate::audit::Deed;
use crate::config::Config;
use crate::secrets::file::SecretsFile;
use crate::secrets::presence;
use crate::vault::random_hex;

/// What can be done.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Make a new admin token and print it; a running service takes it up within seconds, and the
    /// old one opens nothing any more
    ResetToken {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

/// Runs it.
pub async fn run(command: Command, config: &Config) -> anyhow::Result<Outcome> {
    let Command::ResetToken { json } = command;
    if config.auth.admin_token.0.is_some() || !config.database.is_embedded() {
        let words = "the admin token is the one in ADMIN_TOKEN: change it there and restart the \
                     service (make one with `openssl rand -hex 32`)";
        return Err(Usage(words.to_owned()).into());
    }
    let store = Store::open_to_write(config).await?;
    let file = SecretsFile::in_dir(&config.database.data_dir);
    file.read_or_make()?;
    // First the note: a token that changed unnoted would be worse than a note too many.
    store.note(Deed::new("admin.reset-token", "admin-token")).await?;
    let token = random_hex(32)?;
    file.change(|stored| stored.admin_token.clone_from(&token))?;
    if json {
        out::json(&json!({"admin_token": token, "file": file.path}))?;
    } else {
        out::line(&token)?;
    }
    let digest = file.digest();
    let running =
        presence::until_all(&config.database.data_dir, |taken| taken.secrets_file == digest);
    match running.await? {
        0 => eprintln!("No service is running; the next start uses the new token"),
        _ => eprintln!("The running service uses the new token"),
    }
    Ok(Outcome::Done)
}
