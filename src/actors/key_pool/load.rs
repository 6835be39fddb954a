//! Reading all keys at start.

use std::collections::HashMap;
use std::time::Duration;

use actix_web::http::header::HeaderValue;

use super::KeyPoolSettings;
use super::header::authorization;
use super::resync::Resync;
use crate::db::DatabaseError;
use crate::models::key_state;
use crate::models::upstream_key::UpstreamKey;
use crate::pool::Pool;
use crate::pool::key::KeyId;

/// Rows read at once. More are no quicker, and what the database's library took for them stays with
/// the process.
const CHUNK: i64 = 100;

/// Between two tries while the database is away.
const RETRY_EVERY: Duration = Duration::from_millis(500);

/// The pool with all its keys, and the header that carries each.
pub struct Loaded {
    pub pool: Pool,
    pub authorizations: HashMap<KeyId, HeaderValue>,
    pub resync: Resync,
}

/// Reads all keys, however long the database takes to come back.
pub async fn until_loaded(settings: KeyPoolSettings) -> Loaded {
    let mut told = false;
    loop {
        match all(&settings).await {
            Ok(loaded) => return loaded,
            Err(error) => {
                if !std::mem::replace(&mut told, true) {
                    log::error!("keys can't be loaded yet: {error}");
                }
                tokio::time::sleep(RETRY_EVERY).await;
            }
        }
    }
}

/// Puts keys into the pool chunk by chunk, so that their rows are never in memory all at once.
async fn all(settings: &KeyPoolSettings) -> Result<Loaded, DatabaseError> {
    let mut conn = settings.database.get().await?;
    let mut loaded = Loaded {
        pool: Pool::new(settings.rules()),
        authorizations: HashMap::new(),
        resync: Resync::default(),
    };
    for (provider, keys) in UpstreamKey::by_provider(&mut conn).await? {
        let keys = usize::try_from(keys).unwrap_or(0);
        loaded.pool.reserve(&provider, keys);
        loaded.authorizations.reserve(keys);
    }
    let mut last = 0;
    loop {
        let rows = UpstreamKey::after(&mut conn, last, CHUNK).await?;
        let Some(end) = rows.last() else { break };
        last = end.id;
        let specs = key_state::specs(&mut conn, &rows).await?;
        let now = settings.clock.now();
        for (row, spec) in rows.iter().zip(specs) {
            let Ok(header) = authorization(&settings.vault, row) else {
                loaded.resync.unreadable.insert(row.id);
                continue;
            };
            loaded.pool.put(&row.provider, &spec, now);
            loaded.authorizations.insert(row.id, header);
        }
    }
    loaded.resync.seen(last);
    let unreadable = loaded.resync.unreadable.len();
    if unreadable > 0 {
        log::error!(
            "{unreadable} keys can't be decrypted, because of another ENCRYPTION_KEY or a change of \
             their rows: left out"
        );
    }
    Ok(loaded)
}
