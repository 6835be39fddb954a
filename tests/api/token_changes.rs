//! What was switched off in one process opens nothing in any other.

use std::time::{Duration, Instant};

use diesel::QueryableByName;
use diesel::sql_types::Text;
use diesel_async::RunQueryDsl;
use ollama_api_pool::models::client_token::{ClientToken, TokenChange, TokenRules};
use ollama_api_pool::models::user::{User, UserChange};
use ollama_api_pool::vault::token_hash;
use ollama_api_pool::with_conn;
use serde_json::{Value, json};

use crate::support::{Home, Store, TestApp, both_stores, canary, until};

/// A remembered token is looked up again after ten seconds. What is noticed before came by a note.
const FRESH: Duration = Duration::from_secs(9);

/// A token or a user's key, with its number or theirs.
struct Made {
    id: i64,
    token: String,
}

async fn make(app: &TestApp, path: &str, body: Value) -> Made {
    let answer = app.admin("POST", path, &body).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let answer = answer.json();
    let token = answer["token"].as_str().expect("a token").to_owned();
    canary::release(&token);
    Made { id: answer["id"].as_i64().or(answer["user"]["id"].as_i64()).expect("an id"), token }
}

async fn token(app: &TestApp) -> Made {
    make(app, "/admin/tokens", json!({"name": "changing"})).await
}

async fn user(app: &TestApp, email: &str) -> Made {
    make(app, "/admin/users", json!({"email": email})).await
}

/// The status of a chat with this token.
async fn chat(app: &TestApp, token: &str) -> u16 {
    let body = json!({"model": "m", "messages": []});
    app.call("POST", "/v1/chat/completions", token, Some(&body)).await.status
}

/// That this process, which has just looked the token up, answers so within what it is fresh.
async fn noticed(app: &TestApp, since: Instant, made: &Made, status: u16, deed: &str) {
    until(deed, async || chat(app, &made.token).await == status).await;
    assert!(since.elapsed() < FRESH, "{deed}: only found by looking again");
}

#[actix_web::test]
async fn what_one_process_switches_off_another_refuses() {
    let home = Home::new(Store::Postgres).await;
    let twin = home.twin();
    let one = TestApp::start_in(home, &[]).await;
    one.add_key("sk-canary-of-all-processes").await;
    let two = TestApp::start_with(twin, one.stub.clone(), &[]).await;
    // Asked again and again: a user's key has no limits here.
    let none = json!({"user_rpm": 0, "user_daily_requests": 0, "user_max_concurrency": 0});
    assert_eq!(one.admin("PATCH", "/admin/settings", &none).await.status, 200);
    let bulk = |made: &Made, action: &str| {
        let body = json!({"ids": [made.id], "action": action});
        ("POST", "/admin/users/bulk".to_owned(), body)
    };
    type Deed = (&'static str, String, Value);
    let of_token = |made: &Made| -> Vec<(Deed, u16)> {
        let path = format!("/admin/tokens/{}", made.id);
        vec![
            (("PATCH", path.clone(), json!({"enabled": false})), 403),
            (("PATCH", path.clone(), json!({"enabled": true, "rpm": 1})), 429),
            (("PATCH", path.clone(), json!({"rpm": 0, "models": ["other"]})), 403),
            (("PATCH", path.clone(), json!({"models": []})), 200),
            (("POST", format!("{path}/rotate"), json!({"grace": 60})), 200),
            (("POST", format!("{path}/rotate"), json!({})), 401),
        ]
    };
    let of_user = |made: &Made| -> Vec<(Deed, u16)> {
        let path = format!("/admin/users/{}", made.id);
        vec![
            (("PATCH", path.clone(), json!({"isActive": false})), 403),
            (bulk(made, "activate"), 200),
            (bulk(made, "deactivate"), 403),
            (("PATCH", path.clone(), json!({"isActive": true})), 200),
            (("POST", format!("{path}/reset-key"), json!({})), 401),
        ]
    };
    let (changing, person) = (token(&one).await, user(&one, "ann@example.org").await);
    let (deleted, leaving) = (token(&one).await, user(&one, "bob@example.org").await);
    let gone = |path: String| vec![(("DELETE", path, json!({})), 401)];
    let all = [
        (&changing, of_token(&changing)),
        (&person, of_user(&person)),
        (&deleted, gone(format!("/admin/tokens/{}", deleted.id))),
        (&leaving, gone(format!("/admin/users/{}", leaving.id))),
    ];
    for (made, deeds) in all {
        assert_eq!(chat(&two, &made.token).await, 200);
        for ((verb, path, body), status) in deeds {
            let since = Instant::now();
            let done = one.admin(verb, &path, &body).await;
            assert_eq!(done.status, 200, "{}", done.text());
            noticed(&two, since, made, status, &format!("{verb} {path} {body}")).await;
        }
    }
    two.stop().await;
    one.stop().await;
}

#[derive(QueryableByName)]
struct Note {
    #[diesel(sql_type = Text)]
    token_hash: String,
}

/// The notes so far, of this token.
async fn notes(app: &TestApp, token: &str) -> usize {
    let sql = "SELECT token_hash FROM token_changes";
    let mut conn = app.app.database.get().await.expect("a connection");
    let notes: Vec<Note> =
        with_conn!(&mut conn, |conn| diesel::sql_query(sql).load(conn).await).expect("rows");
    let hash = hex::encode(token_hash(token));
    notes.iter().filter(|note| note.token_hash == hash).count()
}

both_stores! {
    /// As the command line would: past the handlers, which forget at once.
    async fn what_the_models_change_the_process_notices(app) {
        app.add_key("sk-canary-of-all-processes").await;
        let (made, owned) = (token(&app).await, user(&app, "ann@example.org").await);
        for made in [&made, &owned] {
            assert_eq!(chat(&app, &made.token).await, 200);
        }
        let since = Instant::now();
        let rules = TokenRules { enabled: Some(false), ..TokenRules::default() };
        let mut conn = app.app.database.get().await.unwrap();
        let changed = conn.transaction(async |conn| {
            let none = UserChange { is_active: Some(false), ..UserChange::default() };
            User::change(conn, &[owned.id], &none).await?;
            ClientToken::change(conn, made.id, &TokenChange::default(), &rules).await
        });
        assert!(changed.await.unwrap().is_some());
        drop(conn);
        noticed(&app, since, &made, 403, "a token").await;
        noticed(&app, since, &owned, 403, "a user").await;
    }

    async fn a_change_and_its_note_are_one(app) {
        let made = token(&app).await;
        let mut conn = app.app.database.get().await.unwrap();
        let undone: Result<(), diesel::result::Error> = conn.transaction(async |conn| {
            ClientToken::delete(conn, made.id).await?;
            Err(diesel::result::Error::RollbackTransaction)
        }).await;
        assert!(undone.is_err());
        drop(conn);
        assert_eq!(notes(&app, &made.token).await, 0);
        let path = format!("/admin/tokens/{}", made.id);
        let rotated = app.admin("POST", &format!("{path}/rotate"), &json!({"grace": 60})).await;
        let second = rotated.json()["token"].as_str().expect("a token").to_owned();
        canary::release(&second);
        assert_eq!((notes(&app, &made.token).await, notes(&app, &second).await), (1, 0));
        assert_eq!(app.admin("DELETE", &path, &json!({})).await.status, 200);
        let both = (notes(&app, &made.token).await, notes(&app, &second).await);
        assert_eq!(both, (2, 1), "the one in its grace is told of, too");
    }
}
