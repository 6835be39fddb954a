//! The JobsActor: finds jobs that nobody works at, and works at them.

mod check;
mod import;
mod insert;
mod result;
mod worker;

use std::rc::Rc;
use std::time::Duration;

use actix::prelude::*;
use chrono::TimeDelta;
use uuid::Uuid;

use self::worker::{Desk, Worker};
use super::health_check::HealthCheckSettings;
use super::mailbox::{Mailbox, Unavailable};
use crate::db::{Database, DatabaseError};
use crate::models::job::JobRow;
use crate::upstream::client;

pub use self::check::{CheckParams, KIND as CHECK};
pub use self::import::{INVALID, ImportParams, KIND as IMPORT};

/// Between two looks for jobs that nobody works at.
const LOOK_EVERY: Duration = Duration::from_secs(15);

/// A heartbeat this old, in seconds, is that of a process that is gone: they come each second.
const STALE_SECS: i64 = 30;

/// An SQLite file has one process, so whoever has a job there is gone: any heartbeat is old.
const STALE_ALONE_SECS: i64 = -100 * 365 * 86_400;

/// Finished jobs are kept for so long, and so many of them.
const KEPT_DAYS: i64 = 30;
const KEPT: i64 = 1_000;

/// Begins jobs. Their work goes on in tasks of their own, whatever becomes of the actor.
pub struct JobsActor {
    settings: HealthCheckSettings,
    desk: Option<Rc<Desk>>,
    looking: bool,
    again: bool,
}

impl JobsActor {
    /// An actor that starts its client on its own thread.
    pub fn new(settings: HealthCheckSettings) -> Self {
        Self { settings, desk: None, looking: false, again: false }
    }

    fn desk(&mut self) -> Rc<Desk> {
        let HealthCheckSettings { parts, key_pool } = &self.settings;
        let make = || {
            let client = client::build(&parts.config.upstream);
            Rc::new(Desk { parts: parts.clone(), key_pool: key_pool.clone(), client })
        };
        self.desk.get_or_insert_with(make).clone()
    }
}

impl Actor for JobsActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.notify(Look);
        ctx.run_interval(LOOK_EVERY, |_, ctx| ctx.notify(Look));
    }
}

/// Begins the jobs that nobody works at, and forgets old ones.
#[derive(Message)]
#[rtype(result = "()")]
struct Look;

impl Handler<Look> for JobsActor {
    type Result = ResponseActFuture<Self, ()>;

    fn handle(&mut self, _: Look, ctx: &mut Self::Context) -> Self::Result {
        // Looks don't overtake each other; what came after one began is found by the next.
        if std::mem::replace(&mut self.looking, true) {
            self.again = true;
            return Box::pin(async {}.into_actor(self));
        }
        let (desk, myself) = (self.desk(), ctx.address());
        let looking = async move {
            if let Err(error) = look(&desk, &myself).await {
                log::warn!("jobs can't be looked for: {error}");
            }
        };
        Box::pin(looking.into_actor(self).map(|(), this, ctx| {
            this.looking = false;
            if std::mem::take(&mut this.again) {
                ctx.notify(Look);
            }
        }))
    }
}

async fn look(desk: &Rc<Desk>, actor: &Addr<JobsActor>) -> Result<(), DatabaseError> {
    let (parts, jobs) = (&desk.parts, &desk.parts.jobs);
    if jobs.is_closed() {
        return Ok(());
    }
    let now = parts.clock.now();
    let alone = matches!(parts.database, Database::Sqlite(..));
    let stale = now.plus_secs(-if alone { STALE_ALONE_SECS } else { STALE_SECS }).naive();
    let mut conn = parts.database.get().await?;
    let old = now.naive() - TimeDelta::days(KEPT_DAYS);
    JobRow::prune(&mut conn, old, KEPT).await?;
    for text in JobRow::ownerless(&mut conn, &jobs.owner, stale).await? {
        // A place first: it keeps this process from working at a job twice, the claim others.
        let place = text.parse::<Uuid>().ok().and_then(|id| jobs.begin(id));
        let Some(live) = place else { continue };
        let id = live.id;
        match JobRow::claim(&mut conn, &text, &jobs.owner, stale, now.naive()).await {
            Ok(Some(row)) => {
                let worker = Worker::new(desk.clone(), live, row.kind.clone());
                let actor = actor.clone();
                actix_web::rt::spawn(async move {
                    worker.work(row).await;
                    // There is a place for the next.
                    actor.do_send(Look);
                });
            }
            Ok(None) => jobs.end(id),
            Err(error) => {
                jobs.end(id);
                return Err(error.into());
            }
        }
    }
    Ok(())
}

/// Makes the actor panic, so that tests see it come back.
#[derive(Message)]
#[rtype(result = "()")]
struct Crash;

impl Handler<Crash> for JobsActor {
    type Result = ();

    #[expect(clippy::panic, reason = "that is what it is for")]
    fn handle(&mut self, _: Crash, _: &mut Self::Context) {
        panic!("asked to");
    }
}

/// How the rest of the program speaks with the actor.
#[derive(Clone)]
pub struct JobsHandle(Mailbox<JobsActor>);

impl JobsHandle {
    /// A handle to that mailbox.
    pub fn new(mailbox: Mailbox<JobsActor>) -> Self {
        Self(mailbox)
    }

    /// There is a new job.
    pub fn nudge(&self) {
        self.0.tell(Look);
    }

    /// What the timer does, done now.
    pub async fn look(&self) -> Result<(), Unavailable> {
        self.0.ask(Look).await
    }

    /// Makes the actor panic. For tests.
    pub fn crash(&self) {
        self.0.tell(Crash);
    }
}
