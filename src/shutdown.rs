//! Stopping, in the order in which work flows, so that nothing is lost on the way.

use std::sync::atomic::Ordering;
use std::time::Duration;

use actix_web::dev::ServerHandle;

use crate::app::App;

/// How often the last write is tried while the database is away.
const LAST_WRITES: usize = 5;
const BETWEEN_WRITES: Duration = Duration::from_secs(1);

/// Resolves at SIGTERM or SIGINT.
pub async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let terminate = signal(SignalKind::terminate());
    let interrupt = signal(SignalKind::interrupt());
    let (Ok(mut terminate), Ok(mut interrupt)) = (terminate, interrupt) else {
        log::error!("signals can't be received: only a kill will stop this");
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}

/// Stops everything.
pub async fn stop(app: &App, server: &ServerHandle) {
    log::info!("stopping");
    // 1. Say so: /readyz turns 503, and every answer closes its connection, so that load
    //    balancers and clients go elsewhere before the door is shut.
    app.draining.store(true, Ordering::Release);
    tokio::time::sleep(Duration::from_millis(app.config.server.drain_ms)).await;
    // 2. Shut the door, and let the requests under way finish.
    server.stop(true).await;
    // 3. Write what the actors still hold: nobody adds to it any more.
    for _ in 0..LAST_WRITES {
        if matches!(app.actors.stats.flush().await, Ok(Ok(()))) {
            break;
        }
        tokio::time::sleep(BETWEEN_WRITES).await;
    }
    let state = app.actors.stats.observe().await;
    if let Ok(state) = state
        && state.written < state.recorded
    {
        log::error!("statistics of {} requests are lost", state.recorded - state.written);
    }
    if !matches!(app.actors.key_pool.save().await, Ok(true)) {
        log::error!("the last key states are lost; keys will find their limits again");
    }
    // 4. The pools of connections close when they are dropped.
    log::info!("stopped");
}
