//! `secrets rotate` with `ENCRYPTION_KEY` from the environment, on both stores.

use ollama_api_pool::auth::SecondFactor;
use ollama_api_pool::clock::Clock;
use ollama_api_pool::db::Database;
use ollama_api_pool::models::user_totp::UserTotp;
use ollama_api_pool::plaintext::Plaintext;
use ollama_api_pool::vault::Vault;
use pool_stub::Stub;
use serde_json::{Value, json};
use tokio::process::Command;

use super::{Ended, command, ended};
use crate::support::{ADMIN_TOKEN, ENCRYPTION_KEY as OLD, Home, Program, Store, each_store};

const NEW: &str = "fedcba98765432100f1e2d3c4b5a69788796a5b4c3d2e1f00123456789abcdef";
const KEY: &str = "sk-rotated-by-environment-1";

fn with(home: &Home, stub: &Stub, key: &str, arguments: &[&str]) -> Command {
    let mut command = command(home, arguments);
    command.env("ENCRYPTION_KEY", key).env("OLLAMA_BASE_URL", stub.url());
    command
}

async fn rotate(home: &Home, stub: &Stub, key: &str) -> Ended {
    ended(with(home, stub, key, &["secrets", "rotate", "--json"])).await.clean(&[OLD, NEW, KEY])
}

async fn post(service: &Program, path: &str, body: Value) -> (u16, Value) {
    let answer = service.call("POST", path, ADMIN_TOKEN, Some(&body)).await;
    (answer.status, answer.json())
}

each_store! {
    async fn the_operator_sets_the_key_and_the_command_does_the_rest(store) {
        let (home, stub) = (Home::new(store).await, Stub::start());
        let service = Program::start(with(&home, &stub, OLD, &[])).await;
        let (_, made) = post(&service, "/admin/api-keys", json!({"api_key": KEY})).await;
        post(&service, "/admin/tokens", json!({"name": "a"})).await;
        if store == Store::Sqlite {
            // It would seal under a key that is about to go.
            let early = rotate(&home, &stub, &format!("{NEW},{OLD}")).await;
            assert!(early.code == Some(1) && early.err.contains("restart"), "{}", early.err);
        }
        assert!(service.terminate().await.0.success());
        let alone = rotate(&home, &stub, OLD).await;
        assert!(alone.code == Some(2) && alone.err.contains("NEW,OLD"), "{}", alone.err);

        let both = format!("{NEW},{OLD}");
        let service = Program::start(with(&home, &stub, &both, &[])).await;
        let report = rotate(&home, &stub, &both).await.done(&[]).json();
        assert_eq!(report["complete"], true);
        let resealed = |n: usize| report["tables"][n]["resealed"].clone();
        assert_eq!((resealed(0), resealed(1)), (json!(1), json!(1)), "{report}");
        assert_eq!(post(&service, "/admin/api-keys", json!({"api_key": KEY})).await.0, 409);
        assert!(service.terminate().await.0.success());
        let again = rotate(&home, &stub, &both).await.done(&[]).json();
        assert_eq!(again["tables"][0]["resealed"], 0);

        let verify = |key| ended(with(&home, &stub, key, &["audit", "verify", "--json"]));
        let whole = verify(NEW).await.done(&[]).json();
        assert_eq!(whole["ok"], true, "without the old key: {whole}");
        let other = verify("0f1e2d3c4b5a69788796a5b4c3d2e1f0fedcba98765432100123456789abcdef").await;
        assert_eq!((other.code, &other.json()["fault"]), (Some(1), &json!("unknown_key")));
        let create = ["token", "create", "--name", "b"];
        let other = "0f1e2d3c4b5a69788796a5b4c3d2e1f0fedcba98765432100123456789abcdef";
        let foreign = ended(with(&home, &stub, other, &create)).await;
        assert!(foreign.code == Some(1) && foreign.err.contains("another one"), "{}", foreign.err);
        assert_eq!(verify(NEW).await.done(&[]).json()["rows"], whole["rows"], "nothing is noted");
        let service = Program::start(with(&home, &stub, NEW, &[])).await;
        let (status, found) = post(&service, "/admin/verify-key", json!({"id": made["id"]})).await;
        assert_eq!((status, &found["valid"]), (200, &json!(true)));
        assert_eq!(post(&service, "/admin/api-keys", json!({"api_key": KEY})).await.0, 409);
        assert!(service.terminate().await.0.success());
    }

    async fn a_key_that_is_there_twice_becomes_one(store) {
        let (home, stub) = (Home::new(store).await, Stub::start());
        for key in [OLD, NEW] {
            let service = Program::start(with(&home, &stub, key, &[])).await;
            let (status, _) = post(&service, "/admin/api-keys", json!({"api_key": KEY})).await;
            assert_eq!(status, 201);
            let (_, token) = post(&service, "/admin/tokens", json!({"name": "a"})).await;
            let (token, chat) = (token["token"].clone(), json!({"model": "m", "messages": []}));
            let token = token.as_str().expect("a token");
            let path = "/v1/chat/completions";
            assert_eq!(service.call("POST", path, token, Some(&chat)).await.status, 200);
            assert!(service.terminate().await.0.success());
        }
        // What is under a key that nobody gives stays as it is, and is told.
        let partly = rotate(&home, &stub, NEW).await;
        let report = partly.json();
        assert_eq!((partly.code, &report["tables"][0]["unreadable"]), (Some(1), &json!(1)));
        let report = rotate(&home, &stub, &format!("{NEW},{OLD}")).await.done(&[]).json();
        assert_eq!(report["tables"][0]["merged"], 1, "{report}");
        let list = ended(with(&home, &stub, NEW, &["keys", "list", "--json"])).await.done(&[]).json();
        assert_eq!(list.as_array().map(Vec::len), Some(1));
        assert_eq!(list[0]["total_requests"], 2, "{list}");
    }
}

/// Keeps an app's secret for this user, sealed under the old key; returns it.
async fn put_second_factor(home: &Home, user: i64) -> String {
    let (factor, vault) = (SecondFactor::make().unwrap(), Vault::parse(OLD).unwrap());
    let database =
        Database::open(&home.settings().1, Plaintext::ThisMachine, 1).await.expect("the database");
    let (mut conn, sealed) = (database.get().await.unwrap(), factor.seal(&vault, user).unwrap());
    let now = Clock::default().now().naive();
    assert!(UserTotp::put(&mut conn, user, &sealed, now).await.unwrap());
    factor.secret().to_string()
}

each_store! {
    async fn second_factors_are_encrypted_anew_too(store) {
        let (home, stub) = (Home::new(store).await, Stub::start());
        let service = Program::start(with(&home, &stub, OLD, &[])).await;
        let (_, made) = post(&service, "/admin/users", json!({"email": "ann@example.org"})).await;
        let user = made["id"].as_i64().expect("an id");
        assert!(service.terminate().await.0.success());
        let secret = put_second_factor(&home, user).await;
        let report = rotate(&home, &stub, &format!("{NEW},{OLD}")).await.done(&[&secret]).json();
        let table = report["tables"].as_array().unwrap().iter().find(|t| t["table"] == "user_totp");
        assert_eq!(table.expect("it is told of")["resealed"], 1, "{report}");
        let database = Database::open(&home.settings().1, Plaintext::ThisMachine, 1).await.expect("the database");
        let row = UserTotp::get(&mut database.get().await.unwrap(), user).await.unwrap().unwrap();
        let again = SecondFactor::open(&Vault::parse(NEW).unwrap(), user, &row.secret());
        assert_eq!(*again.expect("it opens").secret(), secret);
    }
}
