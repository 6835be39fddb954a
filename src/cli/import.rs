//! `import FILE`

use std::fs::File;
use std::io::{Read, stdin};
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use bytes::Bytes;
use clap::Args;
use futures_util::{Stream, stream};
use serde_json::json;
use uuid::Uuid;

use super::store::Store;
use super::{Outcome, Usage, out, progress};
use crate::audit::Actor;
use crate::config::Config;
use crate::error::{ApiError, ErrorCode};
use crate::import::{
    self, ImportError, ImportParts, Imported, Options, Progress, Report, Validation,
};
use crate::secrets;

/// Bytes read at once.
const PIECE: usize = 64 << 10;

/// What to import.
#[derive(Debug, Clone, Args)]
#[command(long_about = "Add the keys of a file: lines, CSV, JSON or JSON lines\n\n\
    All of it is stored, or nothing. Keys that are there already are left as they are. A running \
    service uses the new ones within seconds. Exit code 1 when a line could not be read.")]
pub struct Arguments {
    /// The file; `-` for stdin
    file: PathBuf,
    /// Whose keys
    #[arg(long, default_value = crate::provider::DEFAULT)]
    provider: String,
    /// The account of keys that name none
    #[arg(long, default_value = "")]
    account: String,
    /// Seconds until keys end that name no end; 0 for no end
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(i64).range(0..=3_155_760_000))]
    ttl: i64,
    /// How often their turn comes beside keys of weight 1
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(i32).range(1..=1000))]
    weight: i32,
    /// Requests at once with one key; 0 for no limit
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(i32).range(0..))]
    max_concurrency: i32,
    /// Ask the upstream about each key first, and add only those that it takes: a job, which a
    /// running service works at
    #[arg(long)]
    validate: bool,
    /// With `--validate`: add keys, too, about which nothing could be found out
    #[arg(long, requires = "validate")]
    keep_unclear: bool,
    /// Report what would be added and add nothing
    #[arg(long)]
    dry_run: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Runs it.
pub async fn run(arguments: Arguments, config: &Config) -> anyhow::Result<Outcome> {
    let source = open(&arguments.file)?;
    let store = Store::open_to_write(config).await?;
    let provider = store.provider(config, &arguments.provider).await?;
    if arguments.validate && !provider.enabled {
        return Err(Usage(format!("the provider `{}` is switched off", provider.id)).into());
    }
    let _sealing = secrets::file::sealing(&config.database.data_dir)?;
    let parts = ImportParts {
        database: store.database.clone(),
        bulk_turn: Arc::default(),
        vault: Arc::new(secrets::vault(config)?),
        clock: store.clock.clone(),
        spool_dir: config.database.data_dir.clone(),
    };
    let options = Options {
        account: arguments.account.clone(),
        ttl_secs: (arguments.ttl > 0).then_some(arguments.ttl),
        weight: arguments.weight,
        max_concurrency: arguments.max_concurrency,
        dry_run: arguments.dry_run,
        validate: arguments.validate.then_some(Validation { keep_unclear: arguments.keep_unclear }),
        ..Options::new(&arguments.provider, "command-line")
    };
    let bar = progress::counter(arguments.json);
    let tell = |at: Progress| match at.written {
        0 => bar.set_message(format!("{} lines read", at.read)),
        written => bar.set_message(format!("{written} keys written")),
    };
    let imported = import::run(&parts, &options, &Actor::command_line(), source, &tell).await;
    bar.finish_and_clear();
    match imported.context("nothing was imported")? {
        Imported::Report(report) => {
            print(&report, arguments.json)?;
            Ok(if report.failed == 0 { Outcome::Done } else { Outcome::Partly })
        }
        Imported::Job(job) => {
            begun(job, arguments.json)?;
            Ok(Outcome::Done)
        }
    }
}

fn open(path: &PathBuf) -> anyhow::Result<impl Stream<Item = Result<Bytes, ImportError>> + use<>> {
    let mut from: Box<dyn Read> = match path.as_os_str() == "-" {
        true => Box::new(stdin()),
        false => {
            let file = File::open(path);
            Box::new(file.with_context(|| format!("{} can't be opened", path.display()))?)
        }
    };
    let mut piece = vec![0; PIECE];
    Ok(stream::iter(std::iter::from_fn(move || match from.read(&mut piece) {
        Ok(0) => None,
        Ok(read) => Some(Ok(Bytes::copy_from_slice(piece.get(..read).unwrap_or_default()))),
        Err(error) => {
            let words = format!("the file can't be read: {error}");
            Some(Err(ImportError::Source(ApiError::new(ErrorCode::Internal, words))))
        }
    })))
}

fn begun(job: Uuid, json: bool) -> anyhow::Result<()> {
    if json {
        return out::json(&json!({"job": job}));
    }
    out::line(&format!("job {job}"))?;
    eprintln!("A running service begins it within 15 s; GET /admin/jobs/{job} tells how far it is");
    Ok(())
}

fn print(report: &Report, json: bool) -> anyhow::Result<()> {
    if json {
        return out::json(report);
    }
    let counts = [
        ("lines", report.total),
        ("added", report.added),
        ("existing", report.existing),
        ("duplicates", report.duplicates),
        ("failed", report.failed),
        ("skipped", report.skipped),
    ];
    let rows: Vec<_> = counts.map(|(name, count)| vec![name.to_owned(), count.to_string()]).into();
    out::table(&["what", "count"], &rows)?;
    for detail in &report.details {
        eprintln!("line {}: {}", detail.line, detail.reason);
    }
    match report.import_id {
        Some(id) => eprintln!("This is import {id}"),
        None => eprintln!("A dry run: nothing was added"),
    }
    Ok(())
}
