//! The private Postgres, Redis and mail server of a run.
//!
//! `make test` starts them once and names them in the environment. Under a plain `cargo test` this
//! process starts its own; they stop when its end of the pipe closes, however it ends.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use serde::Deserialize;

/// Where the servers are.
#[derive(Deserialize)]
pub struct Services {
    /// A database whose schemas tests may make.
    #[serde(rename = "TEST_DATABASE_URL")]
    pub database: String,
    /// A Redis whose keys tests may make.
    #[serde(rename = "TEST_REDIS_URL")]
    pub redis: String,
    /// The directory of a mail server; `scripts/smtp_server.py` says what is in it.
    #[serde(rename = "TEST_SMTP_DIR")]
    pub smtp: PathBuf,
    #[serde(skip)]
    _held: Option<Child>,
}

/// The servers of this run.
pub fn services() -> &'static Services {
    static SERVICES: OnceLock<Services> = OnceLock::new();
    SERVICES.get_or_init(|| {
        let named = ["TEST_DATABASE_URL", "TEST_REDIS_URL", "TEST_SMTP_DIR"].map(std::env::var);
        if let [Ok(database), Ok(redis), Ok(smtp)] = named {
            return Services { database, redis, smtp: smtp.into(), _held: None };
        }
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/services.py");
        let mut child = Command::new(script)
            .arg("--hold")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("scripts/services.py starts");
        let mut line = String::new();
        let out = child.stdout.take().expect("a pipe");
        BufReader::new(out).read_line(&mut line).expect("it says where the servers are");
        let mut services: Services = serde_json::from_str(&line)
            .expect("Postgres, Redis and the mail server start; `make deps` installs them");
        services._held = Some(child);
        services
    })
}
