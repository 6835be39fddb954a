//! Providers, aliases and fallbacks as the database has them: at once in the process that changed
//! them, within seconds in the others.

use super::routes::Tables;
use crate::app::App;
use crate::db::DatabaseError;
use crate::models::provider::ProviderRow;
use crate::models::route::{Alias, FallbackStep};
use crate::replicas::News;
use crate::upstream::catalogue;

/// As [`now`], here and in every other replica.
pub async fn everywhere(app: &App) -> Result<(), DatabaseError> {
    app.replicas.tell(News::of_settings());
    now(app).await
}

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
