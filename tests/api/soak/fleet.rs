//! The processes: one over SQLite, or several over one Postgres and one Redis.

use serde_json::{Value, json};

use super::plan::Plan;
use super::upstream::Upstream;
use crate::replicas;
use crate::support::{ADMIN_TOKEN, Home, Program, Store, canary, program, program_at, until};

/// All of them are up for the whole run.
pub struct Fleet {
    /// The processes.
    pub all: Vec<Program>,
    _homes: Vec<Home>,
}

impl Fleet {
    /// Starts them before this upstream.
    pub async fn start(plan: &Plan, upstream: &Upstream) -> Self {
        let store = if plan.replicas == 1 { Store::Sqlite } else { Store::Postgres };
        let first = Home::new(store).await;
        let mut homes: Vec<Home> = (1..plan.replicas).map(|_| first.twin()).collect();
        homes.push(first);
        let silence = plan.silence_ms.to_string();
        let settings = [
            // A silent upstream is given up on before all of an outage is over.
            ("UPSTREAM_HEADER_TIMEOUT_MS", silence.as_str()),
            ("UPSTREAM_ANSWER_TIMEOUT_MS", silence.as_str()),
            ("UPSTREAM_IDLE_TIMEOUT_MS", silence.as_str()),
            // Often enough that checks meet outages.
            ("HEALTH_CHECK_INTERVAL_SECS", "60"),
        ];
        let mut all = Vec::new();
        for home in &homes {
            let (dir, _, redis) = home.settings();
            let mut command = match &plan.binary {
                Some(binary) => program_at(binary, dir.as_ref()),
                None => program(dir.as_ref()),
            };
            replicas::stand_on(&mut command, home, &upstream.stub, &redis);
            command.envs(settings);
            all.push(Program::start(command).await);
        }
        Self { all, _homes: homes }
    }

    /// The address of one.
    pub fn url(&self, which: usize) -> String {
        format!("http://127.0.0.1:{}/v1/chat/completions", self.all[which].port)
    }

    /// A call of an administrator's that must be answered well.
    pub async fn admin(
        &self,
        which: usize,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Value {
        let answer = self.all[which].call(method, path, ADMIN_TOKEN, body).await;
        assert!((200..300).contains(&answer.status), "{method} {path}: {}", answer.text());
        answer.json()
    }

    /// A new client token.
    pub async fn token(&self) -> String {
        let made = self.admin(0, "POST", "/admin/tokens", Some(&json!({"name": "soak"}))).await;
        let token = made["token"].as_str().expect("a token").to_owned();
        canary::release(&token);
        token
    }

    /// Resolves when all know so many keys.
    pub async fn know_keys(&self, keys: usize) {
        for which in 0..self.all.len() {
            until("it knows all keys", async || {
                let all = self.admin(which, "GET", "/admin/providers", None).await;
                let all = all["providers"].as_array().expect("a list").clone();
                let ours = all.iter().find(|one| one["id"] == "ollama").expect("it is there");
                ours["keys"]["active"] == keys
            })
            .await;
        }
    }

    /// Ends all of them well.
    pub async fn stop(self) {
        for program in self.all {
            let (status, printed) = program.terminate().await;
            assert!(status.success(), "{status}: {printed}");
            for never in ["panicked", "deadlock"] {
                assert!(!printed.contains(never), "{printed}");
            }
        }
    }
}
