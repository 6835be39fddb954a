//! The real binary, in a process and a directory of its own.

use std::path::Path;
use std::process::{ExitStatus, Output, Stdio};

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::task::JoinHandle;

use super::answer::Answer;
use super::canary;
use super::wait::in_time;

/// The binary, told nothing but where its data is and to take a free port. Its environment is
/// otherwise empty, and there is no `.env` in its directory.
pub fn program(dir: &Path) -> Command {
    program_at(env!("CARGO_BIN_EXE_ollama-api-pool").as_ref(), dir)
}

/// The same, for the binary at this path.
pub fn program_at(binary: &Path, dir: &Path) -> Command {
    let mut command = Command::new(binary);
    command
        .env_clear()
        .env("DATA_DIR", dir.join("data"))
        .env("PORT", "0")
        .env("WORKERS", "1")
        .env("DRAIN_MS", "0")
        .env("HEALTH_CHECK_INTERVAL_SECS", "0")
        .current_dir(dir)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

/// Runs a command that ends by itself; returns its exit code and all it printed.
pub async fn run(mut command: Command) -> (Option<i32>, String) {
    let Output { status, stdout, stderr } =
        in_time("the program ends", command.output()).await.expect("it starts");
    let printed = [stdout, stderr].concat();
    (status.code(), String::from_utf8_lossy(&printed).into_owned())
}

/// A server that listens.
pub struct Program {
    /// Its port.
    pub port: u16,
    /// What it printed about its start.
    pub greeting: String,
    child: Child,
    stdout: Lines<BufReader<ChildStdout>>,
    stderr: JoinHandle<String>,
}

impl Program {
    /// Starts it and reads its two lines of greeting.
    pub async fn start(command: Command) -> Self {
        Self::try_start(command).await.unwrap_or_else(|printed| panic!("it stopped: {printed}"))
    }

    /// The same, or what it printed if it stopped before it had greeted.
    pub async fn try_start(mut command: Command) -> Result<Self, String> {
        let mut child = command.spawn().expect("the program starts");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let mut errors = child.stderr.take().expect("a pipe");
        let stderr = tokio::spawn(async move {
            let mut text = String::new();
            let _ = errors.read_to_string(&mut text).await;
            text
        });
        let mut greeting = String::new();
        for _ in 0..2 {
            let line = in_time("a greeting", lines.next_line()).await.expect("text");
            let Some(line) = line else {
                return Err(greeting + &stderr.await.expect("what it printed"));
            };
            greeting.push_str(&line);
            greeting.push('\n');
        }
        let first = greeting.lines().next().expect("a line");
        let address = first.strip_prefix("Listening on ").expect("the address first");
        let port = address.split("://127.0.0.1:").nth(1).expect("a port");
        let port = port.parse().expect("a port");
        Ok(Self { port, greeting, child, stdout: lines, stderr })
    }

    /// A request with this token (none when empty) and, where there is one, this JSON body.
    pub async fn call(
        &self,
        method: &str,
        path: &str,
        token: &str,
        body: Option<&Value>,
    ) -> Answer {
        let url = format!("http://127.0.0.1:{}{path}", self.port);
        let client = awc::Client::builder().disable_timeout().finish();
        let mut request = client.request(method.parse().expect("a method"), url);
        if !token.is_empty() {
            request = request.bearer_auth(token);
        }
        let sent = match body {
            Some(body) => request.send_json(body).await,
            None => request.send().await,
        };
        let answer = Answer::read(sent.expect("the program answers")).await;
        canary::look_at(method, path, &answer);
        answer
    }

    /// Ends it as `kill -9` would; returns all it printed.
    pub async fn kill(mut self) -> String {
        self.child.start_kill().expect("it dies");
        self.ended().await.1
    }

    /// Ends it as an orchestrator would; returns its status and all it printed.
    pub async fn terminate(self) -> (ExitStatus, String) {
        let id = self.child.id().expect("it runs");
        let kill = format!("kill -TERM {id}");
        let sent = Command::new("sh").arg("-c").arg(kill).status().await.expect("a shell");
        assert!(sent.success());
        self.ended().await
    }

    /// Its status and all it printed, once it has ended.
    async fn ended(mut self) -> (ExitStatus, String) {
        let mut printed = self.greeting;
        while let Some(line) = in_time("its output ends", self.stdout.next_line()).await.unwrap() {
            printed.push_str(&line);
            printed.push('\n');
        }
        let status = in_time("it stops", self.child.wait()).await.expect("its status");
        printed.push_str(&self.stderr.await.expect("what it printed"));
        canary::look("what the program printed", &printed);
        canary::none_leaked();
        (status, printed)
    }
}
