//! Providers, aliases and fallbacks as the database has them: at once in the process that changed
//! them, within seconds in the others.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use super::routes::Tables;
use crate::app::App;
use crate::db::DatabaseError;
use crate::models::provider::ProviderRow;
use crate::models::route::{Alias, FallbackStep};
use crate::upstream::catalogue;

/// Between two looks: how long another process's change may go unnoticed, and half of it.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Takes over what the database holds. What can't be read leaves everything as it is.
pub async fn now(app: &App) -> Result<(), DatabaseError> {
    let _turn = app.routes.turn.lock().await;
    let mut conn = app.database.get().await?;
    let rows = ProviderRow::all(&mut conn).await?;
    let (aliases, steps) = (Alias::all(&mut conn).await?, FallbackStep::all(&mut conn).await?);
    drop(conn);
    app.routes.change(Tables::new(aliases, steps));
    for moved in app.providers.change(&rows) {
        catalogue::forget(app, &moved).await;
    }
    Ok(())
}

/// Looks again and again, until the other end of `stop` is dropped. A look under way is finished.
pub async fn until_stopped(app: Arc<App>, mut stop: oneshot::Receiver<()>) {
    let mut told = false;
    loop {
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            _ = &mut stop => return,
        }
        match now(&app).await {
            Ok(()) => told = false,
            Err(error) if !std::mem::replace(&mut told, true) => {
                log::warn!("providers and routes stay as they were: {error}");
            }
            Err(_) => {}
        }
    }
}
