//! A chromedriver of a test's own, and its Chromium.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Stdio;
use std::time::Duration;

use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::sync::{Mutex, MutexGuard};

use crate::support::in_time;

/// One browser at a time: two are slower than one after the other, and miss their deadlines.
static TURN: Mutex<()> = Mutex::const_new(());

/// What Chromium is told: to show no window, to work as root and with little shared memory, and to
/// ask nobody about anything.
const FLAGS: &[&str] = &[
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--force-prefers-reduced-motion",
    "--lang=en-US",
    "--window-size=1440,1000",
];

const READY: &str = "successfully on port ";

/// Ends with its browser when it is dropped.
pub struct Driver {
    port: u16,
    profile: TempDir,
    _child: Child,
    // Open as long as it writes.
    _printed: Lines<BufReader<ChildStdout>>,
    _turn: MutexGuard<'static, ()>,
}

impl Driver {
    pub async fn start() -> Self {
        let turn = TURN.lock().await;
        let mut child = Command::new("chromedriver")
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("chromedriver starts; `make deps` installs it");
        let mut printed = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let port = in_time("chromedriver says its port", async {
            loop {
                let line = printed.next_line().await.expect("text").expect("more lines");
                if let Some((_, port)) = line.split_once(READY) {
                    return port.trim_end_matches('.').parse().expect("a port");
                }
            }
        })
        .await;
        let profile = tempfile::tempdir().expect("a directory");
        Self { port, profile, _child: child, _printed: printed, _turn: turn }
    }

    /// Starts Chromium.
    pub async fn browser(&self) -> Client {
        let profile = format!("--user-data-dir={}", self.profile.path().display());
        let flags: Vec<&str> = FLAGS.iter().copied().chain([profile.as_str()]).collect();
        let Value::Object(wanted) = json!({
            "goog:chromeOptions": {
                "args": flags,
                "prefs": {"intl.accept_languages": "en-US,en"},
            },
            "goog:loggingPrefs": {"browser": "ALL"},
        }) else {
            unreachable!("it is an object")
        };
        let driver = format!("http://127.0.0.1:{}", self.port);
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let client = builder.capabilities(wanted);
        in_time("Chromium starts", client.connect(&driver)).await.expect("Chromium starts")
    }
}

impl Drop for Driver {
    /// Killed, it would leave its browser behind; asked to end, it takes it along.
    fn drop(&mut self) {
        let Ok(mut driver) = TcpStream::connect(("127.0.0.1", self.port)) else { return };
        let _ = driver.set_read_timeout(Some(Duration::from_secs(10)));
        let _ = driver.write_all(b"GET /shutdown HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n");
        let _ = driver.read(&mut [0; 64]);
    }
}
