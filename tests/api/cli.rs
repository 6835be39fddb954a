//! The command line: the real binary, on both stores, beside a running service.

mod commands;
mod doctor;
mod import;
mod keys;
mod resync;
mod rotate;
mod rotate_auth;
mod rotate_by_environment;
mod users;
mod v3;
mod v3_odd;

use ollama_api_pool::with_conn;
use serde_json::Value;
use tokio::process::Command;

use crate::support::{ADMIN_TOKEN, AUTH_SECRET, ENCRYPTION_KEY, Home, TestApp, in_time, program};

/// What a command came to.
pub struct Ended {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Ended {
    /// Its one JSON document.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|_| panic!("{} {}", self.out, self.err))
    }

    /// It is done, and these secrets are nowhere in what it said.
    pub fn done(self, secrets: &[&str]) -> Self {
        assert_eq!(self.code, Some(0), "{} {}", self.out, self.err);
        self.clean(secrets)
    }

    pub fn clean(self, secrets: &[&str]) -> Self {
        for secret in secrets {
            assert!(!self.out.contains(secret) && !self.err.contains(secret), "{secret}");
        }
        self
    }
}

/// The binary over this store, with the secrets of the tests.
pub fn command(home: &Home, arguments: &[&str]) -> Command {
    let (data_dir, database, redis) = home.settings();
    let mut command = program(data_dir.as_ref());
    command
        .env("DATA_DIR", &data_dir)
        .env("DATABASE_URL", database)
        .env("REDIS_URL", redis)
        .env("REDIS_PREFIX", home.prefix())
        .env("ADMIN_TOKEN", ADMIN_TOKEN)
        .env("AUTH_SECRET", AUTH_SECRET)
        .env("ENCRYPTION_KEY", ENCRYPTION_KEY)
        .args(arguments);
    command
}

pub async fn ended(mut command: Command) -> Ended {
    let output = in_time("the command ends", command.output()).await.expect("it starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    Ended { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

/// Runs a command beside this service.
pub async fn beside(app: &TestApp, arguments: &[&str]) -> Ended {
    let mut command = command(&app.home, arguments);
    command.env("OLLAMA_BASE_URL", app.stub.url());
    ended(command).await
}

/// What the audit log says was done by commands: action and target.
pub async fn deeds(app: &TestApp) -> Vec<(String, String)> {
    use diesel::prelude::*;
    use diesel_async::RunQueryDsl;
    use ollama_api_pool::db::schema::audit_log as a;
    let mut conn = app.app.database.get().await.expect("a connection");
    with_conn!(&mut conn, |conn| {
        a::table
            .filter(a::actor.eq("command-line"))
            .order(a::id)
            .select((a::action, a::target))
            .load(conn)
            .await
    })
    .expect("the audit log")
}

/// Changes the database behind everybody's back.
pub async fn execute(app: &TestApp, sql: &str) -> usize {
    use diesel_async::RunQueryDsl;
    let mut conn = app.app.database.get().await.expect("a connection");
    with_conn!(&mut conn, |conn| diesel::sql_query(sql).execute(conn).await).expect("good SQL")
}
