//! Places of keys and accounts over all replicas: who has a key with a cap on loan holds one.

use super::lease::Lease;
use crate::actors::Parts;
use crate::peers::{Peers, Share};
use crate::pool::elsewhere::{Place, Whose};
use crate::slots::{Full, Slot, Slots};

/// Where places are taken; clones share it.
#[derive(Clone)]
pub struct Seats {
    slots: Slots,
    peers: Peers,
    /// There is a Redis, be it away.
    shared: bool,
}

/// What came of asking for the places of a loan.
pub enum Seated {
    /// They are held.
    Yes(Vec<Slot>),
    /// All of these are taken.
    Full(Whose),
    /// Redis is away, and the loan was given as if it were there.
    Outdated,
}

impl Seats {
    /// From the program's parts.
    pub fn new(parts: &Parts) -> Self {
        let (slots, peers) = (parts.slots.clone(), parts.peers.clone());
        Self { slots, peers, shared: parts.replicas.are_possible() }
    }

    /// Whether loans need places at all.
    pub fn are_shared(&self) -> bool {
        self.shared
    }

    /// What this process may lend of each cap: all of it while places are asked for.
    pub fn share(&self) -> Share {
        if self.shared && !self.slots.are_there() { self.peers.share() } else { Share::WHOLE }
    }

    /// Takes all places of a loan, or none. `waits` is how often this request has waited for one
    /// that may be on its way back.
    pub async fn take(&self, lease: &Lease, waits: &mut u32) -> Seated {
        let mut held = Vec::new();
        for place in &lease.places {
            match self.take_one(&name(lease, place), place.cap, waits).await {
                Some(Ok(slot)) => held.push(slot),
                Some(Err(Full)) => return Seated::Full(place.whose.clone()),
                None if lease.share != self.peers.share() => return Seated::Outdated,
                // Others will know of it when Redis is back.
                None => held.push(self.slots.keep(self.slots.ticket(name(lease, place)))),
            }
        }
        Seated::Yes(held)
    }

    async fn take_one(&self, name: &str, cap: u32, waits: &mut u32) -> Option<Result<Slot, Full>> {
        loop {
            let taken = self.slots.take(name, cap).await?;
            if taken.is_ok() || !self.slots.wait(waits).await {
                return Some(taken);
            }
        }
    }
}

/// Under which the places are in Redis, behind the prefix.
fn name(lease: &Lease, place: &Place) -> String {
    match &place.whose {
        Whose::Account(account) => format!("slots:account:{}:{account}", lease.provider.id),
        Whose::Key(key) => format!("slots:key:{key}"),
    }
}
