//! A database of one's own for each test.

use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use ollama_api_pool::cache::RedisServer;
use ollama_api_pool::plaintext::Plaintext;
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
    dir: TempDir,
    name: String,
    /// None with SQLite.
    servers: Option<Servers>,
}

/// The addresses of a Postgres, its schema included, and a Redis.
#[derive(Clone)]
struct Servers {
    database: String,
    redis: String,
}

/// The Redis of this URL on this machine; none where it is empty.
pub fn redis_at(url: &str) -> Option<RedisServer> {
    let server = || RedisServer::new(url, None, Plaintext::ThisMachine).expect("a good address");
    (!url.is_empty()).then(server)
}

impl Home {
    /// An empty store.
    pub async fn new(store: Store) -> Self {
        match store {
            Store::Sqlite => Self::with(None, Self::new_name()),
            Store::Postgres => Self::over(&services().database, &services().redis).await,
        }
    }

    /// An empty store in these servers.
    pub async fn over(database: &str, redis: &str) -> Self {
        let name = Self::new_name();
        let mut conn = AsyncPgConnection::establish(database).await.expect("Postgres answers");
        conn.batch_execute(&format!("CREATE SCHEMA {name}")).await.expect("a schema");
        let database = format!("{database}?options=-c%20search_path%3D{name}");
        Self::with(Some(Servers { database, redis: redis.to_owned() }), name)
    }

    /// As [`Self::new`], but the database is reached at this host and port: a proxy in the test.
    pub async fn new_through(store: Store, host_port: &str) -> Self {
        let mut home = Self::new(store).await;
        if let Some(servers) = &mut home.servers {
            servers.database = servers.database.replace(&Self::postgres_address(), host_port);
        }
        home
    }

    /// The same Postgres and Redis, for a second program.
    pub fn twin(&self) -> Self {
        Self::with(self.servers.clone(), self.name.clone())
    }

    fn with(servers: Option<Servers>, name: String) -> Self {
        Self { dir: tempfile::tempdir().expect("a directory"), name, servers }
    }

    fn new_name() -> String {
        format!("t_{}", Uuid::now_v7().simple())
    }

    /// Which store this is.
    pub fn store(&self) -> Store {
        if self.servers.is_some() { Store::Postgres } else { Store::Sqlite }
    }

    /// The host and port of Postgres.
    pub fn postgres_address() -> String {
        let rest = services().database.split('@').nth(1).expect("a user in the URL");
        rest.split('/').next().expect("a host").to_owned()
    }

    /// `DATA_DIR`, `DATABASE_URL` and `REDIS_URL`.
    pub fn settings(&self) -> (String, String, String) {
        let dir = self.dir.path().display().to_string();
        match self.servers.clone() {
            None => (dir.clone(), format!("sqlite://{dir}/pool.sqlite3"), String::new()),
            Some(Servers { database, redis }) => (dir, database, redis),
        }
    }

    /// What this program's keys in Redis begin with.
    pub fn prefix(&self) -> &str {
        &self.name
    }
}
