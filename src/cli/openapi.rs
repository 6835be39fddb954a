//! `openapi`

use super::{Outcome, out};
use crate::http::openapi::document;

/// Prints what `GET /openapi.json` answers.
pub fn run() -> anyhow::Result<Outcome> {
    out::line(&document().to_pretty_json()?)?;
    Ok(Outcome::Done)
}
