//! Starts actors anew.
//!
//! actix's own `Supervisor` doesn't survive a panic: the actor's task is gone and every message
//! meets a closed door while the process looks healthy. So the guardian looks at the doors.

use std::collections::BTreeMap;
use std::time::Duration;

use actix::prelude::*;

/// Between two looks. A request that meets a dead actor is answered with 503 meanwhile.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Why an actor was started anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// A handler panicked.
    Panicked,
    /// The thread it ran on is gone.
    ThreadLost,
}

impl Cause {
    /// The name in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Panicked => "panicked",
            Self::ThreadLost => "thread_lost",
        }
    }
}

/// Something that can be started anew.
pub trait Watched {
    /// Its name in logs and reports.
    fn name(&self) -> &'static str;
    /// Starts it anew if it is dead, and says why it was.
    fn revive(&mut self) -> Option<Cause>;
}

/// Restarts by actor and cause.
pub type Report = BTreeMap<&'static str, BTreeMap<Cause, u64>>;

/// Looks after all actors.
pub struct Guardian {
    watched: Vec<Box<dyn Watched>>,
    restarts: Report,
}

impl Guardian {
    /// A guardian of these.
    pub fn new(watched: Vec<Box<dyn Watched>>) -> Self {
        Self { watched, restarts: Report::new() }
    }

    fn look(&mut self) {
        for one in &mut self.watched {
            let Some(cause) = one.revive() else { continue };
            log::error!("actor {} was started anew ({cause:?})", one.name());
            *self.restarts.entry(one.name()).or_default().entry(cause).or_default() += 1;
        }
    }
}

impl Actor for Guardian {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.run_interval(LOOK_EVERY, |this, _| this.look());
    }
}

/// Asks for the [`Report`], after a look.
#[derive(Message)]
#[rtype(result = "Report")]
pub struct Reporter;

impl Handler<Reporter> for Guardian {
    type Result = MessageResult<Reporter>;

    fn handle(&mut self, _: Reporter, _: &mut Self::Context) -> Self::Result {
        self.look();
        MessageResult(self.restarts.clone())
    }
}
