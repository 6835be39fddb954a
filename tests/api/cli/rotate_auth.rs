//! `secrets rotate-auth`: another secret of sessions.

use std::fs;
use std::path::Path;
use std::time::Duration;

use ollama_api_pool::auth::{Claims, SessionKeys};
use ollama_api_pool::clock::Clock;
use ollama_api_pool::db::Database;
use ollama_api_pool::models::session::Session;
use ollama_api_pool::plaintext::Plaintext;
use pool_stub::Stub;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::Command;

use super::{beside, command, deeds, ended};
use crate::accounts::{mailed_code, sign_in_again, sign_up};
use crate::support::{
    ADMIN_TOKEN, AUTH_SECRET, Home, Program, both_stores, each_store, in_time, program,
};

const NEW: &str = "8f1d4c6b2a907e5338e1f0d9c7b6a594";

fn with(dir: &Path, arguments: &[&str]) -> Command {
    let mut command = program(dir);
    command.env("ADMIN_TOKEN", ADMIN_TOKEN).args(arguments);
    command
}

fn auth_secret(dir: &Path) -> String {
    let file = fs::read(dir.join("data/secrets.json")).expect("the file");
    let stored: Value = serde_json::from_slice(&file).expect("JSON");
    stored["auth_secret"].as_str().expect("a secret").to_owned()
}

/// Begins a session of this user in the database, signed with this secret.
async fn session(database: &str, user: i64, secret: &str) -> String {
    let now = Clock::default().now();
    let claims = Claims::new(user, now);
    let row = Session {
        id: claims.jti.clone(),
        user_id: user,
        address: String::new(),
        agent: String::new(),
        created_at: now.naive(),
        expires_at: claims.ends_at().naive(),
        proven_at: None,
        seen_at: None,
    };
    let database = Database::open(database, Plaintext::ThisMachine, 1).await.expect("the database");
    row.begin(&mut database.get().await.expect("a connection")).await.expect("a session");
    SessionKeys::new(secret).sign(&claims).expect("a token")
}

async fn is_signed_in(service: &Program, session: &str) -> bool {
    let answer = service.call("GET", "/api/auth/profile", session, None).await;
    assert!([200, 401].contains(&answer.status), "{}", answer.text());
    answer.status == 200
}

#[actix_web::test]
async fn nobody_is_signed_out_before_the_old_secret_is_taken_out() {
    let dir = TempDir::new().unwrap();
    let service = Program::start(with(dir.path(), &[])).await;
    let body = json!({"email": "ann@example.org"});
    let made = service.call("POST", "/admin/users", ADMIN_TOKEN, Some(&body)).await.json();
    let user = made["id"].as_i64().expect("an id");
    let database = format!("sqlite://{}", dir.path().join("data/pool.sqlite3").display());
    let old = auth_secret(dir.path());
    let before = session(&database, user, &old).await;
    assert!(is_signed_in(&service, &before).await);
    assert!(!is_signed_in(&service, &session(&database, user, NEW).await).await);

    let rotate = async |more: &[&str]| {
        let arguments = [&["secrets", "rotate-auth", "--json"], more].concat();
        in_time("it ends", ended(with(dir.path(), &arguments))).await
    };
    let early = rotate(&["--retire"]).await;
    assert_eq!(early.code, Some(2), "there is no older one: {}", early.err);
    let report = rotate(&[]).await.done(&[&old]).json();
    assert_eq!(
        (&report["running"], report["auth_secrets"].as_array().map(Vec::len)),
        (&json!(1), Some(2))
    );
    assert!(report["keep_until"].is_string(), "{report}");
    let both = auth_secret(dir.path());
    let (new, kept) = both.split_once(',').expect("two");
    assert!(kept == old && new.len() == 64, "the new one signs");
    // The command has waited for the service.
    assert!(is_signed_in(&service, &before).await, "still");
    let after = session(&database, user, new).await;
    assert!(is_signed_in(&service, &after).await);
    assert_eq!(rotate(&[]).await.code, Some(2), "one change at a time");

    rotate(&["--retire"]).await.done(&[&old, new]);
    assert_eq!(auth_secret(dir.path()), new);
    assert!(!is_signed_in(&service, &before).await, "the old one opens nothing any more");
    assert!(is_signed_in(&service, &after).await);
    let (status, printed) = service.terminate().await;
    assert!(status.success() && !printed.contains(&old) && !printed.contains(new));
    let again = Program::start(with(dir.path(), &[])).await;
    assert!(is_signed_in(&again, &after).await);
    assert!(again.terminate().await.0.success());
}

each_store! {
    async fn the_operator_sets_both_and_the_command_looks(store) {
        let (home, stub) = (Home::new(store).await, Stub::start());
        let with = |secret: &str, arguments: &[&str]| {
            let mut command = command(&home, arguments);
            command.env("AUTH_SECRET", secret).env("OLLAMA_BASE_URL", stub.url());
            command
        };
        let rotate = async |secret: &str, more: &[&str]| {
            let arguments = [&["secrets", "rotate-auth", "--json"], more].concat();
            ended(with(secret, &arguments)).await.clean(&[NEW, AUTH_SECRET])
        };
        let both = format!("{NEW},{AUTH_SECRET}");
        let service = Program::start(with(AUTH_SECRET, &[])).await;
        assert_eq!(service.call("GET", "/livez", "", None).await.status, 200);
        if store == crate::support::Store::Sqlite {
            let early = rotate(&both, &[]).await;
            assert!(early.code == Some(1) && early.err.contains("restart"), "{}", early.err);
        }
        assert!(service.terminate().await.0.success());
        let alone = rotate(AUTH_SECRET, &[]).await;
        assert!(alone.code == Some(2) && alone.err.contains("NEW,OLD"), "{}", alone.err);
        let service = Program::start(with(&both, &[])).await;
        assert_eq!(service.call("GET", "/livez", "", None).await.status, 200);
        let report = rotate(&both, &[]).await.done(&[]).json();
        assert_eq!(report["auth_secrets"].as_array().map(Vec::len), Some(2), "{report}");
        assert_eq!(rotate(&both, &["--retire"]).await.code, Some(2), "that is the operator's");
        assert!(service.terminate().await.0.success());
        // An older secret that can be guessed would sign, too.
        let weak = crate::support::run(with(&format!("{NEW},aaaaaaaa"), &[])).await;
        assert!(weak.0 == Some(1) && weak.1.contains("AUTH_SECRET"), "{}", weak.1);
    }
}

both_stores! {
    async fn sessions_devices_and_codes_outlive_a_change(app) {
        let ann = sign_up(&app, "ann@example.org").await;
        app.app.clock.advance(Duration::from_secs(61));
        let code = mailed_code(&app, "ann@example.org", "login").await;
        let both = format!("{NEW},{AUTH_SECRET}");
        let change = |text: &str| {
            app.app.sessions.change(text);
            app.app.codes.change(text).expect("secrets");
            app.app.devices.change(text).expect("secrets");
        };
        change(&both);
        assert_eq!(ann.get(&app, "profile").await.status, 200);
        let body = json!({"email": "ann@example.org", "code": code});
        let by_code = app.call("POST", "/api/auth/login", "", Some(&body)).await;
        assert_eq!(by_code.status, 200, "{}", by_code.text());
        let again = sign_in_again(&app, &ann).await;
        change(NEW);
        assert_eq!(ann.get(&app, "profile").await.status, 401);
        assert_eq!(again.get(&app, "profile").await.status, 200, "the new one signed it");
        // Noted, as every change of a secret.
        let noted = beside(&app, &["secrets", "rotate-auth"]).await;
        assert_eq!(noted.code, Some(2));
        assert!(deeds(&app).await.is_empty(), "nothing was changed");
    }
}
