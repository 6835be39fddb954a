//! `keys list`

use std::io::Write;

use chrono::NaiveDateTime;
use clap::Args;
use serde_json::{Value, json};

use super::{Pick, Walk};
use crate::cli::store::Store;
use crate::cli::{Outcome, out};
use crate::clock::rfc3339;
use crate::config::Config;
use crate::models::upstream_key::UpstreamKey;

/// What to list.
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    #[command(flatten)]
    pick: Pick,
    /// Print a JSON array
    #[arg(long)]
    json: bool,
}

const HEAD: [&str; 9] =
    ["id", "key", "provider", "name", "account", "family", "status", "requests", "last used"];

/// Runs it.
pub async fn run(arguments: Arguments, config: &Config) -> anyhow::Result<Outcome> {
    let store = Store::open(config).await?;
    let filter = arguments.pick.filter(&store, config).await?;
    let mut conn = store.database.get().await?;
    let mut walk = Walk { store: &store, conn: &mut conn, filter: &filter, last: 0 };
    let now = store.clock.now().naive();
    let (mut first, mut rows) = (true, Vec::new());
    loop {
        let keys = walk.next().await?;
        if arguments.json {
            print(&keys, first, now)?;
        } else {
            rows.extend(keys.iter().map(|key| cells(key, now)));
        }
        if keys.is_empty() {
            break;
        }
        first = false;
    }
    if !arguments.json {
        out::table(&HEAD, &rows)?;
    }
    Ok(Outcome::Done)
}

/// A piece of the array; no keys end it.
fn print(keys: &[UpstreamKey], first: bool, now: NaiveDateTime) -> anyhow::Result<()> {
    let mut to = std::io::stdout().lock();
    if first {
        write!(to, "[")?;
    }
    for (n, key) in keys.iter().enumerate() {
        write!(to, "{}\n{}", if first && n == 0 { "" } else { "," }, one(key, now))?;
    }
    if keys.is_empty() {
        writeln!(to, "\n]")?;
    }
    Ok(to.flush()?)
}

fn cells(key: &UpstreamKey, now: NaiveDateTime) -> Vec<String> {
    vec![
        key.id.to_string(),
        key.masked.clone(),
        key.provider.clone(),
        key.username.clone(),
        key.account.clone(),
        key.category.clone(),
        key.status(now).as_str().to_owned(),
        key.total_requests.to_string(),
        key.last_used_at.map(rfc3339).unwrap_or_default(),
    ]
}

/// The field names of `GET /admin/api-keys`.
fn one(key: &UpstreamKey, now: NaiveDateTime) -> Value {
    json!({
        "id": key.id,
        "api_key": key.masked,
        "username": key.username,
        "provider": key.provider,
        "account": key.account,
        "category": key.category,
        "status": key.status(now).as_str(),
        "disabled_reason": match key.held {
            true => key.disabled_reason(now),
            false => key.disabled_reason.as_deref(),
        },
        "cooling_until": key.cooling_until.map(rfc3339),
        "created_at": rfc3339(key.created_at),
        "expires_at": key.expires_at.map(rfc3339),
        "last_used": key.last_used_at.map(rfc3339),
        "total_requests": key.total_requests,
        "success_count": key.success_count,
        "failure_count": key.failure_count,
    })
}
