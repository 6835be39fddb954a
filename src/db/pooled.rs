//! A pool of connections and the runtime that it works on.

use std::sync::Arc;
use std::time::Duration;

// The one that diesel-async's pools are made of, too.
use bb8_redis::bb8::{ManageConnection, Pool, PooledConnection};
use diesel::{ConnectionError, ConnectionResult};
use diesel_async::AsyncConnection;
use diesel_async::pooled_connection::bb8::RunError;
use diesel_async::pooled_connection::{
    AsyncDieselConnectionManager, ManagerConfig, PoolError, RecyclingMethod,
};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::runtime::Handle;

use super::{Connections, DatabaseError};
use crate::last_failure::LastFailure;

/// How long a caller waits for a free connection.
const CHECKOUT_TIMEOUT: Duration = Duration::from_secs(5);

/// Opens one connection.
type Establish<C> = Arc<dyn Fn() -> BoxFuture<'static, ConnectionResult<C>> + Send + Sync>;

/// The pool; clones share it.
pub struct Pooled<M: ManageConnection> {
    pool: Pool<M>,
    home: Handle,
    last_failure: LastFailure<String>,
}

impl<M: ManageConnection> Clone for Pooled<M> {
    fn clone(&self) -> Self {
        let Self { pool, home, last_failure } = self;
        Self { pool: pool.clone(), home: home.clone(), last_failure: last_failure.clone() }
    }
}

/// One of connections of this type.
pub type PoolOf<C> = Pooled<AsyncDieselConnectionManager<C>>;

impl<C: AsyncConnection + 'static> PoolOf<C>
where
    AsyncDieselConnectionManager<C>: ManageConnection<Error = PoolError>,
{
    /// A pool of at most `size` connections. Nothing is opened before it is asked for; each then
    /// lives on the runtime on which this is called.
    pub fn new(
        size: u32,
        establish: impl Fn() -> BoxFuture<'static, ConnectionResult<C>> + Send + Sync + 'static,
    ) -> Self {
        let (home, last_failure) = (Handle::current(), LastFailure::default());
        let manager = manager(Arc::new(establish), home.clone(), last_failure.clone());
        let pool = Pool::builder().max_size(size).connection_timeout(CHECKOUT_TIMEOUT);
        Self { pool: pool.build_unchecked(manager), home, last_failure }
    }
}

impl<M: ManageConnection<Error = PoolError>> Pooled<M> {
    /// Takes a connection out; waits up to five seconds for one.
    ///
    /// The pool is asked on its own runtime. On a web worker's, the task in which it tries to
    /// connect would end with the worker, and the pool would wait for it for ever: with the database
    /// away at the stop, the last write would not even be tried.
    pub async fn get(&self) -> Result<PooledConnection<'static, M>, DatabaseError> {
        let pool = self.pool.clone();
        let got = self.home.spawn(async move { pool.get_owned().await }).await;
        got.unwrap_or(Err(RunError::TimedOut)).map_err(|error| {
            self.last_failure.get().map_or_else(|| error.into(), DatabaseError::Away)
        })
    }

    /// How it stands.
    pub fn connections(&self) -> Connections {
        let state = self.pool.state();
        Connections {
            open: state.connections,
            idle: state.idle_connections,
            direct: state.statistics.get_direct,
            waited: state.statistics.get_waited,
            timed_out: state.statistics.get_timed_out,
        }
    }
}

/// Opens connections on that runtime, whichever thread asks for them later.
fn manager<C>(
    establish: Establish<C>,
    home: Handle,
    last_failure: LastFailure<String>,
) -> AsyncDieselConnectionManager<C>
where
    C: AsyncConnection + 'static,
{
    let mut config = ManagerConfig::default();
    // Connections that died while idle are found out before anybody gets them: after a restart of
    // the database each would fail one request, or one of the last writes at shutdown.
    config.recycling_method = RecyclingMethod::Verified;
    config.custom_setup = Box::new(move |_| {
        let last_failure = last_failure.clone();
        let opening = home.spawn(establish());
        let opening = opening.map(move |opened| {
            let opened = opened
                .unwrap_or_else(|error| Err(ConnectionError::BadConnection(error.to_string())));
            last_failure.note(opened.as_ref().err().map(ToString::to_string));
            opened
        });
        opening.boxed()
    });
    // Where to is known to whoever establishes.
    AsyncDieselConnectionManager::new_with_config("", config)
}
