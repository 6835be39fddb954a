//! Several real processes over one Postgres and one Redis.

mod caps;
mod failures;
mod forgotten;
mod housekeeping;
mod keys;
mod limits;
mod refusals;
mod rotation;
mod side_by_side;

use std::time::{Duration, Instant};

use pool_stub::Stub;
use serde_json::{Value, json};
use tokio::process::Command;

use crate::support::{
    ADMIN_TOKEN, AUTH_SECRET, Answer, ENCRYPTION_KEY, Home, Program, Store, canary, program, until,
};

/// Within which what one process is told acts in all.
const SOON: Duration = Duration::from_secs(1);

const CHAT: &str = "/v1/chat/completions";

/// A client token for all of them.
struct Replicas {
    stub: Stub,
    all: Vec<Program>,
    token: String,
    homes: Vec<Home>,
}

/// The binary over this store, before this upstream; `redis` is its address.
pub fn command(home: &Home, stub: &Stub, redis: &str, settings: &[(&str, &str)]) -> Command {
    let mut command = program(home.settings().0.as_ref());
    stand_on(&mut command, home, stub, redis);
    command.envs(settings.iter().copied());
    command
}

/// Tells a process its store, its secrets and its upstream.
pub fn stand_on(command: &mut Command, home: &Home, stub: &Stub, redis: &str) {
    command
        .env("DATABASE_URL", home.settings().1)
        .env("REDIS_URL", redis)
        .env("REDIS_PREFIX", home.prefix())
        .env("ADMIN_TOKEN", ADMIN_TOKEN)
        .env("AUTH_SECRET", AUTH_SECRET)
        .env("ENCRYPTION_KEY", ENCRYPTION_KEY)
        .env("BCRYPT_COST", "4")
        .env("OLLAMA_BASE_URL", stub.url());
}

impl Replicas {
    /// So many, each with these settings.
    async fn start(count: usize, settings: &[(&str, &str)]) -> Self {
        let home = Home::new(Store::Postgres).await;
        let redis = vec![home.settings().2; count];
        Self::start_at(home, &redis, settings).await
    }

    /// One for each of these addresses of the same Redis.
    async fn start_at(home: Home, redis: &[String], settings: &[(&str, &str)]) -> Self {
        let stub = Stub::start();
        let mut homes = vec![home];
        homes.extend((1..redis.len()).map(|_| homes[0].twin()).collect::<Vec<_>>());
        let mut all = Vec::new();
        for (home, redis) in homes.iter().zip(redis) {
            all.push(Program::start(command(home, &stub, redis, settings)).await);
        }
        let mut this = Self { stub, all, token: String::new(), homes };
        let made = this.admin(0, "POST", "/admin/tokens", json!({"name": "all"})).await;
        this.token = made.json()["token"].as_str().expect("a token").to_owned();
        canary::release(&this.token);
        this
    }

    async fn admin(&self, which: usize, method: &str, path: &str, body: Value) -> Answer {
        let answer = self.all[which].call(method, path, ADMIN_TOKEN, Some(&body)).await;
        assert!((200..300).contains(&answer.status), "{method} {path}: {}", answer.text());
        answer
    }

    /// Adds a key; returns its id.
    async fn add(&self, which: usize, secret: &str) -> i64 {
        self.add_to(which, "ollama", secret).await
    }

    async fn add_to(&self, which: usize, provider: &str, secret: &str) -> i64 {
        self.add_with(which, secret, json!({"provider": provider})).await
    }

    /// Adds a key with these fields.
    async fn add_with(&self, which: usize, secret: &str, mut key: Value) -> i64 {
        canary::release(secret);
        key["api_key"] = json!(secret);
        let added = self.admin(which, "POST", "/admin/api-keys", key).await;
        added.json()["id"].as_i64().expect("an id")
    }

    async fn chat(&self, which: usize) -> Answer {
        self.ask(which, "llama3.2").await
    }

    /// A chat by this token; the replica is the number's turn.
    async fn chat_as(&self, number: usize, token: &str) -> Answer {
        let body = json!({"model": "m", "messages": []});
        self.all[number % self.all.len()].call("POST", CHAT, token, Some(&body)).await
    }

    async fn ask(&self, which: usize, model: &str) -> Answer {
        let body = json!({"model": model, "messages": []});
        self.all[which].call("POST", CHAT, &self.token, Some(&body)).await
    }

    /// Waits until each of these answers a chat so.
    async fn answer(&self, which: &[usize], status: u16, deed: &str) {
        for one in which {
            until(deed, async || self.chat(*one).await.status == status).await;
        }
    }

    /// That each of these answers a chat so, soon after that.
    async fn soon_answer(&self, which: &[usize], status: u16, since: Instant, deed: &str) {
        self.answer(which, status, deed).await;
        assert!(since.elapsed() < SOON, "{deed}: {:?}", since.elapsed());
    }

    /// How many keys of a provider stand so, in a process's own eyes.
    async fn keys(&self, which: usize, provider: &str, status: &str) -> u64 {
        let all = self.admin(which, "GET", "/admin/providers", json!({})).await.json();
        let all = all["providers"].as_array().expect("a list").clone();
        let ours = all.iter().find(|one| one["id"] == provider).expect("it is there");
        ours["keys"][status].as_u64().expect("a number")
    }

    async fn health(&self, which: usize) -> Value {
        self.all[which].call("GET", "/health", "", None).await.json()
    }

    async fn stop(self) {
        for program in self.all {
            let (ended, printed) = program.terminate().await;
            assert!(ended.success(), "{ended}: {printed}");
            assert!(!printed.contains("deadlock"), "{printed}");
        }
    }
}
