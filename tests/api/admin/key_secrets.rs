//! Revealing and exporting keys.

use serde_json::json;

use super::key_deeds::deeds;
use crate::accounts::sign_up;
use crate::support::{ADMIN_TOKEN, TestApp, both_stores};

const KEY: &str = "sk-reveal-0123456789";
const CONFIRM: &str = "export all secrets";

async fn add_some(app: &TestApp, keys: usize) {
    for n in 0..keys {
        app.add_key_with(&json!({"api_key": format!("sk-export-{n:08}"), "account": "a",
            "username": format!("name {n}"), "ttl": 3600}))
            .await;
    }
}

/// The lines of a CSV, each with its cells.
fn lines(text: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    let cells = |line: csv::StringRecord| line.iter().map(str::to_owned).collect();
    reader.records().map(|line| cells(line.expect("CSV"))).collect()
}

both_stores! {
    async fn a_key_is_revealed_and_noted(app) {
        let id = app.add_key(KEY).await;
        let path = format!("/admin/api-keys/{id}/reveal");
        let answer = app.admin("POST", &path, &json!({})).await;
        assert_eq!((answer.status, answer.json()), (200, json!({"api_key": KEY})));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let deed = deeds(&app).await.pop().expect("a deed");
        assert_eq!((deed.action.as_str(), deed.target), ("key.reveal", format!("key:{id}")));
        assert_eq!(deed.after["api_key"], "sk-r…6789");
        let strange = format!("/admin/api-keys/{}/reveal", id + 1);
        assert_eq!(app.admin("POST", &strange, &json!({})).await.status, 404);
        assert_eq!(app.call("POST", &path, "", None).await.status, 401);
        assert_eq!(app.admin_get(&path).await.status, 405);
        for _ in 2..30 {
            assert_eq!(app.admin("POST", &path, &json!({})).await.status, 200);
        }
        let refused = app.admin("POST", &path, &json!({})).await;
        assert_eq!((refused.status, refused.code().as_str()), (429, "rate_limited"));
        assert!(refused.header("retry-after").is_some() && !refused.text().contains(KEY));
    }

    async fn reveals_count_by_administrator_wherever_they_are(
        app, ["--trusted-proxies=127.0.0.1"]
    ) {
        let path = format!("/admin/api-keys/{}/reveal", app.add_key(KEY).await);
        let people = [sign_up(&app, "ann@example.org").await, sign_up(&app, "bob@example.org").await,
            sign_up(&app, "eve@example.org").await];
        let mut tokens = vec![ADMIN_TOKEN.to_owned()];
        for person in &people {
            let user = format!("/admin/users/{}", person.id(&app).await);
            assert_eq!(app.admin("PATCH", &user, &json!({"role": "admin"})).await.status, 200);
            tokens.push(person.session.clone());
        }
        let mut shown = Vec::new();
        for token in &tokens {
            let mut count = 0;
            for subnet in 0..40 {
                let request = awc::Client::default().post(app.url(&path)).bearer_auth(token);
                let from = ("x-forwarded-for", format!("2001:db8:{subnet:x}::1"));
                let answer = request.insert_header(from).send_json(&json!({})).await;
                count += usize::from(answer.expect("an answer").status() == 200);
            }
            shown.push(count);
        }
        assert_eq!(shown, [30, 30, 30, 0], "each has thirty, all together ninety");
    }

    async fn an_export_of_secrets_is_mailed_to_administrators(app) {
        let ann = sign_up(&app, "ann@example.org").await;
        sign_up(&app, "bob@example.org").await;
        let user = format!("/admin/users/{}", ann.id(&app).await);
        assert_eq!(app.admin("PATCH", &user, &json!({"role": "admin"})).await.status, 200);
        add_some(&app, 1).await;
        let body = json!({"secrets": true, "confirm": CONFIRM});
        assert_eq!(app.admin("POST", "/admin/api-keys/export", &body).await.status, 200);
        let mail = app.mail_to(&ann.email).await;
        assert_eq!(mail.subject, "Upstream keys were exported");
        assert!(!mail.text.contains("sk-export"), "{}", mail.text);
    }

    async fn a_masked_export_has_every_key_and_no_secret(app) {
        add_some(&app, 3).await;
        app.add_key_with(&json!({"api_key": "sk-formula-000001", "username": "=1+1",
            "account": "@sum"})).await;
        app.add_key_with(&json!({"api_key": KEY, "provider": "openrouter",
            "username": "a \"quoted\", name"})).await;
        let answer = app.admin_get("/admin/api-keys/export?provider=all&page=7").await;
        assert_eq!((answer.status, answer.broken), (200, false));
        assert!(answer.header("content-type").unwrap().starts_with("text/csv"));
        let text = answer.text();
        let table = lines(&text);
        assert_eq!((table.len(), &table[0][..3]), (6, &["id", "masked", "username"]
            .map(str::to_owned)[..]));
        assert_eq!((table[4][2].as_str(), table[4][4].as_str()), ("'=1+1", "'@sum"));
        assert_eq!(table[5][2], "a \"quoted\", name");
        assert!(!text.contains("sk-export") && !text.contains(KEY));
        let few = app.admin_get("/admin/api-keys/export?search=name+1").await.text();
        assert_eq!(lines(&few).len(), 2);
        assert_eq!(deeds(&app).await.pop().unwrap().after, json!({"keys": 1, "secrets": false}));
        assert_eq!(app.admin_get("/admin/api-keys/export?status=x").await.status, 422);
        assert_eq!(app.call("GET", "/admin/api-keys/export", "", None).await.status, 401);
    }

    async fn secrets_are_exported_by_an_explicit_choice_only(app) {
        add_some(&app, 2).await;
        let path = "/admin/api-keys/export";
        for (body, status) in [
            (json!({}), 422),
            (json!({"secrets": true}), 422),
            (json!({"secrets": true, "confirm": "yes"}), 422),
            (json!({"secrets": false, "confirm": CONFIRM}), 422),
            (json!({"secrets": true, "confirm": CONFIRM, "filter": {"nonsense": 1}}), 422),
            (json!({"secrets": true, "confirm": CONFIRM, "filter": {"provider": "no"}}), 404),
        ] {
            assert_eq!(app.admin("POST", path, &body).await.status, status, "{body}");
        }
        let body = json!({"secrets": true, "confirm": CONFIRM});
        assert_eq!(app.call("POST", path, "", Some(&body)).await.status, 401);
        let answer = app.admin("POST", path, &body).await;
        assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-store")));
        let table = lines(&answer.text());
        assert_eq!(table[0][..4], ["api_key", "username", "account", "ttl"]);
        assert_eq!(table[1][..3], ["sk-export-00000000", "name 0", "a"]);
        let ttl: i64 = table[2][3].parse().expect("seconds");
        assert!((3500..=3600).contains(&ttl), "{ttl}");
        assert_eq!(table.len(), 3);
        let deed = deeds(&app).await.pop().expect("a deed");
        assert_eq!((deed.action.as_str(), &deed.after["secrets"], &deed.after["keys"]),
            ("key.export", &json!(true), &json!(2)));
        for _ in 1..5 {
            assert_eq!(app.admin("POST", path, &body).await.status, 200);
        }
        assert_eq!(app.admin("POST", path, &body).await.code(), "rate_limited");
    }
}
