//! What tests stand on: the real program on a free port, with a database of its own.

mod answer;
pub mod canary;
pub mod mail;
mod program;
mod services;
mod store;
mod wait;

use std::net::SocketAddr;
use std::sync::Arc;

use actix_web::rt::task::JoinHandle;
use clap::Parser;
use ollama_api_pool::app::App;
use ollama_api_pool::cli::Cli;
use ollama_api_pool::server::Server;
use pool_stub::Stub;
use serde_json::{Value, json};
use tokio::sync::oneshot;

pub use self::answer::Answer;
pub use self::program::{Program, program, program_at, run};
pub use self::store::{Home, Store, redis_at};
pub use self::wait::{PATIENCE, in_time, until};

/// The admin token of every test.
pub const ADMIN_TOKEN: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
/// The secret of sessions of every test.
pub const AUTH_SECRET: &str = "00112233445566778899aabbccddeeff";
/// The encryption key of every test.
pub const ENCRYPTION_KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

/// The program under test, its upstream and a client token.
pub struct TestApp {
    /// The upstream that both built-in providers point at.
    pub stub: Stub,
    /// What requests reach, for a look inside and for the clock.
    pub app: Arc<App>,
    /// A client token that lives as long as the test.
    pub token: String,
    /// The database and its name.
    pub home: Home,
    /// The second listener, where the settings ask for one.
    pub admin_address: Option<SocketAddr>,
    port: u16,
    client: awc::Client,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<anyhow::Result<()>>,
}

impl TestApp {
    /// Starts the program over an empty store. `settings` are flags, as `["--max-attempts", "2"]`.
    pub async fn start(store: Store, settings: &[&str]) -> Self {
        Self::start_in(Home::new(store).await, settings).await
    }

    /// Starts the program over what is in `home` already.
    pub async fn start_in(home: Home, settings: &[&str]) -> Self {
        Self::start_with(home, Stub::start(), settings).await
    }

    /// Starts the program over `home`, before this upstream.
    pub async fn start_with(home: Home, stub: Stub, settings: &[&str]) -> Self {
        canary::watch();
        let server = Server::build(config(&home, &stub, settings)).await.expect("it starts");
        let (app, port) = (server.app.clone(), server.port());
        let admin_address = server.admin_address();
        let (stop, stopped) = oneshot::channel();
        let serving = actix_web::rt::spawn(server.run_until_stopped(async {
            let _ = stopped.await;
        }));
        let client = awc::Client::builder().disable_timeout().finish();
        let token = String::new();
        let mut this = Self { stub, app, token, home, admin_address, port, client, stop, serving };
        this.token = this.make_token(&json!({"name": "test"})).await;
        this
    }

    /// Stops the program as SIGTERM would, and gives back its store.
    pub async fn stop(self) -> Home {
        let _ = self.stop.send(());
        canary::none_leaked();
        self.serving.await.expect("the server's task ends").expect("the server stops well");
        self.home
    }

    /// The address of the program.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// The port of the program.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// A request with this token (none when empty) and, where there is one, this JSON body.
    pub async fn call(
        &self,
        method: &str,
        path: &str,
        token: &str,
        body: Option<&Value>,
    ) -> Answer {
        let response = self.open(method, path, token, body).await;
        let answer = Answer::read(response).await;
        canary::look_at(method, path, &answer);
        answer
    }

    /// As [`Self::call`], but the body is still to be read.
    pub async fn open(
        &self,
        method: &str,
        path: &str,
        token: &str,
        body: Option<&Value>,
    ) -> awc::ClientResponse {
        let method = method.parse().expect("a method");
        let mut request = self.client.request(method, self.url(path)).no_decompress();
        if !token.is_empty() {
            request = request.bearer_auth(token);
        }
        let sent = match body {
            Some(body) => request.send_json(body).await,
            None => request.send().await,
        };
        sent.expect("the pool answers")
    }

    /// A chat with the test's token at the default provider.
    pub async fn chat(&self, body: &Value) -> Answer {
        self.call("POST", "/v1/chat/completions", &self.token, Some(body)).await
    }

    /// The same, for a model, without more to say.
    pub async fn ask(&self, model: &str) -> Answer {
        self.chat(&json!({"model": model, "messages": []})).await
    }

    /// An administrator's GET.
    pub async fn admin_get(&self, path: &str) -> Answer {
        self.call("GET", path, ADMIN_TOKEN, None).await
    }

    /// An administrator's request with a body.
    pub async fn admin(&self, method: &str, path: &str, body: &Value) -> Answer {
        self.call(method, path, ADMIN_TOKEN, Some(body)).await
    }

    /// Adds a key to the default provider; returns its id.
    pub async fn add_key(&self, secret: &str) -> i64 {
        self.add_key_with(&json!({"api_key": secret})).await
    }

    /// Adds a key as this body says; returns its id.
    pub async fn add_key_with(&self, body: &Value) -> i64 {
        for name in ["api_key", "apiKey"] {
            canary::release(body[name].as_str().unwrap_or_default());
        }
        let answer = self.admin("POST", "/admin/api-keys", body).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()["id"].as_i64().expect("an id")
    }

    /// Makes a client token as this body says; returns it.
    pub async fn make_token(&self, body: &Value) -> String {
        let answer = self.admin("POST", "/admin/tokens", body).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        let token = answer.json()["token"].as_str().expect("a token").to_owned();
        canary::release(&token);
        token
    }

    /// `GET /admin/stats` of the default provider.
    pub async fn stats(&self) -> Value {
        self.admin_get("/admin/stats").await.json()
    }

    /// The default provider's key with this id, as the list shows it.
    pub async fn key(&self, id: i64) -> Value {
        let list = self.admin_get("/admin/api-keys?pageSize=200&provider=all").await.json();
        let keys = list["api_keys"].as_array().expect("keys");
        keys.iter().find(|key| key["id"] == id).expect("the key is there").clone()
    }
}

/// Settings for a test: a free port, no drain, and what the test wants beside.
pub fn config(home: &Home, stub: &Stub, settings: &[&str]) -> ollama_api_pool::config::Config {
    let (data_dir, database, redis) = home.settings();
    let (upstream, prefix) = (stub.url(), home.prefix().to_owned());
    let fixed = [
        "ollama-api-pool",
        "--port=0",
        "--workers=2",
        "--drain-ms=0",
        "--bcrypt-cost=4",
        "--shutdown-timeout-secs=10",
        "--health-check-interval-secs=0",
        // All requests of a test come from one address.
        "--rate-limit-requests=1000000",
        &format!("--data-dir={data_dir}"),
        // There are none, so that a start reads none.
        &format!("--assets-dir={data_dir}/assets"),
        &format!("--database-url={database}"),
        &format!("--redis-url={redis}"),
        &format!("--redis-prefix={prefix}"),
        &format!("--admin-token={ADMIN_TOKEN}"),
        &format!("--auth-secret={AUTH_SECRET}"),
        &format!("--encryption-key={ENCRYPTION_KEY}"),
        &format!("--ollama-base-url={upstream}"),
        &format!("--openrouter-base-url={upstream}/api"),
    ]
    .map(str::to_owned);
    let given = settings.iter().map(|text| (*text).to_owned());
    // A later flag must win over a fixed one.
    let kept = fixed.into_iter().filter(|flag| {
        let name = flag.split('=').next().unwrap_or_default();
        name == "ollama-api-pool"
            || !settings.iter().any(|given| given.split('=').next() == Some(name))
    });
    Cli::try_parse_from(kept.chain(given)).expect("good settings").config
}

/// Writes each test twice: over SQLite, and over Postgres with Redis. The body gets `app`, a
/// [`TestApp`]; with settings in brackets after the name, as in `(app, ["--max-attempts=2"])`.
macro_rules! both_stores {
    ($($(#[$attr:meta])* async fn $name:ident($app:ident $(, $settings:expr)?) $body:block)+) => {$(
        mod $name {
            #[allow(unused_imports, reason = "not every test needs them all")]
            use super::*;

            async fn run(store: $crate::support::Store) {
                #[allow(unused_mut, unused_assignments, reason = "only some have settings")]
                let mut settings: &[&str] = &[];
                $(settings = &$settings;)?
                let $app = $crate::support::TestApp::start(store, settings).await;
                $body
                $app.stop().await;
            }

            $(#[$attr])*
            #[actix_web::test]
            async fn sqlite() {
                run($crate::support::Store::Sqlite).await;
            }

            $(#[$attr])*
            #[actix_web::test]
            async fn postgres() {
                run($crate::support::Store::Postgres).await;
            }
        }
    )+};
}
pub(crate) use both_stores;

/// Writes each test twice, as [`both_stores!`]; the body gets the [`Store`] and starts the program
/// itself: for tests that stop and start it.
macro_rules! each_store {
    ($($(#[$attr:meta])* async fn $name:ident($store:ident) $body:block)+) => {$(
        mod $name {
            #[allow(unused_imports, reason = "not every test needs them all")]
            use super::*;

            async fn run($store: $crate::support::Store) $body

            $(#[$attr])*
            #[actix_web::test]
            async fn sqlite() {
                run($crate::support::Store::Sqlite).await;
            }

            $(#[$attr])*
            #[actix_web::test]
            async fn postgres() {
                run($crate::support::Store::Postgres).await;
            }
        }
    )+};
}
pub(crate) use each_store;
