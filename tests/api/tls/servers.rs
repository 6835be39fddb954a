//! A Postgres and a Redis that speak TLS, with a certificate for `localhost` and no other name.

use std::process::Stdio;

use serde::Deserialize;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStdin, Command};

use super::Authority;
use crate::support::in_time;

/// The servers; they end with this.
pub struct Servers {
    /// Who signed their certificate, and one for a client, `client.pem`.
    pub authority: Authority,
    /// Who signed nothing of theirs.
    pub stranger: Authority,
    /// The port of Postgres, which speaks clear text there as well.
    pub postgres: String,
    /// The port of Redis for TLS.
    pub redis: String,
    _commands: ChildStdin,
    _held: Child,
}

#[derive(Deserialize)]
struct Urls {
    #[serde(rename = "TEST_DATABASE_URL")]
    database: String,
    #[serde(rename = "TEST_REDIS_TLS_URL")]
    redis: String,
}

impl Servers {
    /// Starts them.
    pub async fn start() -> Self {
        let (authority, stranger) = (Authority::new(), Authority::new());
        authority.sign("server", "localhost");
        authority.sign("client", "pool");
        let mut held = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/services.py"))
            .arg("--hold")
            .env_remove("TEST_DATABASE_URL")
            .env_remove("TEST_REDIS_URL")
            .env("TEST_TLS_DIR", authority.dir())
            // One that is named is not started.
            .env("TEST_SMTP_DIR", "/none")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("scripts/services.py starts");
        let commands = held.stdin.take().expect("a pipe");
        let mut answers = BufReader::new(held.stdout.take().expect("a pipe")).lines();
        let line = in_time("the servers", answers.next_line()).await.expect("text");
        let line = line.expect("Postgres and Redis start; `make deps` installs them");
        let Urls { database, redis } = serde_json::from_str(&line).expect("their addresses");
        let port = |url: &str| {
            let port = url.rsplit(':').next().expect("a port");
            port.split('/').next().expect("a port").to_owned()
        };
        let (postgres, redis) = (port(&database), port(&redis));
        Self { authority, stranger, postgres, redis, _commands: commands, _held: held }
    }

    /// A URL of Postgres by this name of the machine, with these parameters.
    pub fn postgres(&self, host: &str, parameters: &str) -> String {
        format!("postgres://pool@{host}:{}/pool?{parameters}", self.postgres)
    }

    /// A URL of Redis by this name of the machine.
    pub fn redis(&self, host: &str) -> String {
        format!("rediss://{host}:{}/", self.redis)
    }
}
