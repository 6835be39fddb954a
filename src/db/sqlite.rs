//! SQLite made asynchronous in a way that suits actix-web's single-threaded workers.

use std::error::Error;
use std::pin::Pin;
use std::sync::mpsc::{Receiver, sync_channel};
use std::task::{Context, Poll};

use diesel::connection::AnsiTransactionManager;
use diesel::sqlite::SqliteConnection;
use diesel::{ConnectionError, ConnectionResult, QueryResult};
use diesel_async::sync_connection_wrapper::{SpawnBlocking, SyncConnectionWrapper};
use diesel_async::{AsyncConnection, SimpleAsyncConnection};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

/// A SQLite connection whose statements run on blocking threads.
pub type AsyncSqliteConnection = SyncConnectionWrapper<SqliteConnection, BlockingPool>;

/// Readers go on while one writer writes, and a second writer waits its turn.
const SETUP: &str = "PRAGMA journal_mode = WAL; \
                     PRAGMA busy_timeout = 5000; \
                     PRAGMA synchronous = NORMAL; \
                     PRAGMA foreign_keys = ON;";

/// Opens one connection to the file at `path`, which is made when missing.
pub async fn establish(path: &str) -> ConnectionResult<AsyncSqliteConnection> {
    let mut conn = AsyncSqliteConnection::establish(path).await?;
    conn.batch_execute(SETUP).await.map_err(ConnectionError::CouldntSetupConfiguration)?;
    Ok(conn)
}

/// Begins a transaction that may write.
///
/// A plain `BEGIN` takes the write lock at its first write, and fails at once if another writer
/// committed since its first read. Taking the lock up front makes it wait instead.
pub async fn begin_immediate(conn: &mut AsyncSqliteConnection) -> QueryResult<()> {
    conn.spawn_blocking(|conn| {
        AnsiTransactionManager::begin_transaction_sql(conn, "BEGIN IMMEDIATE")
    })
    .await
}

/// Runs statements on the blocking threads of the runtime that opened the connection.
///
/// The runner that diesel-async ships waits for an abandoned statement with `block_in_place`,
/// which panics on a single-threaded runtime, and each actix-web worker is one.
pub struct BlockingPool(Handle);

impl SpawnBlocking for BlockingPool {
    fn spawn_blocking<'a, R>(
        &mut self,
        task: impl FnOnce() -> R + Send + 'static,
    ) -> BoxFuture<'a, Result<R, Box<dyn Error + Send + Sync + 'static>>>
    where
        R: Send + 'static,
    {
        let (running, finished) = sync_channel::<()>(0);
        let task = self.0.spawn_blocking(move || {
            let result = task();
            drop(running);
            result
        });
        Statement { task, finished }.boxed()
    }

    fn get_runtime() -> Self {
        Self(Handle::current())
    }
}

struct Statement<R> {
    task: JoinHandle<R>,
    finished: Receiver<()>,
}

impl<R> Future for Statement<R> {
    type Output = Result<R, Box<dyn Error + Send + Sync + 'static>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.task).poll(cx).map_err(Into::into)
    }
}

impl<R> Drop for Statement<R> {
    /// Waits for an abandoned statement, so that the pool gets a connection nobody else holds.
    fn drop(&mut self) {
        // Nothing is ever sent: this returns when the task drops its end.
        let _ = self.finished.recv();
    }
}
