//! The command line.

use clap::{Parser, Subcommand};

use crate::config::Config;

/// Many upstream API keys behind one OpenAI-compatible address.
#[derive(Debug, Parser)]
#[command(version, about)]
pub struct Cli {
    /// What to do; serves when left out.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The settings.
    #[command(flatten)]
    pub config: Config,
}

/// What the program can do.
#[derive(Debug, Clone, Copy, Subcommand)]
pub enum Command {
    /// Serve until told to stop
    Serve,
    /// Ask the running server on HOST and PORT whether it is ready; exit code 0 when it is
    Healthcheck,
}
