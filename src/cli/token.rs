//! `token create`

use clap::{Args, Subcommand};
use ipnet::IpNet;
use serde_json::json;

use super::store::Store;
use super::{Outcome, Usage, out};
use crate::audit::Deed;
use crate::auth::{self, FreshToken};
use crate::clock::rfc3339;
use crate::config::Config;
use crate::models::client_token::{ClientToken, NewClientToken, TokenRules};
use crate::secrets;

/// What can be done.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Make a client token and print it, once
    Create(Create),
}

/// The token to make.
#[derive(Debug, Clone, Args)]
pub struct Create {
    /// Its name, for people
    #[arg(long, value_parser = name)]
    name: String,
    /// The only provider it may use; every one unless given
    #[arg(long)]
    provider: Option<String>,
    /// A model it may use, as `llama*`; may be repeated; every model unless given
    #[arg(long = "model", value_parser = name)]
    models: Vec<String>,
    /// Seconds until it ends; 0 for no end
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(i64).range(0..=315_360_000))]
    expires_in: i64,
    /// Requests a minute; 0 for no limit
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(i32).range(0..))]
    rpm: i32,
    /// Tokens a minute; 0 for no limit
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(i32).range(0..))]
    tpm: i32,
    /// Requests a day; 0 for no limit
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(i64).range(0..))]
    daily_requests: i64,
    /// Tokens a day; 0 for no limit
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(i64).range(0..))]
    daily_tokens: i64,
    /// Requests at once; 0 for no limit
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(i32).range(0..))]
    max_concurrency: i32,
    /// A network it may be used from, as 10.0.0.0/8; may be repeated; every one unless given
    #[arg(long, value_parser = network)]
    ip_allow: Vec<IpNet>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Runs it.
pub async fn run(command: Command, config: &Config) -> anyhow::Result<Outcome> {
    let Command::Create(new) = command;
    let store = Store::open_to_write(config).await?;
    if let Some(name) = &new.provider {
        store.provider(config, name).await?;
    }
    let _sealing = secrets::file::sealing(&config.database.data_dir)?;
    let vault = secrets::vault(config)?;
    let fresh = FreshToken::make(&vault, None)?;
    let now = store.clock.now();
    let row = NewClientToken {
        name: &new.name,
        provider: new.provider.as_deref(),
        masked: &fresh.masked,
        token_hash: &fresh.hash,
        sealed: &fresh.sealed.sealed,
        sealed_with: &fresh.sealed.sealed_with,
        created_at: now.naive(),
        expires_at: (new.expires_in > 0).then(|| now.plus_secs(new.expires_in).naive()),
    };
    let made = add(&store, &row, &new.rules()).await?;
    if new.json {
        out::json(&json!({
            "id": made.id,
            "token": fresh.token,
            "name": made.name,
            "provider": made.provider,
            "createdAt": rfc3339(made.created_at),
            "expires_at": made.expires_at.map(rfc3339),
        }))?;
    } else {
        out::line(&fresh.token)?;
        eprintln!("This is shown once. A running service knows it within seconds");
    }
    Ok(Outcome::Done)
}

impl Create {
    fn rules(&self) -> TokenRules {
        let list = |texts: Vec<String>| Some(json!(texts).to_string());
        TokenRules {
            enabled: None,
            providers: list(self.provider.iter().cloned().collect()),
            models: list(self.models.clone()),
            ip_allow: list(self.ip_allow.iter().map(IpNet::to_string).collect()),
            rpm: Some(self.rpm),
            tpm: Some(self.tpm),
            daily_requests: Some(self.daily_requests),
            daily_tokens: Some(self.daily_tokens),
            max_concurrency: Some(self.max_concurrency),
        }
    }
}

async fn add(
    store: &Store,
    new: &NewClientToken<'_>,
    rules: &TokenRules,
) -> anyhow::Result<ClientToken> {
    let mut conn = store.database.get().await?;
    let added = conn.transaction(async |conn| {
        let row = ClientToken::insert(conn, new, rules).await?;
        let deed = Deed::new("token.create", format!("token:{}", row.id)).after(json!({
            "name": row.name,
            "token": row.masked,
            "providers": row.providers,
            "models": row.models,
            "ip_allow": row.ip_allow,
            "rpm": row.rpm,
            "tpm": row.tpm,
            "daily_requests": row.daily_requests,
            "daily_tokens": row.daily_tokens,
            "max_concurrency": row.max_concurrency,
            "expires_at": row.expires_at.map(rfc3339),
        }));
        store.did(conn, deed).await?;
        Ok::<_, diesel::result::Error>(row)
    });
    Ok(added.await?)
}

fn name(text: &str) -> Result<String, Usage> {
    let text = text.trim();
    match (1..=256).contains(&text.chars().count()) && !text.chars().any(char::is_control) {
        true => Ok(text.to_owned()),
        false => Err(Usage("1 to 256 characters, none a control character".to_owned())),
    }
}

fn network(text: &str) -> Result<IpNet, Usage> {
    let wrong = || Usage("neither an address nor a network like 10.0.0.0/8".to_owned());
    auth::network(text).ok_or_else(wrong)
}
