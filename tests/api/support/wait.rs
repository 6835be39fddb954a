//! Waiting for what a test can't be told of.

use std::time::Duration;

/// Longer than anything here takes on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The future's result, or the end of the test.
pub async fn in_time<T>(what: &str, work: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, work).await {
        Ok(done) => done,
        Err(_) => panic!("took too long: {what}"),
    }
}

/// Asks until the answer is yes.
pub async fn until(what: &str, mut ask: impl AsyncFnMut() -> bool) {
    in_time(what, async {
        while !ask().await {
            tokio::task::yield_now().await;
        }
    })
    .await;
}
