//! Both sets of migrations, embedded in the binary.
//!
//! Public for the tests, which take each one back and apply it again.

use diesel_async::AsyncConnection;
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::DatabaseError;

/// For Postgres.
pub const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");
/// For SQLite, under the same names.
pub const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");

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
