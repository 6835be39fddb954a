//! Postgres or SQLite, chosen by the scheme of the database URL, behind one type.
//!
//! A query is written once and compiled twice: [`with_conn!`](crate::with_conn) names the concrete
//! connection in each of its two arms, so both dialects type-check every query. Models return
//! [`QueryResult`]; whoever takes a connection from the pool meets [`DatabaseError`].

pub mod bulk;
pub mod migrations;
mod postgres;
pub mod schema;
mod sqlite;

use std::time::Duration;

use diesel::{ConnectionError, ConnectionResult, QueryResult};
use diesel_async::pooled_connection::bb8::{Pool, PooledConnection, RunError};
use diesel_async::pooled_connection::{
    AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod,
};
use diesel_async::{AsyncConnection, AsyncPgConnection, TransactionManager};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::runtime::Handle;

use self::sqlite::AsyncSqliteConnection;

/// How long a caller waits for a free connection before it hears `Busy`.
const CHECKOUT_TIMEOUT: Duration = Duration::from_secs(5);

/// Readers of one file beside its one writer. Writers that wait for the file's lock have one each,
/// and chats must still find one to look up their tokens.
const SQLITE_CONNECTIONS: u32 = 8;

/// A pool of connections, and the runtime that it works on; clones share it.
#[derive(Clone)]
pub enum Database {
    /// Any number of processes share it.
    Postgres(Pool<AsyncPgConnection>, Handle),
    /// One file, one process.
    Sqlite(Pool<AsyncSqliteConnection>, Handle),
}

/// One connection, out of the pool until it is dropped.
pub enum Conn<'a> {
    /// A connection to Postgres.
    Postgres(Box<PooledConnection<'a, AsyncPgConnection>>),
    /// A connection to SQLite.
    Sqlite(PooledConnection<'a, AsyncSqliteConnection>),
}

/// How the pool stands, and how asking it for a connection went so far.
#[derive(Debug, Clone, Copy)]
pub struct Connections {
    /// Open ones.
    pub open: u32,
    /// Of those, in nobody's hands.
    pub idle: u32,
    /// How often one was there at once.
    pub direct: u64,
    /// How often somebody had to wait, and got one.
    pub waited: u64,
    /// How often somebody waited in vain.
    pub timed_out: u64,
}

/// Why there is no database, or no answer from it. Never holds the URL, which has a password.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// `DATABASE_URL` names neither database.
    #[error("DATABASE_URL must start with `postgres://` or `sqlite://`")]
    UnknownScheme,
    /// Nobody answers, or the door is shut.
    #[error("could not connect to the database: {0}")]
    Connect(#[from] ConnectionError),
    /// The schema could not be brought up to date.
    #[error("could not migrate the database: {0}")]
    Migrate(String),
    /// The pool had no connection to give in time.
    #[error("no database connection became free in time")]
    Busy(#[from] RunError),
    /// The database refused a statement.
    #[error("query failed: {0}")]
    Query(#[from] diesel::result::Error),
}

/// Runs one query against whichever connection this is.
///
/// `with_conn!(conn, |conn| …)`, or `with_conn!(conn, |conn, Backend| …)` where the query has to
/// name its backend (boxed queries do).
#[macro_export]
macro_rules! with_conn {
    ($any:expr, |$conn:ident| $query:expr) => {
        match $any {
            $crate::db::Conn::Postgres(pooled) => {
                let $conn = &mut ***pooled;
                $query
            }
            $crate::db::Conn::Sqlite(pooled) => {
                let $conn = &mut **pooled;
                $query
            }
        }
    };
    ($any:expr, |$conn:ident, $backend:ident| $query:expr) => {
        match $any {
            $crate::db::Conn::Postgres(pooled) => {
                type $backend = diesel::pg::Pg;
                let $conn = &mut ***pooled;
                $query
            }
            $crate::db::Conn::Sqlite(pooled) => {
                type $backend = diesel::sqlite::Sqlite;
                let $conn = &mut **pooled;
                $query
            }
        }
    };
}

impl Database {
    /// Migrates the database, then opens a pool to it.
    ///
    /// Call this on the main thread: its runtime drives every connection, so the pool outlives
    /// the web workers and the last flush at shutdown still has a database to write to.
    pub async fn open(url: &str, size: u32) -> Result<Self, DatabaseError> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            let first = postgres::establish(url).await?;
            migrations::run_in_turn(first, migrations::PATIENCE).await?;
            let manager = manager(url, |url| postgres::establish(url).boxed());
            let pool = Pool::builder().max_size(size).connection_timeout(CHECKOUT_TIMEOUT);
            return Ok(Self::Postgres(pool.build_unchecked(manager), Handle::current()));
        }
        if let Some(path) = url.strip_prefix("sqlite://") {
            migrations::run(sqlite::establish(path).await?, migrations::SQLITE).await?;
            let manager = manager(path, |path| sqlite::establish(path).boxed());
            let pool = Pool::builder().max_size(size.min(SQLITE_CONNECTIONS));
            let pool = pool.connection_timeout(CHECKOUT_TIMEOUT);
            return Ok(Self::Sqlite(pool.build_unchecked(manager), Handle::current()));
        }
        Err(DatabaseError::UnknownScheme)
    }

    /// Brings the schema up to date; returns the versions of the migrations that it applied.
    pub async fn migrate(url: &str) -> Result<Vec<String>, DatabaseError> {
        Self::check_scheme(url)?;
        match url.strip_prefix("sqlite://") {
            Some(path) => migrations::run(sqlite::establish(path).await?, migrations::SQLITE).await,
            None => {
                let conn = postgres::establish(url).await?;
                migrations::run_in_turn(conn, migrations::PATIENCE).await
            }
        }
    }

    /// Whether the URL names one of the two databases.
    pub fn check_scheme(url: &str) -> Result<(), DatabaseError> {
        let known = ["postgres://", "postgresql://", "sqlite://"];
        let known = known.iter().any(|scheme| url.starts_with(scheme));
        if known { Ok(()) } else { Err(DatabaseError::UnknownScheme) }
    }

    /// Takes a connection out of the pool; waits up to five seconds for one.
    pub async fn get(&self) -> Result<Conn<'_>, DatabaseError> {
        Ok(match self {
            Self::Postgres(pool, home) => {
                let pool = pool.clone();
                let getting = async move { pool.get_owned().await };
                Conn::Postgres(Box::new(at_home(home, getting).await?))
            }
            Self::Sqlite(pool, home) => {
                let pool = pool.clone();
                Conn::Sqlite(at_home(home, async move { pool.get_owned().await }).await?)
            }
        })
    }

    /// `postgres` or `sqlite`, as the status pages name it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Postgres(..) => "postgres",
            Self::Sqlite(..) => "sqlite",
        }
    }

    /// How the pool of connections stands.
    pub fn connections(&self) -> Connections {
        let state = match self {
            Self::Postgres(pool, _) => pool.state(),
            Self::Sqlite(pool, _) => pool.state(),
        };
        Connections {
            open: state.connections,
            idle: state.idle_connections,
            direct: state.statistics.get_direct,
            waited: state.statistics.get_waited,
            timed_out: state.statistics.get_timed_out,
        }
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), DatabaseError> {
        use diesel_async::SimpleAsyncConnection;
        let mut conn = self.get().await?;
        Ok(with_conn!(&mut conn, |conn| conn.batch_execute("SELECT 1").await)?)
    }
}

impl Conn<'_> {
    /// Commits when `work` returns `Ok`, rolls back when it returns `Err`.
    pub async fn transaction<T, E>(
        &mut self,
        work: impl AsyncFnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E>
    where
        E: From<diesel::result::Error>,
    {
        match self {
            Self::Postgres(conn) => begin(&mut ***conn).await?,
            Self::Sqlite(conn) => sqlite::begin_immediate(conn).await?,
        }
        match work(self).await {
            Ok(value) => {
                with_conn!(self, |conn| commit(conn).await)?;
                Ok(value)
            }
            Err(error) => {
                with_conn!(self, |conn| roll_back(conn).await)?;
                Err(error)
            }
        }
    }
}

/// Asks the pool on its own runtime. On a web worker's, the task in which the pool tries to connect
/// would end with the worker, and the pool would wait for it for ever: with the database away at
/// the stop, the last write would not even be tried.
async fn at_home<T: Send + 'static>(
    home: &Handle,
    getting: impl Future<Output = Result<T, RunError>> + Send + 'static,
) -> Result<T, DatabaseError> {
    Ok(home.spawn(getting).await.map_err(|_| RunError::TimedOut)??)
}

type Establish<C> = fn(&str) -> BoxFuture<'_, ConnectionResult<C>>;

/// Opens connections on the runtime this is called on, whichever thread asks for them later.
fn manager<C>(url: &str, establish: Establish<C>) -> AsyncDieselConnectionManager<C>
where
    C: AsyncConnection + 'static,
{
    let home = Handle::current();
    let mut config = ManagerConfig::default();
    // Connections that died while idle are found out before anybody gets them: after a restart of
    // the database each would fail one request, or one of the last writes at shutdown.
    config.recycling_method = RecyclingMethod::Verified;
    config.custom_setup = Box::new(move |url| {
        let url = url.to_owned();
        let opening = home.spawn(async move { establish(&url).await });
        opening
            .map(|opened| {
                opened.unwrap_or_else(|e| Err(ConnectionError::BadConnection(e.to_string())))
            })
            .boxed()
    });
    AsyncDieselConnectionManager::new_with_config(url, config)
}

async fn begin<C: AsyncConnection>(conn: &mut C) -> QueryResult<()> {
    C::TransactionManager::begin_transaction(conn).await
}

async fn commit<C: AsyncConnection>(conn: &mut C) -> QueryResult<()> {
    C::TransactionManager::commit_transaction(conn).await
}

async fn roll_back<C: AsyncConnection>(conn: &mut C) -> QueryResult<()> {
    C::TransactionManager::rollback_transaction(conn).await
}
