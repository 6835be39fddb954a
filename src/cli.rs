//! The command line: one file a command.
//!
//! Commands work on the store directly, beside a running service or without one, and are audited
//! as `command-line`. What was asked for goes to stdout, everything else to stderr.

mod admin;
mod audit;
mod db;
mod doctor;
mod import;
mod keys;
mod openapi;
mod out;
mod progress;
mod secrets;
mod store;
mod token;
mod user;
mod v3;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::Config;

const EXIT_CODES: &str = "Exit codes: 0 done; 1 failed, or done in part; 2 not possible as asked. \
    With --json a command prints one JSON document to stdout and everything else to stderr.";

/// Many upstream API keys behind one OpenAI-compatible address.
#[derive(Debug, Parser)]
#[command(version, about, after_help = EXIT_CODES)]
pub struct Cli {
    /// What to do; serves when left out.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The settings.
    #[command(flatten)]
    pub config: Config,
}

/// What the program can do.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Serve until told to stop
    Serve,
    /// Ask the running server on HOST and PORT whether it is ready; exit code 0 when it is
    Healthcheck,
    /// Add the keys of a file: lines, CSV, JSON or JSON lines
    Import(import::Arguments),
    /// Client tokens: create
    #[command(subcommand)]
    Token(token::Command),
    /// Upstream keys: list, verify, export
    #[command(subcommand)]
    Keys(keys::Command),
    /// People with an account: list, role, activate, deactivate
    #[command(subcommand)]
    User(user::Command),
    /// The administrator: reset-token
    #[command(subcommand)]
    Admin(admin::Command),
    /// The database: migrate
    #[command(subcommand)]
    Db(db::Command),
    /// The audit log: verify
    #[command(subcommand)]
    Audit(audit::Command),
    /// Stored secrets: rotate
    #[command(subcommand)]
    Secrets(secrets::Command),
    /// Take over the database of version 3, the JavaScript one
    MigrateFromV3(v3::Arguments),
    /// Say what is wrong or still to be decided, in the settings and the stores; exit code 1 when
    /// something is
    Doctor(doctor::Arguments),
    /// Print the description of the HTTP API (OpenAPI, JSON)
    Openapi,
}

/// How a command ended that did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// All of it is done: exit code 0.
    Done,
    /// Some of it is not, as the command has said: exit code 1.
    Partly,
}

/// What was asked for is not possible in this way: exit code 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Usage(pub String);

/// Runs a command other than `serve` and `healthcheck`.
pub async fn run(command: Command, config: &Config) -> anyhow::Result<Outcome> {
    match command {
        Command::Serve | Command::Healthcheck => Ok(Outcome::Done),
        Command::Import(arguments) => import::run(arguments, config).await,
        Command::Token(command) => token::run(command, config).await,
        Command::Keys(command) => keys::run(command, config).await,
        Command::User(command) => user::run(command, config).await,
        Command::Admin(command) => admin::run(command, config).await,
        Command::Db(command) => db::run(command, config).await,
        Command::Audit(command) => audit::run(command, config).await,
        Command::Secrets(command) => secrets::run(command, config).await,
        Command::MigrateFromV3(arguments) => v3::run(arguments, config).await,
        Command::Doctor(arguments) => doctor::run(arguments, config).await,
        Command::Openapi => openapi::run(),
    }
}

/// The exit code of what a command came to; says what went wrong.
pub fn exit_code(ended: anyhow::Result<Outcome>) -> ExitCode {
    let error = match ended {
        Ok(Outcome::Done) => return ExitCode::SUCCESS,
        Ok(Outcome::Partly) => return ExitCode::FAILURE,
        Err(error) => error,
    };
    if out::is_broken_pipe(&error) {
        // Whoever read has seen enough, as with `| head`.
        return ExitCode::SUCCESS;
    }
    eprintln!("{error:#}");
    if error.is::<Usage>() { ExitCode::from(2) } else { ExitCode::FAILURE }
}
