//! A Postgres and a Redis that may be stopped, killed and started: nobody else's.

use std::process::Stdio;

use serde::Deserialize;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::Mutex;

use crate::support::in_time;

/// The servers, as `scripts/services.py --hold` gives them. They end with this.
pub struct Servers {
    /// The URL of Postgres.
    pub database: String,
    /// The URL of Redis.
    pub redis: String,
    pipes: Mutex<(ChildStdin, Lines<BufReader<ChildStdout>>)>,
    _held: Child,
}

#[derive(Deserialize)]
struct Urls {
    #[serde(rename = "TEST_DATABASE_URL")]
    database: String,
    #[serde(rename = "TEST_REDIS_URL")]
    redis: String,
}

impl Servers {
    /// Starts them.
    pub async fn start() -> Self {
        let mut held = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/services.py"))
            .arg("--hold")
            .env_remove("TEST_DATABASE_URL")
            .env_remove("TEST_REDIS_URL")
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
        Self { database, redis, pipes: Mutex::new((commands, answers)), _held: held }
    }

    /// Does as the script's text says: `stop`, `kill` or `start`, with `postgres` or `redis`.
    pub async fn command(&self, what: &str, which: &str) {
        let mut pipes = self.pipes.lock().await;
        let (commands, answers) = &mut *pipes;
        commands.write_all(format!("{what} {which}\n").as_bytes()).await.expect("it listens");
        let line = in_time("an answer", answers.next_line()).await.expect("text");
        let answer: Value = serde_json::from_str(&line.expect("an answer")).expect("JSON");
        assert!(answer["error"].is_null(), "{what} {which}: {answer}");
    }
}
