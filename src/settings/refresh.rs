//! Taking over what this process, or another one, has changed.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::app::App;
use crate::db::DatabaseError;
use crate::models::setting::SettingRow;

/// How long another process's change may go unnoticed.
const EVERY: Duration = Duration::from_secs(10);

/// Reads the table, and lets what is changed act at once.
pub async fn refresh(app: &App) -> Result<(), DatabaseError> {
    let turn = app.settings.turn();
    let _turn = turn.lock().await;
    take_over(app).await
}

/// As [`refresh`], for whoever holds the turn.
pub async fn take_over(app: &App) -> Result<(), DatabaseError> {
    let before = app.settings.now();
    let rows = SettingRow::all(&mut app.database.get().await?).await?;
    app.settings.change(&SettingRow::texts(&rows));
    if app.settings.now() != before {
        app.actors.key_pool.obey();
    }
    Ok(())
}

/// Refreshes every ten seconds, until the other end of `quit` is dropped.
pub async fn follow(app: Arc<App>, mut quit: oneshot::Receiver<()>) {
    loop {
        tokio::select! {
            _ = &mut quit => return,
            () = tokio::time::sleep(EVERY) => {}
        }
        // With the database away everything stays as it is; others say so.
        let _ = refresh(&app).await;
    }
}
