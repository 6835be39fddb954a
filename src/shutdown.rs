//! Stopping, in the order in which work flows, so that nothing is lost on the way.

use std::sync::atomic::Ordering;
use std::time::Duration;

use actix_web::dev::ServerHandle;

use crate::app::App;
use crate::audit;

/// How long the last writes and mails are tried while the database or the mail server is away. With the drain before it, below
/// the ten seconds after which container runtimes kill.
const LAST_WRITES_FOR: Duration = Duration::from_secs(8);
const BETWEEN_WRITES: Duration = Duration::from_millis(250);

/// How long reading the audit log's head may take: it is no loss where the database is away.
const LAST_HEAD_FOR: Duration = Duration::from_secs(1);

/// How long, and how often, to look whether the last requests are counted: two seconds.
const LAST_REQUESTS_LOOKS: usize = 100;
const LAST_REQUESTS_EVERY: Duration = Duration::from_millis(20);

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
    //    Those who watch are sent home, since they would stay for ever.
    app.actors.events.close().await;
    // 2. Shut the door, and let the requests under way finish.
    server.stop(true).await;
    for _ in 0..LAST_REQUESTS_LOOKS {
        if app.actors.stats.under_way() == 0 {
            break;
        }
        // A request that was cut off is counted when its worker drops it, just after.
        tokio::time::sleep(LAST_REQUESTS_EVERY).await;
    }
    // 3. Leave the jobs as they are: the next process goes on with them.
    app.jobs.close();
    for _ in 0..LAST_REQUESTS_LOOKS {
        if app.jobs.is_idle() {
            break;
        }
        tokio::time::sleep(LAST_REQUESTS_EVERY).await;
    }
    // 4. Write and send what the actors still hold: nobody adds to it any more.
    let written = tokio::time::timeout(LAST_WRITES_FOR, last_writes(app));
    let sent = tokio::time::timeout(LAST_WRITES_FOR, last_mails(app));
    let noted = tokio::time::timeout(LAST_WRITES_FOR, last_failures(app));
    let (written, sent, noted) = tokio::join!(written, sent, noted);
    app.actors.stats.close();
    if written.is_err() {
        log::error!(
            "the database is away: statistics wait in DATA_DIR, the last key states are lost"
        );
    }
    if noted.is_err() {
        log::error!("the database is away: the last refused sign-ins are not in the audit log");
    }
    if sent.is_err() {
        log::error!("the mail server is away: {} mails are lost", app.actors.mail.queued());
    }
    // 5. Let the others know what was used, and have the places that were held here.
    app.limiter.flush().await;
    app.slots.flush().await;
    // 6. The pools of connections close when they are dropped.
    log::info!("stopped");
}

/// Writes the last statistics and key states, however often that takes.
async fn last_writes(app: &App) {
    let written = async || {
        let counted = matches!(app.actors.stats.flush().await, Ok(Ok(())));
        counted && matches!(app.actors.key_pool.save().await, Ok(true))
    };
    while !written().await {
        tokio::time::sleep(BETWEEN_WRITES).await;
    }
}

/// Writes the last refused sign-ins to the audit log, however often that takes, and its head to the
/// program's log.
async fn last_failures(app: &App) {
    while audit::failures::write(app, true).await.is_err() {
        tokio::time::sleep(BETWEEN_WRITES).await;
    }
    if tokio::time::timeout(LAST_HEAD_FOR, audit::head::tell(app)).await.is_err() {
        log::warn!("the audit log's head can't be read in time");
    }
}

/// Sends the last mails, however often that takes.
async fn last_mails(app: &App) {
    app.actors.mail.hurry();
    while app.actors.mail.queued() > 0 {
        tokio::time::sleep(BETWEEN_WRITES).await;
    }
}
