//! Postgres or SQLite, chosen by the scheme of the database URL, behind one type.
//!
//! A query is written once and compiled twice: [`with_conn!`](crate::with_conn) names the concrete
//! connection in each of its two arms, so both dialects type-check every query. Models return
//! [`QueryResult`]; whoever takes a connection from the pool meets [`DatabaseError`].

pub mod bulk;
pub mod locks;
pub mod migrations;
mod pooled;
mod postgres;
pub mod schema;
mod sqlite;

use diesel::{ConnectionError, QueryResult};
use diesel_async::pooled_connection::bb8::{PooledConnection, RunError};
use diesel_async::{AsyncConnection, AsyncPgConnection, TransactionManager};
use futures_util::FutureExt;

use self::pooled::PoolOf;
use self::sqlite::AsyncSqliteConnection;

/// Readers of one file beside its one writer. Writers that wait for the file's lock have one each,
/// and chats must still find one to look up their tokens.
const SQLITE_CONNECTIONS: u32 = 8;

/// A pool of connections; clones share it.
#[derive(Clone)]
pub enum Database {
    /// Any number of processes share it.
    Postgres(PoolOf<AsyncPgConnection>),
    /// One file, one process.
    Sqlite(PoolOf<AsyncSqliteConnection>),
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
    /// The pool had no connection to give in time: others have them all.
    #[error("no database connection became free in time")]
    Busy(#[from] RunError),
    /// The pool had none to give, since none can be opened.
    #[error("no connection to the database: {0}")]
    Away(String),
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
            let pool = PoolOf::new(url, size, |url| postgres::establish(url).boxed());
            return Ok(Self::Postgres(pool));
        }
        if let Some(path) = url.strip_prefix("sqlite://") {
            migrations::run(sqlite::establish(path).await?, migrations::SQLITE).await?;
            let size = size.min(SQLITE_CONNECTIONS);
            return Ok(Self::Sqlite(PoolOf::new(path, size, |path| {
                sqlite::establish(path).boxed()
            })));
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
            Self::Postgres(pool) => Conn::Postgres(Box::new(pool.get().await?)),
            Self::Sqlite(pool) => Conn::Sqlite(pool.get().await?),
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
        match self {
            Self::Postgres(pool) => pool.connections(),
            Self::Sqlite(pool) => pool.connections(),
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

async fn begin<C: AsyncConnection>(conn: &mut C) -> QueryResult<()> {
    C::TransactionManager::begin_transaction(conn).await
}

async fn commit<C: AsyncConnection>(conn: &mut C) -> QueryResult<()> {
    C::TransactionManager::commit_transaction(conn).await
}

async fn roll_back<C: AsyncConnection>(conn: &mut C) -> QueryResult<()> {
    C::TransactionManager::rollback_transaction(conn).await
}
