//! Reading once for all who wait for it.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Mutex;

/// Whose turn it is to read, and what came of the last time.
#[derive(Default)]
pub struct Reading {
    went_well: Mutex<bool>,
    times: AtomicU64,
}

impl Reading {
    /// Reads, or waits for whoever reads already and takes what comes of that: of many who come at
    /// once, while the database is slow or away, each would otherwise wait for all before it.
    pub async fn once(&self, read: impl Future<Output = bool>) -> bool {
        let before = self.times.load(Ordering::Acquire);
        let mut went_well = self.went_well.lock().await;
        if self.times.load(Ordering::Acquire) == before {
            *went_well = read.await;
            self.times.fetch_add(1, Ordering::Release);
        }
        *went_well
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use futures_util::future::join_all;
    use tokio::task::yield_now;

    use super::Reading;

    #[tokio::test]
    async fn whoever_waits_takes_what_was_read() {
        let (reading, times) = (Reading::default(), Cell::new(0));
        for (round, well) in [(1, true), (2, false), (3, true)] {
            let read = async || {
                times.set(times.get() + 1);
                yield_now().await;
                well
            };
            let all = join_all((0..5).map(|_| reading.once(read()))).await;
            assert_eq!((all, times.get()), (vec![well; 5], round));
        }
    }
}
