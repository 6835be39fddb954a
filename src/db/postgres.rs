//! Postgres over the driver that diesel-async brings.

use std::time::Duration;

use diesel::{ConnectionError, ConnectionResult};
use diesel_async::{AsyncConnection, AsyncPgConnection};

/// A host that swallows packets must not hold a caller for the kernel's two minutes.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Opens one connection.
pub async fn establish(url: &str) -> ConnectionResult<AsyncPgConnection> {
    match tokio::time::timeout(CONNECT_TIMEOUT, AsyncPgConnection::establish(url)).await {
        Ok(opened) => opened,
        Err(_) => Err(ConnectionError::BadConnection("no answer in 5 s".to_owned())),
    }
}
