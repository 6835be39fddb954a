//! `keys verify`

use std::collections::BTreeMap;

use clap::Args;
use futures_util::StreamExt;
use serde::Serialize;

use super::{Pick, Walk};
use crate::actors::key_pool::authorization;
use crate::cli::store::Store;
use crate::cli::{Outcome, out, progress};
use crate::clock::Clock;
use crate::config::Config;
use crate::models::upstream_key::UpstreamKey;
use crate::pool::verdict::Effect;
use crate::provider::Providers;
use crate::secrets;
use crate::upstream::client::{self, Client};
use crate::upstream::probe::probe;
use crate::vault::Vault;

/// What to verify.
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    #[command(flatten)]
    pick: Pick,
    /// Keys asked about at once
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=256))]
    at_once: u16,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What was found of a key that is not simply valid.
#[derive(Debug, Serialize)]
struct Found {
    id: i64,
    api_key: String,
    provider: String,
    username: String,
    status: &'static str,
    reason: &'static str,
}

#[derive(Serialize)]
struct Report {
    total: usize,
    counts: BTreeMap<&'static str, usize>,
    /// All but the valid ones.
    keys: Vec<Found>,
}

struct Asker {
    vault: Vault,
    providers: Providers,
    client: Client,
    clock: Clock,
}

/// Runs it.
pub async fn run(arguments: Arguments, config: &Config) -> anyhow::Result<Outcome> {
    let store = Store::open(config).await?;
    let filter = arguments.pick.filter(&store, config).await?;
    let asker = Asker {
        vault: secrets::vault(config)?,
        providers: store.providers(config).await?,
        client: client::build(&config.upstream),
        clock: store.clock.clone(),
    };
    let mut conn = store.database.get().await?;
    let total = UpstreamKey::count(&mut conn, &filter, store.clock.now().naive()).await?;
    let bar = progress::bar(total.unsigned_abs(), "verifying", arguments.json);
    let mut report = Report { total: 0, counts: BTreeMap::new(), keys: Vec::new() };
    let mut walk = Walk { store: &store, conn: &mut conn, filter: &filter, last: 0 };
    loop {
        let keys = walk.next().await?;
        if keys.is_empty() {
            break;
        }
        let asking = futures_util::stream::iter(keys).map(|key| asker.ask(key));
        let mut asking = asking.buffer_unordered(arguments.at_once.into());
        while let Some(found) = asking.next().await {
            report.total += 1;
            *report.counts.entry(found.status).or_default() += 1;
            bar.inc(1);
            if found.status != "valid" {
                report.keys.push(found);
            }
        }
    }
    bar.finish_and_clear();
    report.keys.sort_by_key(|found| found.id);
    print(&report, arguments.json)?;
    let good = ["valid", "limited"].map(|name| report.counts.get(name).copied().unwrap_or(0));
    Ok(if report.total == good.iter().sum::<usize>() { Outcome::Done } else { Outcome::Partly })
}

impl Asker {
    async fn ask(&self, key: UpstreamKey) -> Found {
        let (status, reason) = self.verdict(&key).await;
        Found {
            id: key.id,
            api_key: key.masked,
            provider: key.provider,
            username: key.username,
            status,
            reason,
        }
    }

    /// The words of `POST /admin/verify-key`, and why.
    async fn verdict(&self, key: &UpstreamKey) -> (&'static str, &'static str) {
        let Some(provider) = self.providers.get(&key.provider) else {
            return ("unclear", "unknown_provider");
        };
        let Ok(header) = authorization(&self.vault, key) else {
            return ("unclear", "sealed_under_another_key");
        };
        let verdict = probe(&self.client, &provider, &header, self.clock.now()).await.verdict;
        let status = match verdict.effect {
            Effect::Success => "valid",
            Effect::Cool { .. } => "limited",
            Effect::Strike | Effect::Reject => "invalid",
            Effect::Neutral | Effect::Overloaded => "unclear",
        };
        (status, verdict.reason.as_str())
    }
}

fn print(report: &Report, json: bool) -> anyhow::Result<()> {
    if json {
        return out::json(report);
    }
    let cells = |found: &Found| {
        let texts = [&found.provider, &found.username].map(String::clone);
        let [provider, username] = texts;
        let (status, reason) = (found.status.to_owned(), found.reason.to_owned());
        vec![found.id.to_string(), found.api_key.clone(), provider, username, status, reason]
    };
    if !report.keys.is_empty() {
        let rows: Vec<_> = report.keys.iter().map(cells).collect();
        out::table(&["id", "key", "provider", "name", "status", "reason"], &rows)?;
    }
    let counts: Vec<_> = report.counts.iter().map(|(name, n)| format!("{n} {name}")).collect();
    out::line(&format!("{} keys: {}", report.total, counts.join(", ")))
}
