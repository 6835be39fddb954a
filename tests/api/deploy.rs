//! The files that containers are made from, held to what the program knows.

mod alerts;
mod compose;
mod image;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use clap::CommandFactory;
use ollama_api_pool::cli::Cli;
use serde_json::Value;

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn path(name: &str) -> PathBuf {
    repository().join(name)
}

fn read(name: &str) -> String {
    fs::read_to_string(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn yaml(name: &str) -> Value {
    serde_saphyr::from_str(&read(name)).expect("YAML")
}

/// The variables that the program reads.
fn settings() -> BTreeSet<String> {
    let command = Cli::command();
    let names = command.get_arguments().filter_map(|argument| argument.get_env());
    let mut names: BTreeSet<String> =
        names.map(|name| name.to_str().expect("UTF-8").to_owned()).collect();
    assert!(names.len() > 50, "{names:?}");
    names.insert("RUST_LOG".to_owned());
    names
}

/// The lines of a file that say something.
fn lines(name: &str) -> Vec<String> {
    let text = read(name);
    let lines = text.lines().map(str::trim);
    lines.filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned).collect()
}
