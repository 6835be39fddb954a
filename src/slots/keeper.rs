//! Who keeps the places of this process: renews them, and gives them back, in this order, so that
//! none is renewed that was given back.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::MissedTickBehavior;

use super::{TTL_MS, Ticket, script};
use crate::cache::Cache;

/// Between two times of saying that they are still held.
const RENEW_EVERY: Duration = Duration::from_secs(1);

/// Places in one step of Redis's, which everybody else waits for: about a millisecond.
const AT_ONCE: usize = 500;

/// What the keeper is told.
pub(super) enum Told {
    Held(Ticket),
    Freed(Ticket),
    Flush(oneshot::Sender<()>),
}

/// Keeps places until the program ends.
pub struct Keeper {
    cache: Cache,
    told: mpsc::UnboundedReceiver<Told>,
    /// Holders, and the names of their places.
    held: HashMap<String, Arc<str>>,
}

impl Keeper {
    pub(super) fn new(cache: Cache, told: mpsc::UnboundedReceiver<Told>) -> Self {
        Self { cache, told, held: HashMap::new() }
    }

    /// Keeps them, for ever.
    pub async fn run(mut self) {
        let mut again = tokio::time::interval(RENEW_EVERY);
        again.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut told = Vec::new();
        loop {
            tokio::select! {
                count = self.told.recv_many(&mut told, AT_ONCE) => {
                    if count == 0 {
                        return;
                    }
                    self.heed(&mut told).await;
                }
                _ = again.tick() => self.renew().await,
            }
        }
    }

    async fn heed(&mut self, told: &mut Vec<Told>) {
        let (mut freed, mut done) = (Vec::new(), Vec::new());
        for told in told.drain(..) {
            match told {
                Told::Held(Ticket { name, holder }) => drop(self.held.insert(holder, name)),
                Told::Freed(ticket) => {
                    self.held.remove(&ticket.holder);
                    freed.push(ticket);
                }
                Told::Flush(sender) => done.push(sender),
            }
        }
        if !freed.is_empty() {
            let names: Vec<&str> = freed.iter().map(Ticket::name).collect();
            let holders: Vec<&str> = freed.iter().map(Ticket::holder).collect();
            // With Redis away they end by themselves.
            let _: Option<i64> = self.cache.run(script::FREE, &names, &holders).await;
        }
        for sender in done {
            let _ = sender.send(());
        }
    }

    async fn renew(&self) {
        let held: Vec<(&String, &Arc<str>)> = self.held.iter().collect();
        for piece in held.chunks(AT_ONCE) {
            let names: Vec<&str> = piece.iter().map(|(_, name)| name.as_ref()).collect();
            let ttl = TTL_MS.to_string();
            let mut args = vec![ttl.as_str()];
            args.extend(piece.iter().map(|(holder, _)| holder.as_str()));
            let done: Option<i64> = self.cache.run(script::RENEW, &names, &args).await;
            if done.is_none() {
                return;
            }
        }
    }
}
