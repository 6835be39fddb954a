//! Taking over what this process, or another one, has changed.

use crate::app::App;
use crate::db::DatabaseError;
use crate::models::setting::SettingRow;

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
