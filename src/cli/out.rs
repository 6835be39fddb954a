//! Printing: one JSON document, or a table for people.

use std::io::{self, ErrorKind, Write};

use serde::Serialize;

/// Prints one JSON document.
pub fn json(document: &impl Serialize) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, document).map_err(io::Error::from)?;
    writeln!(out)?;
    Ok(out.flush()?)
}

/// Prints a line.
pub fn line(text: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}")?;
    Ok(out.flush()?)
}

/// Prints columns one below the other.
pub fn table(head: &[&str], rows: &[Vec<String>]) -> anyhow::Result<()> {
    let mut out = tabwriter::TabWriter::new(io::stdout().lock());
    writeln!(out, "{}", head.join("\t").to_uppercase())?;
    for row in rows {
        let cells: Vec<String> = row.iter().map(|cell| printable(cell)).collect();
        writeln!(out, "{}", cells.join("\t"))?;
    }
    Ok(out.flush()?)
}

/// A name may hold anything: what would steer a terminal, or break the table, is shown as `?`.
fn printable(cell: &str) -> String {
    match cell {
        "" => "-".to_owned(),
        cell => cell.chars().map(|c| if c.is_control() { '?' } else { c }).collect(),
    }
}

/// Whether nobody reads what is printed any more.
pub fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let broken = |error: &io::Error| error.kind() == ErrorKind::BrokenPipe;
    error.chain().any(|cause| cause.downcast_ref::<io::Error>().is_some_and(broken))
}
