//! Announcements.

use std::time::Duration;

use serde_json::{Value, json};

use super::fields;
use crate::support::{ADMIN_TOKEN, Answer, TestApp, both_stores};

const PATH: &str = "/admin/announcements";

async fn announce(app: &TestApp, body: Value) -> Value {
    let answer = app.admin("POST", PATH, &body).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()
}

async fn public(app: &TestApp) -> Answer {
    app.call("GET", "/api/announcements", "", None).await
}

async fn titles(app: &TestApp) -> Vec<String> {
    let list = public(app).await.json()["announcements"].clone();
    let title = |one: &Value| one["title"].as_str().expect("a title").to_owned();
    list.as_array().expect("a list").iter().map(title).collect()
}

/// So many seconds from now.
fn at(app: &TestApp, secs: i64) -> String {
    app.app.clock.now().plus_secs(secs).rfc3339()
}

both_stores! {
    async fn written_changed_and_taken_back(app) {
        assert_eq!(titles(&app).await, [""; 0]);
        let body = "# Sunday\n<b>raw</b> [x](javascript:1) ✓";
        let made = announce(&app, json!({"title": " Soon ", "body": body, "level": "warning"})).await;
        assert_eq!(
            fields(&made),
            ["audience", "body", "createdAt", "endsAt", "id", "level", "startsAt", "title", "updatedAt"]
        );
        assert_eq!((&made["title"], &made["body"]), (&json!("Soon"), &json!(body)), "as it is");
        assert_eq!((&made["level"], &made["audience"]), (&json!("warning"), &json!("all")));
        let path = format!("{PATH}/{}", made["id"]);
        assert_eq!(app.admin_get(&path).await.json(), made);
        assert_eq!(titles(&app).await, ["Soon"], "at once");

        let end = at(&app, 3600);
        let changed = app.admin("PATCH", &path, &json!({"title": "Now", "endsAt": end})).await;
        assert_eq!(changed.status, 200, "{}", changed.text());
        let changed = changed.json();
        assert_eq!((&changed["body"], &changed["endsAt"]), (&json!(body), &json!(end)));
        assert_eq!(titles(&app).await, ["Now"]);
        let body = json!({"id": made["id"], "endsAt": null, "level": "critical"});
        let changed = app.admin("PATCH", PATH, &body).await.json();
        assert_eq!((&changed["endsAt"], &changed["level"]), (&json!(null), &json!("critical")));

        let gone = app.call("DELETE", &path, ADMIN_TOKEN, None).await;
        assert_eq!((gone.status, gone.json()), (200, json!({"success": true, "deleted": 1})));
        assert_eq!(titles(&app).await, [""; 0]);
        let deeds = app.admin_get("/admin/audit?action=announcement.").await.json();
        let names: Vec<_> = deeds["entries"].as_array().unwrap().iter().map(|d| d["action"].as_str().unwrap()).collect();
        assert_eq!(
            names,
            ["announcement.delete", "announcement.change", "announcement.change", "announcement.create"]
        );
        assert_eq!((&deeds["entries"][2]["before"]["title"], &deeds["entries"][2]["after"]["title"]), (&json!("Soon"), &json!("Now")));
        for (method, path) in [("GET", &path), ("PATCH", &path), ("DELETE", &path)] {
            assert_eq!(app.admin(method, path, &json!({"title": "x"})).await.status, 404, "{method}");
        }
        let named = announce(&app, json!({"title": "by id"})).await;
        assert_eq!(app.admin("DELETE", PATH, &json!({"id": named["id"]})).await.status, 200);
        assert_eq!(app.admin("DELETE", PATH, &json!({"id": named["id"]})).await.status, 404);
    }

    async fn only_what_is_for_everyone_and_now(app) {
        announce(&app, json!({"title": "users", "audience": "users"})).await;
        announce(&app, json!({"title": "admins", "audience": "admins"})).await;
        announce(&app, json!({"title": "past", "startsAt": at(&app, -20), "endsAt": at(&app, -10)})).await;
        announce(&app, json!({"title": "later", "startsAt": at(&app, 3600)})).await;
        announce(&app, json!({"title": "first"})).await;
        announce(&app, json!({"title": "second", "startsAt": at(&app, -10), "endsAt": at(&app, 1800)})).await;
        assert_eq!(titles(&app).await, ["second", "first"]);
        app.app.clock.advance(Duration::from_secs(7200));
        // Another change, so that nothing is answered from the cache.
        announce(&app, json!({"title": "third"})).await;
        assert_eq!(titles(&app).await, ["third", "first", "later"]);
        let all = app.admin_get(&format!("{PATH}?pageSize=4")).await.json();
        assert_eq!((&all["total"], &all["totalPages"]), (&json!(7), &json!(2)));
        assert_eq!(all["announcements"].as_array().unwrap().len(), 4);
    }

    async fn open_to_pages_and_limited(app, ["--rate-limit-requests=3"]) {
        let answer = public(&app).await;
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
        assert_eq!((public(&app).await.status, public(&app).await.status), (200, 200));
        let over = public(&app).await;
        assert_eq!((over.status, over.code().as_str()), (429, "rate_limited"));
        assert!(over.header("retry-after").is_some());
    }

    async fn wrong_values_are_refused(app) {
        let id = announce(&app, json!({"title": "good", "startsAt": "2030-01-02T00:00:00+01:00"})).await;
        assert_eq!(id["startsAt"], "2030-01-01T23:00:00.000Z");
        let path = format!("{PATH}/{}", id["id"]);
        for body in [
            json!({}),
            json!({"title": " "}),
            json!({"title": "x".repeat(201)}),
            json!({"title": "a\u{0}b"}),
            json!({"title": "a", "body": "\u{0}"}),
            json!({"title": "a", "body": "x".repeat(20_001)}),
            json!({"title": "a", "level": "loud"}),
            json!({"title": "a", "audience": "nobody"}),
            json!({"title": "a", "startsAt": "tomorrow"}),
            json!({"title": "a", "endsAt": "+12000-01-01T00:00:00Z"}),
            json!({"title": "a", "startsAt": "2031-01-02T00:00:00Z", "endsAt": "2031-01-01T00:00:00Z"}),
            json!({"title": "a", "color": "red"}),
        ] {
            assert_eq!(app.admin("POST", PATH, &body).await.status, 422, "{body}");
        }
        // Checked against what is there already.
        let early = json!({"endsAt": "2029-01-01T00:00:00Z"});
        assert_eq!(app.admin("PATCH", &path, &early).await.status, 422);
        assert_eq!(app.admin("PATCH", &path, &json!({})).await.status, 422);
        assert_eq!(app.admin("PATCH", PATH, &json!({"title": "a"})).await.status, 422);
        assert_eq!(app.admin_get(&path).await.json(), id);
    }
}
