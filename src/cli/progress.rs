//! A progress bar on stderr, where that is a terminal.

use std::io::{IsTerminal, stderr};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar of so many steps; silent with `--json` and where stderr is no terminal.
pub fn bar(steps: u64, what: &'static str, json: bool) -> ProgressBar {
    if json || !stderr().is_terminal() {
        return ProgressBar::with_draw_target(Some(steps), ProgressDrawTarget::hidden());
    }
    let bar = ProgressBar::new(steps).with_message(what);
    match ProgressStyle::with_template("{msg} {wide_bar} {human_pos}/{human_len} {eta}") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// A line that says how far it is, where nobody knows how far it goes; as silent as [`bar`].
pub fn counter(json: bool) -> ProgressBar {
    match json || !stderr().is_terminal() {
        true => ProgressBar::hidden(),
        false => ProgressBar::new_spinner(),
    }
}
