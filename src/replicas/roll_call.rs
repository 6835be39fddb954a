//! Who is there: each replica says so in the database, which is there while Redis is away, and looks
//! who else has.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::app::App;
use crate::db::DatabaseError;
use crate::models::lease;

/// Between two times of saying that this one is there.
const EVERY: Duration = Duration::from_secs(2);

/// Seconds after which one that says nothing any more is taken for dead.
const DEAD_AFTER_SECS: i64 = 10;

/// Says that this one is there, and looks who else is.
pub async fn answer(app: &App) -> Result<(), DatabaseError> {
    let Some(me) = app.peers.me() else { return Ok(()) };
    let (now, until) = (app.clock.now(), app.clock.now().plus_secs(DEAD_AFTER_SECS));
    let mut conn = app.database.get().await?;
    app.peers.are(&lease::present(&mut conn, me, now.naive(), until.naive()).await?);
    Ok(())
}

/// Answers again and again, until the other end of `stop` is dropped. With the database away it
/// goes by what was known last.
pub async fn until_stopped(app: Arc<App>, mut stop: watch::Receiver<()>) {
    let Some(me) = app.peers.me() else { return };
    loop {
        let _ = answer(&app).await;
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            _ = stop.changed() => break,
        }
    }
    // Else the others find out by themselves.
    if let Ok(mut conn) = app.database.get().await {
        let _ = lease::leave(&mut conn, me).await;
    }
}
