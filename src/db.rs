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
use self::postgres::Server;
use self::sqlite::AsyncSqliteConnection;
use crate::plaintext::Plaintext;

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
    #[error("the URL must start with `postgres://` or `sqlite://`")]
    UnknownScheme,
    /// The URL of a Postgres has a parameter that is wrong.
    #[error("{0}")]
    Url(String),
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
    pub async fn open(url: &str, plaintext: Plaintext, size: u32) -> Result<Self, DatabaseError> {
        if is_postgres(url) {
            let server = Server::new(url, plaintext)?;
            let mut first = server.establish().await?;
            log::info!("{}", server.describe(&mut first).await);
            migrations::run_in_turn(first, migrations::PATIENCE).await?;
            let establish = move || {
                let server = server.clone();
                async move { server.establish().await }.boxed()
            };
            return Ok(Self::Postgres(PoolOf::new(size, establish)));
        }
        if let Some(path) = url.strip_prefix("sqlite://") {
            migrations::run(sqlite::establish(path).await?, migrations::SQLITE).await?;
            let size = size.min(SQLITE_CONNECTIONS);
            let path = path.to_owned();
            let establish = move || {
                let path = path.clone();
                async move { sqlite::establish(&path).await }.boxed()
            };
            return Ok(Self::Sqlite(PoolOf::new(size, establish)));
        }
        Err(DatabaseError::UnknownScheme)
    }

    /// Brings the schema up to date; returns the versions of the migrations that it applied.
    pub async fn migrate(url: &str, plaintext: Plaintext) -> Result<Vec<String>, DatabaseError> {
        Self::check_url(url, plaintext)?;
        match url.strip_prefix("sqlite://") {
            Some(path) => migrations::run(sqlite::establish(path).await?, migrations::SQLITE).await,
            None => {
                let conn = Server::new(url, plaintext)?.establish().await?;
                migrations::run_in_turn(conn, migrations::PATIENCE).await
            }
        }
    }

    /// Names of the migrations that the schema lacks; applies none.
    pub async fn pending(url: &str, plaintext: Plaintext) -> Result<Vec<String>, DatabaseError> {
        Self::check_url(url, plaintext)?;
        match url.strip_prefix("sqlite://") {
            Some(path) => {
                migrations::pending(sqlite::establish(path).await?, migrations::SQLITE).await
            }
            None => {
                let conn = Server::new(url, plaintext)?.establish().await?;
                migrations::pending(conn, migrations::POSTGRES).await
            }
        }
    }

    /// Whether the URL names one of the two databases, and says of TLS what can be meant.
    pub fn check_url(url: &str, plaintext: Plaintext) -> Result<(), DatabaseError> {
        if is_postgres(url) {
            return Server::new(url, plaintext).map(drop);
        }
        if url.starts_with("sqlite://") { Ok(()) } else { Err(DatabaseError::UnknownScheme) }
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

impl DatabaseError {
    /// Whether it may be there later: nobody answers, or nobody is let in.
    pub fn is_away(&self) -> bool {
        use ConnectionError::InvalidConnectionUrl;
        matches!(self, Self::Connect(error) if !matches!(error, InvalidConnectionUrl(_)))
    }
}

fn is_postgres(url: &str) -> bool {
    url.starts_with("postgres://") || url.starts_with("postgresql://")
}

/// Opens one connection to a Postgres outside of any pool, for whoever only reads there.
///
/// # Errors
/// The URL is wrong, nobody answers, or nobody is let in.
pub async fn connect(url: &str, plaintext: Plaintext) -> Result<AsyncPgConnection, DatabaseError> {
    Ok(Server::new(url, plaintext)?.establish().await?)
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
