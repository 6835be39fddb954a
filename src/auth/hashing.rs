//! Threads on which passwords are hashed, and whose turn it is.
//!
//! Hashing takes a processor for a quarter of a second, so whoever can ask for it can make others
//! wait. Each lane has a queue of its own; threads take from the lanes in turn, and in a lane from the
//! networks that wait there, so that however many come from one, the others go on. Places in a queue
//! are few, few of them for one network, and nobody waits past the lane's patience: the caller is
//! told to come back.

mod queues;
#[cfg(test)]
mod tests;

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use tokio::sync::oneshot;

pub use self::queues::{Busy, Lane, LaneState};
use self::queues::{Job, Queues};

#[derive(Default)]
struct Shared {
    queues: Mutex<Queues>,
    arrived: Condvar,
}

/// The threads; they end when this is dropped.
pub struct Hashing(Arc<Shared>);

impl Hashing {
    /// Starts so many threads.
    pub fn start(threads: usize) -> io::Result<Self> {
        let this = Self(Arc::default());
        for number in 0..threads.max(1) {
            let shared = this.0.clone();
            thread::Builder::new()
                .name(format!("hashing-{number}"))
                .spawn(move || serve(&shared))?;
        }
        Ok(this)
    }

    /// The result of this work, once its turn has come; none when it panics.
    pub async fn run<T: Send + 'static>(
        &self,
        lane: &Lane,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<Option<T>, Busy> {
        let done = self.run_within(lane, lane.patience(), work).await;
        if done.is_err() {
            self.0.queues.lock().refuse(lane);
        }
        done
    }

    /// How the lanes stand.
    pub fn lanes(&self) -> Vec<LaneState> {
        self.0.queues.lock().lanes()
    }

    async fn run_within<T: Send + 'static>(
        &self,
        lane: &Lane,
        patience: Duration,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<Option<T>, Busy> {
        let (done, mut result) = oneshot::channel();
        let claimed = Arc::new(AtomicBool::new(false));
        // A caller who leaves takes the job along.
        let given_up = GivenUp(claimed.clone());
        let job = Job {
            network: lane.network().map(str::to_owned),
            claimed,
            work: Box::new(move || {
                let _ = done.send(work());
            }),
        };
        self.0.queues.lock().push(lane, job)?;
        self.0.arrived.notify_one();
        match tokio::time::timeout(patience, &mut result).await {
            Ok(result) => Ok(result.ok()),
            Err(_) if given_up.is_first() => Err(Busy),
            Err(_) => Ok(result.await.ok()),
        }
    }
}

impl Drop for Hashing {
    fn drop(&mut self) {
        self.0.queues.lock().closed = true;
        self.0.arrived.notify_all();
    }
}

/// Claims a job that nobody wants any more, at the latest when it is dropped.
struct GivenUp(Arc<AtomicBool>);

impl GivenUp {
    fn is_first(&self) -> bool {
        !self.0.swap(true, Ordering::Relaxed)
    }
}

impl Drop for GivenUp {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn serve(shared: &Shared) {
    loop {
        let mut queues = shared.queues.lock();
        let job = loop {
            if let Some(job) = queues.pop() {
                break job;
            }
            if queues.closed {
                return;
            }
            shared.arrived.wait(&mut queues);
        };
        drop(queues);
        if !job.claimed.swap(true, Ordering::Relaxed) {
            // Its caller is told by the channel that ends with it.
            let _ = catch_unwind(AssertUnwindSafe(job.work));
        }
    }
}
