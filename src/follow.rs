//! Taking over what other processes have changed: settings, providers, routes.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::app::App;
use crate::db::DatabaseError;
use crate::{provider, settings};

/// Between two looks: how long another process's change may go unnoticed.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Looks again and again, until the other end of `stop` is dropped. A look under way is finished.
pub async fn until_stopped(app: Arc<App>, mut stop: oneshot::Receiver<()>) {
    let mut told = false;
    loop {
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            _ = &mut stop => return,
        }
        match look(&app).await {
            Ok(()) => told = false,
            Err(error) if !std::mem::replace(&mut told, true) => {
                log::warn!("settings, providers and routes stay as they were: {error}");
            }
            Err(_) => {}
        }
    }
}

async fn look(app: &App) -> Result<(), DatabaseError> {
    settings::refresh(app).await?;
    provider::reload::now(app).await
}
