//! A database of one's own for each test.

use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use tempfile::TempDir;
use uuid::Uuid;

use super::services::services;

/// Which stores the program runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Store {
    /// An SQLite file, no Redis.
    Sqlite,
    /// A schema of Postgres, and Redis.
    Postgres,
}

/// Where one program's state is; gone when dropped (a schema goes with its server).
pub struct Home {
    store: Store,
    dir: TempDir,
    name: String,
    database: Option<String>,
}

impl Home {
    /// An empty store.
    pub async fn new(store: Store) -> Self {
        let name = format!("t_{}", Uuid::now_v7().simple());
        if store == Store::Postgres {
            let mut conn =
                AsyncPgConnection::establish(&services().database).await.expect("Postgres answers");
            conn.batch_execute(&format!("CREATE SCHEMA {name}")).await.expect("a schema");
        }
        let dir = tempfile::tempdir().expect("a directory");
        Self { store, dir, name, database: None }
    }

    /// As [`Self::new`], but the database is reached at this host and port: a proxy in the test.
    pub async fn new_through(store: Store, host_port: &str) -> Self {
        let mut home = Self::new(store).await;
        home.database = Some(host_port.to_owned());
        home
    }

    /// The same Postgres and Redis, for a second program.
    pub fn twin(&self) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        Self { store: self.store, dir, name: self.name.clone(), database: self.database.clone() }
    }

    /// Which store this is.
    pub fn store(&self) -> Store {
        self.store
    }

    /// The host and port of Postgres.
    pub fn postgres_address() -> String {
        let rest = services().database.split('@').nth(1).expect("a user in the URL");
        rest.split('/').next().expect("a host").to_owned()
    }

    /// `DATA_DIR`, `DATABASE_URL` and `REDIS_URL`.
    pub fn settings(&self) -> (String, String, String) {
        let dir = self.dir.path().display().to_string();
        match self.store {
            Store::Sqlite => (dir.clone(), format!("sqlite://{dir}/pool.sqlite3"), String::new()),
            Store::Postgres => {
                let address = Self::postgres_address();
                let through = self.database.as_deref().unwrap_or(&address);
                let url = services().database.replace(&address, through);
                let url = format!("{url}?options=-c%20search_path%3D{}", self.name);
                (dir, url, services().redis.clone())
            }
        }
    }

    /// What this program's keys in Redis begin with.
    pub fn prefix(&self) -> &str {
        &self.name
    }
}
