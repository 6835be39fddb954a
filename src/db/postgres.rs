//! Postgres over the driver that diesel-async brings.

use std::time::Duration;

use diesel::{ConnectionError, ConnectionResult};
use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};

/// A host that swallows packets must not hold a caller for the kernel's two minutes.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Sorting the ids of 100,000 keys takes 8 MB; with less the server sorts on its disk. It is only
/// taken while something is sorted.
const SETUP: &str = "SET work_mem = '16MB'";

/// Opens one connection.
pub async fn establish(url: &str) -> ConnectionResult<AsyncPgConnection> {
    let opening = async {
        let mut conn = AsyncPgConnection::establish(url).await?;
        conn.batch_execute(SETUP).await.map_err(ConnectionError::CouldntSetupConfiguration)?;
        Ok(conn)
    };
    match tokio::time::timeout(CONNECT_TIMEOUT, opening).await {
        Ok(opened) => opened,
        Err(_) => Err(ConnectionError::BadConnection("no answer in 5 s".to_owned())),
    }
}
