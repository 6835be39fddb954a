//! Queues of the work that waits for a hashing thread: lanes, and turns of networks in each.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Jobs that wait in one lane.
pub const WAITING_MAX: usize = 64;

/// Jobs of one network that wait in one lane.
pub const NETWORK_MAX: usize = 8;

/// Networks whose last turn is remembered.
const TURNS_MAX: usize = 1024;

const LANES: usize = 3;

/// A queue for hashing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lane {
    /// Sign-ins from known devices, and what people who are signed in ask for.
    Known,
    /// Sign-ins of everyone else, from this network.
    SignIn(String),
    /// New passwords of people who have shown a code by mail, from this network.
    NewPassword(String),
}

impl Lane {
    const fn number(&self) -> usize {
        match self {
            Self::Known => 0,
            Self::SignIn(_) => 1,
            Self::NewPassword(_) => 2,
        }
    }

    /// The network that its jobs are counted for.
    pub fn network(&self) -> Option<&str> {
        match self {
            Self::Known => None,
            Self::SignIn(network) | Self::NewPassword(network) => Some(network),
        }
    }

    /// How long a job may wait for its turn.
    pub const fn patience(&self) -> Duration {
        Duration::from_secs(match self {
            Self::Known | Self::NewPassword(_) => 10,
            Self::SignIn(_) => 3,
        })
    }
}

/// How a lane stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LaneState {
    /// Its name.
    pub name: &'static str,
    /// Jobs that wait.
    pub waiting: usize,
    /// Jobs that were refused or given up so far.
    pub refused: u64,
}

/// The lanes' names, by their numbers.
const NAMES: [&str; LANES] = ["known", "sign_in", "new_password"];

/// Too many wait, or it took too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Busy;

/// Work that waits for its turn.
pub struct Job {
    /// The network that it is counted for.
    pub network: Option<String>,
    /// Set by the thread that begins it, or by the caller who gave up: whoever is first.
    pub claimed: Arc<AtomicBool>,
    /// What is to be done.
    pub work: Box<dyn FnOnce() + Send>,
}

/// The lanes, and who is next.
#[derive(Default)]
pub struct Queues {
    lanes: [VecDeque<Job>; LANES],
    refused: [u64; LANES],
    /// The lane that was served last.
    served: usize,
    turns: Turns,
    /// Nothing more comes.
    pub closed: bool,
}

/// Turns of the networks that have had one lately.
#[derive(Default)]
struct Turns {
    last: HashMap<String, u64>,
    count: u64,
}

impl Turns {
    /// Takes the first job of the network whose last turn is the longest ago.
    fn take(&mut self, queue: &mut VecDeque<Job>) -> Option<Job> {
        let turn = |job: &Job| job.network.as_ref().and_then(|it| self.last.get(it).copied());
        let (place, _) = queue.iter().enumerate().min_by_key(|(_, job)| turn(job))?;
        let job = queue.remove(place)?;
        if let Some(network) = &job.network {
            if self.last.len() >= TURNS_MAX {
                self.last.clear();
            }
            self.count += 1;
            self.last.insert(network.clone(), self.count);
        }
        Some(job)
    }
}

impl Queues {
    /// Takes a place at the end of a lane.
    ///
    /// # Errors
    /// The lane is full, or the job's network has all places that one may have.
    pub fn push(&mut self, lane: &Lane, job: Job) -> Result<(), Busy> {
        let queue = self.lanes.get_mut(lane.number()).ok_or(Busy)?;
        queue.retain(|job| !job.claimed.load(Ordering::Relaxed));
        let alike = queue.iter().filter(|other| other.network == job.network).count();
        let crowded = job.network.is_some() && alike >= NETWORK_MAX;
        if crowded || queue.len() >= WAITING_MAX {
            return Err(Busy);
        }
        queue.push_back(job);
        Ok(())
    }

    /// The next job, from the lane after the one that was served last.
    pub fn pop(&mut self) -> Option<Job> {
        for step in 1..=LANES {
            let lane = (self.served + step) % LANES;
            let queue = self.lanes.get_mut(lane);
            if let Some(job) = queue.and_then(|queue| self.turns.take(queue)) {
                self.served = lane;
                return Some(job);
            }
        }
        None
    }

    /// Counts a job that was refused or given up.
    pub fn refuse(&mut self, lane: &Lane) {
        if let Some(refused) = self.refused.get_mut(lane.number()) {
            *refused += 1;
        }
    }

    /// How the lanes stand.
    pub fn lanes(&self) -> Vec<LaneState> {
        let waits = |job: &&Job| !job.claimed.load(Ordering::Relaxed);
        let waiting = self.lanes.iter().map(|lane| lane.iter().filter(waits).count());
        let each = NAMES.into_iter().zip(waiting).zip(self.refused);
        each.map(|((name, waiting), refused)| LaneState { name, waiting, refused }).collect()
    }
}
