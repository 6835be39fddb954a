//! `doctor`: what is wrong, or still to be decided.

use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Ended, beside, command, ended, execute};
use crate::accounts::second_factor::{Device, administrator};
use crate::support::{
    ADMIN_TOKEN, AUTH_SECRET, ENCRYPTION_KEY, Home, TestApp, both_stores, program,
};

/// What it says of something, each as its level and its words.
fn about(ended: &Ended, what: &str) -> Vec<(String, String)> {
    let document = ended.json();
    let findings = document["findings"].as_array().expect("findings").clone();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let of_it = findings.iter().filter(|finding| finding["about"] == what);
    of_it.map(|finding| (text(&finding["level"]), text(&finding["text"]))).collect()
}

/// The level of the only thing that it says of this.
fn level(ended: &Ended, what: &str) -> String {
    let said = about(ended, what);
    assert_eq!(said.len(), 1, "{what}: {said:?}");
    said[0].0.clone()
}

async fn look(app: &TestApp) -> Ended {
    let ended = beside(app, &["doctor", "--json"]).await;
    ended.clean(&[ADMIN_TOKEN, AUTH_SECRET, ENCRYPTION_KEY])
}

async fn set(app: &TestApp, settings: Value) {
    assert_eq!(app.admin("PATCH", "/admin/settings", &settings).await.status, 200);
}

both_stores! {
    async fn it_tells_what_is_to_be_done_until_it_is(app, ["--bcrypt-cost=4"]) {
        let ann = administrator(&app).await;
        let private = std::fs::Permissions::from_mode(0o700);
        std::fs::set_permissions(app.home.settings().0, private).expect("it is ours");
        let first = look(&app).await;
        assert_eq!((first.code, &first.json()["ok"]), (Some(1), &json!(false)), "{}", first.err);
        for (what, expected) in [
            ("secrets", "fine"),
            ("database", "fine"),
            ("registration", "todo"),
            ("administrators", "todo"),
            ("upstream keys", "todo"),
            ("mail", "todo"),
        ] {
            assert_eq!(level(&first, what), expected, "{what}: {}", first.out);
        }

        let unlimited = json!({"user_rpm": 0, "user_daily_requests": 0, "user_max_concurrency": 0});
        set(&app, unlimited).await;
        let said = about(&look(&app).await, "registration");
        assert!(said.iter().any(|(level, text)| level == "problem" && text.contains("no limits")), "{said:?}");

        set(&app, json!({"registration": "closed", "require_admin_totp": true})).await;
        app.add_key("sk-for-the-doctor-01").await;
        let then = look(&app).await;
        assert_eq!((level(&then, "registration"), level(&then, "administrators")), ("fine".into(), "note".into()));
        assert_eq!(then.code, Some(0), "a note is nothing to be done: {}", then.out);
        set(&app, json!({"require_admin_totp": false})).await;
        Device::set_up(&app, &ann).await;
        let last = look(&app).await;
        assert_eq!((last.code, level(&last, "administrators")), (Some(0), "fine".into()), "{}", last.out);
        let people = beside(&app, &["doctor"]).await;
        assert_eq!(people.code, Some(0));
        assert!(people.out.starts_with("STATE") && people.out.contains("upstream keys"), "{}", people.out);
    }

    async fn it_tells_what_does_not_answer(app) {
        let mut away = command(&app.home, &["doctor", "--json"]);
        // Nobody listens at the lowest port.
        away.env("REDIS_URL", "redis://127.0.0.1:1").env("EMAIL_HOST", "127.0.0.1").env("EMAIL_PORT", "1");
        away.env("EMAIL_FROM", "pool@example.org");
        let away = ended(away).await;
        assert_eq!(away.code, Some(1));
        assert_eq!((level(&away, "redis"), level(&away, "mail")), ("problem".into(), "problem".into()), "{}", away.out);
        let mut gone = command(&app.home, &["doctor", "--json"]);
        gone.env("DATABASE_URL", "postgres://user:canary-word@127.0.0.1:1/pool");
        let gone = ended(gone).await.clean(&["canary-word"]);
        assert_eq!((gone.code, level(&gone, "database")), (Some(1), "problem".into()));
    }

    async fn an_older_schema_is_told_of_and_stays(app) {
        let sql = "DELETE FROM __diesel_schema_migrations WHERE version = '20261201020000'";
        assert_eq!(execute(&app, sql).await, 1);
        for _ in 0..2 {
            let ended = look(&app).await;
            let said = about(&ended, "database");
            assert!(said[0].0 == "problem" && said[0].1.contains("admin_sessions"), "{said:?}");
        }
        let sql = "INSERT INTO __diesel_schema_migrations (version) VALUES ('20261201020000')";
        assert_eq!(execute(&app, sql).await, 1);
    }
}

#[actix_web::test]
async fn a_service_that_never_started_is_left_as_it_is() {
    let dir = TempDir::new().unwrap();
    let mut new = program(dir.path());
    new.args(["doctor", "--json"]);
    let new = ended(new).await;
    assert_eq!((new.code, level(&new, "database")), (Some(1), "todo".into()), "{}", new.out);
    assert!(!dir.path().join("data").exists(), "nothing is made");
}

#[actix_web::test]
async fn secrets_and_proxies_are_looked_at() {
    let home = Home::new(crate::support::Store::Sqlite).await;
    let with = async |set: &[(&str, &str)]| {
        let mut command = command(&home, &["doctor", "--json"]);
        command.envs(set.iter().copied());
        ended(command).await
    };
    let weak = "canary-canary-canary";
    let ended = with(&[("ADMIN_TOKEN", weak), ("AUTH_SECRET", "short-word-12")]).await;
    let said = about(&ended, "secrets");
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said.iter().all(|(level, _)| level == "problem"));
    ended.clean(&[weak, "short-word-12"]);

    let plain = with(&[("PUBLIC_URL", "http://pool.example.org")]).await;
    assert_eq!(level(&plain, "PUBLIC_URL"), "problem");
    let at_home = with(&[("PUBLIC_URL", "http://localhost:8080")]).await;
    assert_eq!(level(&at_home, "PUBLIC_URL"), "fine");
    let nobody_trusted = with(&[("PUBLIC_URL", "https://pool.example.org")]).await;
    assert_eq!(level(&nobody_trusted, "TRUSTED_PROXIES"), "problem");
    let trusted = [("PUBLIC_URL", "https://pool.example.org"), ("TRUSTED_PROXIES", "127.0.0.1")];
    assert_eq!(about(&with(&trusted).await, "TRUSTED_PROXIES"), []);
    let everywhere = with(&[("HOST", "0.0.0.0"), ("ALLOW_PRIVATE_UPSTREAMS", "true")]).await;
    assert_eq!(level(&everywhere, "PUBLIC_URL"), "todo");
    assert_eq!(level(&everywhere, "ALLOW_PRIVATE_UPSTREAMS"), "note");
}
