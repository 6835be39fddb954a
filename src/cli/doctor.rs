//! `doctor`

mod given;
mod kept;

use clap::Args;
use serde::Serialize;
use serde_json::json;

use super::{Outcome, out};
use crate::config::Config;

/// How it is told.
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    /// Something does not work, or secrets are in danger.
    Problem,
    /// Somebody has to decide or set up something.
    Todo,
    /// Somebody has decided so, and should know what it means.
    Note,
    /// It is as it should be.
    Fine,
}

impl Level {
    const fn words(self) -> &'static str {
        match self {
            Self::Problem => "problem",
            Self::Todo => "to do",
            Self::Note => "note",
            Self::Fine => "fine",
        }
    }
}

/// What was found of one thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Finding {
    level: Level,
    about: &'static str,
    text: String,
}

impl Finding {
    fn new(level: Level, about: &'static str, text: impl Into<String>) -> Self {
        Self { level, about, text: text.into() }
    }

    fn problem(about: &'static str, text: impl Into<String>) -> Self {
        Self::new(Level::Problem, about, text)
    }

    fn todo(about: &'static str, text: impl Into<String>) -> Self {
        Self::new(Level::Todo, about, text)
    }

    fn note(about: &'static str, text: impl Into<String>) -> Self {
        Self::new(Level::Note, about, text)
    }

    fn fine(about: &'static str, text: impl Into<String>) -> Self {
        Self::new(Level::Fine, about, text)
    }
}

/// Runs it. Nothing is changed, and nothing is made.
pub async fn run(arguments: Arguments, config: &Config) -> anyhow::Result<Outcome> {
    let mut findings = given::look(config);
    findings.extend(kept::look(config).await);
    findings.sort_by_key(|finding| finding.level);
    let ok = findings.iter().all(|finding| finding.level >= Level::Note);
    if arguments.json {
        out::json(&json!({"ok": ok, "findings": findings}))?;
    } else {
        let row =
            |one: &Finding| vec![one.level.words().into(), one.about.into(), one.text.clone()];
        let rows: Vec<_> = findings.iter().map(row).collect();
        out::table(&["state", "about", "what"], &rows)?;
    }
    Ok(if ok { Outcome::Done } else { Outcome::Partly })
}
