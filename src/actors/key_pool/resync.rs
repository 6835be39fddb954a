//! Learning of keys that other processes added or deleted: the command line, or another service
//! on the same database.
//!
//! A look is two counts. Only what is new is read; all ids are compared only when the number of
//! keys says that some are missing or too many, so a quiet database costs next to nothing.

use std::collections::HashSet;
use std::time::Duration;

use actix::prelude::*;
use actix_web::http::header::HeaderValue;
use tokio::sync::oneshot;

use super::header::authorization;
use super::{KeyPoolActor, KeyPoolSettings};
use crate::db::{Conn, Database, DatabaseError};
use crate::models::key_state;
use crate::models::upstream_key::UpstreamKey;
use crate::pool::key::{KeyId, KeySpec};

/// Between two looks: how long another process's change may go unnoticed.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// Keys read and given to the pool at once: it serves nobody meanwhile.
const CHUNK: i64 = 200;

/// Ids compared at once.
const IDS: i64 = 10_000;

/// What the actor remembers for the next look.
#[derive(Default)]
pub struct Resync {
    /// Keys that no configured encryption key opens.
    pub unreadable: HashSet<KeyId>,
    highest: KeyId,
    /// While a look is under way: what was deleted here meanwhile, which it may have read before.
    gone_meanwhile: Option<HashSet<KeyId>>,
    /// Who asked for a look while one was under way, which may be past what is new: they wait for
    /// the next one.
    again: Vec<oneshot::Sender<bool>>,
}

impl Resync {
    /// Keys up to this one are known.
    pub fn seen(&mut self, key: KeyId) {
        self.highest = self.highest.max(key);
    }

    /// This key was just deleted.
    pub fn gone(&mut self, key: KeyId) {
        self.unreadable.remove(&key);
        self.gone_meanwhile.iter_mut().for_each(|gone| {
            gone.insert(key);
        });
    }
}

/// Looks from now on, again and again.
pub fn begin(ctx: &mut Context<KeyPoolActor>) {
    ctx.run_interval(LOOK_EVERY, |_, ctx| ctx.notify(LookAround));
}

/// Asks for a look that begins after this message; true when the database answered.
#[derive(Message)]
#[rtype(result = "bool")]
pub struct LookAround;

impl Handler<LookAround> for KeyPoolActor {
    type Result = ResponseActFuture<Self, bool>;

    fn handle(&mut self, _: LookAround, ctx: &mut Self::Context) -> Self::Result {
        if self.resync.gone_meanwhile.is_some() {
            let (answer, next) = oneshot::channel();
            self.resync.again.push(answer);
            return Box::pin(async { next.await.unwrap_or(false) }.into_actor(self));
        }
        self.resync.gone_meanwhile = Some(HashSet::new());
        let waiting = std::mem::take(&mut self.resync.again);
        let look = Look {
            settings: self.settings.clone(),
            myself: ctx.address(),
            known: self.authorizations.len() + self.resync.unreadable.len(),
            highest: self.resync.highest,
        };
        Box::pin(look.run().into_actor(self).map(|looked, this, ctx| {
            this.resync.gone_meanwhile = None;
            if !this.resync.again.is_empty() {
                ctx.notify(LookAround);
            }
            if let Err(error) = &looked {
                log::debug!("no look for other processes' keys: {error}");
            }
            for answer in waiting {
                // Whoever asked may have left.
                let _ = answer.send(looked.is_ok());
            }
            looked.is_ok()
        }))
    }
}

struct Look {
    settings: KeyPoolSettings,
    myself: Addr<KeyPoolActor>,
    known: usize,
    highest: KeyId,
}

impl Look {
    async fn run(mut self) -> Result<(), DatabaseError> {
        let database: Database = self.settings.database.clone();
        let mut conn = database.get().await?;
        let (count, highest) = UpstreamKey::extent(&mut conn).await?;
        while self.highest < highest {
            let rows = UpstreamKey::after(&mut conn, self.highest, CHUNK).await?;
            let Some(last) = rows.last().map(|row| row.id) else { break };
            self.highest = last;
            self.known += self.found(&mut conn, rows).await?;
        }
        if i64::try_from(self.known).is_ok_and(|known| known != count) {
            self.compare(&mut conn).await?;
        }
        Ok(())
    }

    /// Walks over all ids: a transaction may commit a lower id after a higher one, and deletions
    /// leave no trace.
    async fn compare(&self, conn: &mut Conn<'_>) -> Result<(), DatabaseError> {
        let Ok(mut known) = self.myself.send(KnownIds).await else { return Ok(()) };
        let (mut last, mut missing) = (0, Vec::new());
        loop {
            let ids = UpstreamKey::ids_after(conn, last, IDS).await?;
            let Some(end) = ids.last() else { break };
            last = *end;
            missing.extend(ids.into_iter().filter(|id| !known.remove(id)));
        }
        for ids in missing.chunks(usize::try_from(CHUNK).unwrap_or(usize::MAX)) {
            let rows = UpstreamKey::by_ids(conn, ids).await?;
            self.found(conn, rows).await?;
        }
        let _ = self.myself.send(Gone(known)).await;
        Ok(())
    }

    /// Hands keys to the actor, chunk by chunk, so that leases go on between them. Returns how many
    /// it did not know.
    async fn found(
        &self,
        conn: &mut Conn<'_>,
        rows: Vec<UpstreamKey>,
    ) -> Result<usize, DatabaseError> {
        let specs = key_state::specs(conn, &rows).await?;
        let keys = rows.into_iter().zip(specs).map(|(row, spec)| {
            let header = authorization(&self.settings.vault, &row).ok();
            (row.provider, spec, header)
        });
        Ok(self.myself.send(Found(keys.collect())).await.unwrap_or(0))
    }
}

/// Keys that the database has; without a header where no encryption key opens them. Answers how
/// many were new.
#[derive(Message)]
#[rtype(result = "usize")]
struct Found(Vec<(String, KeySpec, Option<HeaderValue>)>);

impl Handler<Found> for KeyPoolActor {
    type Result = usize;

    fn handle(&mut self, Found(keys): Found, _: &mut Self::Context) -> usize {
        let (now, mut new) = (self.settings.clock.now(), 0);
        for (provider, spec, header) in keys {
            self.resync.seen(spec.id);
            let deleted = self.resync.gone_meanwhile.as_ref();
            // One that was added here in between is in use already, with what it has learned.
            if self.authorizations.contains_key(&spec.id)
                || deleted.is_some_and(|gone| gone.contains(&spec.id))
            {
                continue;
            }
            let Some(header) = header else {
                new += usize::from(self.resync.unreadable.insert(spec.id));
                continue;
            };
            self.resync.unreadable.remove(&spec.id);
            self.pool.put(&provider, &spec, now);
            self.authorizations.insert(spec.id, header);
            new += 1;
        }
        if new > 1 {
            self.begin_anywhere();
        }
        new
    }
}

/// Asks which keys the pool knows.
#[derive(Message)]
#[rtype(result = "HashSet<KeyId>")]
struct KnownIds;

impl Handler<KnownIds> for KeyPoolActor {
    type Result = MessageResult<KnownIds>;

    fn handle(&mut self, _: KnownIds, _: &mut Self::Context) -> Self::Result {
        let readable = self.authorizations.keys();
        MessageResult(readable.chain(&self.resync.unreadable).copied().collect())
    }
}

/// These are no longer in the database.
#[derive(Message)]
#[rtype(result = "()")]
struct Gone(HashSet<KeyId>);

impl Handler<Gone> for KeyPoolActor {
    type Result = ();

    fn handle(&mut self, Gone(keys): Gone, _: &mut Self::Context) {
        for key in keys {
            self.pool.forget(key);
            self.authorizations.remove(&key);
            self.resync.unreadable.remove(&key);
        }
    }
}
