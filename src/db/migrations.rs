//! Both sets of migrations, embedded in the binary.
//!
//! Public for the tests, which take each one back and apply it again.

use std::time::{Duration, Instant};

use diesel::QueryableByName;
use diesel::migration::Migration;
use diesel::sql_types::Bool;
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::DatabaseError;

/// For Postgres.
pub const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");
/// For SQLite, under the same names.
pub const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");

/// Longer than a migration of a large table takes. A process that waits serves nobody, so its
/// orchestrator learns at last that something hangs.
pub const PATIENCE: Duration = Duration::from_secs(300);

/// Between two looks whether it is our turn. A statement that waited for the lock would hold a
/// snapshot, for which some migrations would have to wait in turn.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// The first number is ours alone ("pool" in ASCII). The second is the schema's, so that services in
/// several schemas of one database don't wait for each other.
const TAKE_TURN: &str = "SELECT pg_try_advisory_lock(\
    1886351212, hashtext(coalesce(current_schema(), ''))) AS taken";

#[derive(QueryableByName)]
struct Turn {
    #[diesel(sql_type = Bool)]
    taken: bool,
}

/// Applies what is pending on Postgres, one process at a time: replicas start at once, and two that
/// make the same table would both fail. The lock belongs to the connection, which ends with this
/// call, however that ends.
pub async fn run_in_turn(
    mut conn: AsyncPgConnection,
    patience: Duration,
) -> Result<Vec<String>, DatabaseError> {
    take_turn(&mut conn, patience).await?;
    run(conn, POSTGRES).await
}

/// Waits until no other process migrates, and keeps others waiting for as long as the connection
/// lives.
pub async fn take_turn(
    conn: &mut AsyncPgConnection,
    patience: Duration,
) -> Result<(), DatabaseError> {
    let give_up = Instant::now() + patience;
    let mut told = false;
    loop {
        let turn: Turn = diesel::sql_query(TAKE_TURN).get_result(conn).await?;
        if turn.taken {
            return Ok(());
        }
        if Instant::now() >= give_up {
            let why = format!("another process has been at it for {patience:?}");
            return Err(DatabaseError::Migrate(why));
        }
        if !std::mem::replace(&mut told, true) {
            log::info!("waiting for another process to migrate the database");
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Applies what is pending, on a blocking thread because the harness is synchronous. Returns the
/// versions that it applied.
pub async fn run<C>(conn: C, migrations: EmbeddedMigrations) -> Result<Vec<String>, DatabaseError>
where
    C: AsyncConnection + 'static,
    AsyncConnectionWrapper<C>:
        diesel::Connection<Backend = C::Backend> + MigrationHarness<C::Backend>,
{
    let applying = tokio::task::spawn_blocking(move || {
        let mut conn = AsyncConnectionWrapper::<C>::from(conn);
        match conn.run_pending_migrations(migrations) {
            Ok(applied) => Ok(applied.iter().map(ToString::to_string).collect()),
            Err(error) => Err(DatabaseError::Migrate(error.to_string())),
        }
    });
    applying.await.map_err(|error| DatabaseError::Migrate(error.to_string()))?
}

/// Names of what is pending.
pub async fn pending<C>(
    conn: C,
    migrations: EmbeddedMigrations,
) -> Result<Vec<String>, DatabaseError>
where
    C: AsyncConnection + 'static,
    AsyncConnectionWrapper<C>:
        diesel::Connection<Backend = C::Backend> + MigrationHarness<C::Backend>,
{
    let looking = tokio::task::spawn_blocking(move || {
        let mut conn = AsyncConnectionWrapper::<C>::from(conn);
        match conn.pending_migrations(migrations) {
            Ok(pending) => Ok(pending.iter().map(|one| one.name().to_string()).collect()),
            Err(error) => Err(DatabaseError::Migrate(error.to_string())),
        }
    });
    looking.await.map_err(|error| DatabaseError::Migrate(error.to_string()))?
}
