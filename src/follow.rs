//! Taking over what other processes have changed: settings, providers, routes, and client tokens.

mod tokens;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use self::tokens::Seen;
use crate::app::App;
use crate::db::DatabaseError;
use crate::{provider, settings};

/// Between two looks: how long another process's change may go unnoticed.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// The same of client tokens: what was switched off is refused within a second.
const TOKENS_EVERY: Duration = Duration::from_millis(500);

/// Looks again and again, until the other end of `stop` is dropped. A look under way is finished.
pub async fn until_stopped(app: Arc<App>, stop: watch::Receiver<()>) {
    let (mut told, mut seen) = (false, Seen::default());
    let all = again_and_again(LOOK_EVERY, stop.clone(), async || match look(&app).await {
        Ok(()) => told = false,
        Err(error) if !std::mem::replace(&mut told, true) => {
            log::warn!("settings, providers, routes and tokens stay as they were: {error}");
        }
        Err(_) => {}
    });
    let tokens = again_and_again(TOKENS_EVERY, stop, async || {
        // With the database away, the other look tells of it.
        let _ = tokens::look(&app, &mut seen).await;
    });
    tokio::join!(all, tokens);
}

async fn again_and_again(
    every: Duration,
    mut stop: watch::Receiver<()>,
    mut look: impl AsyncFnMut(),
) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(every) => {}
            _ = stop.changed() => return,
        }
        look().await;
    }
}

/// Takes over settings, providers and routes as the database has them.
pub async fn look(app: &App) -> Result<(), DatabaseError> {
    settings::refresh(app).await?;
    provider::reload::now(app).await
}
