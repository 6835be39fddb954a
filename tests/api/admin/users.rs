//! Users, from the administrator's side.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use diesel_async::RunQueryDsl;
use ollama_api_pool::with_conn;
use serde_json::{Value, json};

use super::{fields, post_raw};
use crate::support::{Answer, TestApp, both_stores};

const PATH: &str = "/admin/users";

async fn invite(app: &TestApp, body: Value) -> Value {
    let answer = app.admin("POST", PATH, &body).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()
}

async fn named(app: &TestApp, email: &str) -> i64 {
    invite(app, json!({"email": email})).await["id"].as_i64().expect("an id")
}

/// Status and code of a chat with this key.
async fn chat(app: &TestApp, key: &Value) -> (u16, String) {
    let body = json!({"model": "llama3.2", "messages": []});
    let key = key.as_str().expect("a key");
    let answer = app.call("POST", "/v1/chat/completions", key, Some(&body)).await;
    (answer.status, if answer.status == 200 { String::new() } else { answer.code() })
}

async fn post(app: &TestApp, id: &Value, what: &str, body: Value) -> Answer {
    app.admin("POST", &format!("{PATH}/{id}/{what}"), &body).await
}

async fn emails(app: &TestApp, query: &str) -> Vec<String> {
    let answer = app.admin_get(&format!("{PATH}?{query}")).await;
    assert_eq!(answer.status, 200, "{query}: {}", answer.text());
    let users = answer.json()["users"].clone();
    let name = |user: &Value| user["email"].as_str().expect("an address").to_owned();
    users.as_array().expect("users").iter().map(name).collect()
}

fn moment(value: &Value) -> DateTime<Utc> {
    value.as_str().expect("a moment").parse().expect("RFC 3339")
}

fn soon(value: &Value, app: &TestApp, ahead: TimeDelta) -> bool {
    let wanted = app.app.clock.now().naive().and_utc() + ahead;
    (moment(value) - wanted).abs() < TimeDelta::minutes(5)
}

/// The newest row of the audit log.
async fn last_deed(app: &TestApp) -> Value {
    app.admin_get("/admin/audit?kind=admin&pageSize=1").await.json()["entries"][0].clone()
}

async fn run_sql(app: &TestApp, sql: &str) {
    let mut conn = app.app.database.get().await.expect("a connection");
    with_conn!(&mut conn, |conn| diesel::sql_query(sql).execute(conn).await).expect("it runs");
}

both_stores! {
    async fn invited_with_a_key(app) {
        app.add_key("sk-users-0000000001").await;
        let made = invite(&app, json!({"email": " Ann@Example.ORG ", "role": "admin"})).await;
        assert_eq!(
            fields(&made),
            [
                "createdAt", "dailyRequests", "dailyTokens", "defaultProvider", "email", "id",
                "isActive", "keyExpiresAt", "keyId", "keyProvider", "keyRequestCount", "keyToken",
                "language", "lastLoginAt", "lastSignInAt", "maxConcurrency", "pending", "role",
                "rpm", "success", "token", "tpm", "updatedAt",
            ]
        );
        assert_eq!((&made["email"], &made["role"]), (&json!("ann@example.org"), &json!("admin")));
        assert!(soon(&made["keyExpiresAt"], &app, TimeDelta::days(3)), "{made}");
        assert_eq!(chat(&app, &made["token"]).await.0, 200);
        assert_eq!(chat(&app, &made["token"]).await.0, 200);

        let shown = app.admin_get(&format!("{PATH}/{}", made["id"])).await;
        assert_eq!((shown.status, &shown.json()["keyRequestCount"]), (200, &json!(2)));
        assert!(!shown.text().contains(made["token"].as_str().unwrap()), "masked");
        let deed = last_deed(&app).await;
        assert_eq!((&deed["action"], &deed["before"]), (&json!("user.create"), &json!(null)));
        assert_eq!(deed["after"]["email"], "ann@example.org");
        assert!(!deed.to_string().contains(made["token"].as_str().unwrap()), "no secret in the log");

        let again = app.admin("POST", PATH, &json!({"email": "ANN@example.org"})).await;
        assert_eq!((again.status, again.code().as_str()), (409, "already_exists"));
        let bound = json!({"email": "bob@example.org", "provider": "openrouter", "ttlSeconds": 0});
        let bound = invite(&app, bound).await;
        assert_eq!(bound["keyExpiresAt"], json!(null));
        assert_eq!((&bound["keyProvider"], &bound["defaultProvider"]), (&json!("openrouter"), &json!("openrouter")));
        assert_eq!(chat(&app, &bound["token"]).await.0, 403);
    }

    async fn found_filtered_and_sorted(app) {
        app.add_key("sk-users-0000000001").await;
        for email in ["carl_x@example.org", "ann@example.org", "bob@other.example"] {
            named(&app, email).await;
        }
        let ann = invite(&app, json!({"email": "zoe@example.org", "role": "admin", "ttlSeconds": 60})).await;
        assert_eq!(chat(&app, &ann["token"]).await.0, 200);
        let bob = app.admin_get(&format!("{PATH}?search=BOB")).await.json()["users"][0]["id"].clone();
        app.admin("PATCH", &format!("{PATH}/{bob}"), &json!({"isActive": false})).await;

        let ids = ["carl_x@example.org", "ann@example.org", "bob@other.example", "zoe@example.org"];
        assert_eq!(emails(&app, "").await, ids);
        assert_eq!(emails(&app, "sort=-id&pageSize=2&page=2").await, [ids[1], ids[0]]);
        assert_eq!(emails(&app, "sort=email").await, [ids[1], ids[2], ids[0], ids[3]]);
        assert_eq!(emails(&app, "sort=-keyRequestCount").await[0], ids[3]);
        assert_eq!(emails(&app, "sort=keyExpiresAt").await[0], ids[3]);
        for sort in ["lastLoginAt", "-lastLoginAt", "lastSignInAt", "-lastSignInAt", "-keyExpiresAt", "-email", "keyRequestCount"] {
            assert_eq!(emails(&app, &format!("sort={sort}")).await.len(), 4, "{sort}");
        }
        // `_` and `%` in a search mean themselves.
        assert_eq!(emails(&app, "search=_").await, [ids[0]]);
        assert_eq!(emails(&app, "search=%25").await, [""; 0]);
        assert_eq!(emails(&app, "search=Example.ORG").await.len(), 3);
        assert_eq!(emails(&app, "role=admin").await, [ids[3]]);
        assert_eq!(emails(&app, "isActive=false").await, [ids[2]]);
        assert_eq!(emails(&app, "active=true&role=user").await.len(), 2);
        let page = app.admin_get(&format!("{PATH}?pageSize=3&search=example.org")).await.json();
        assert_eq!((&page["total"], &page["totalPages"]), (&json!(3), &json!(1)));
        for bad in ["sort=password_hash", "role=owner", "isActive=maybe", "search=%00", "page=x"] {
            assert_eq!(app.admin_get(&format!("{PATH}?{bad}")).await.status, 422, "{bad}");
        }
    }

    async fn switched_off_and_on_at_once(app) {
        app.add_key("sk-users-0000000001").await;
        let ann = invite(&app, json!({"email": "ann@example.org"})).await;
        let path = format!("{PATH}/{}", ann["id"]);
        assert_eq!(chat(&app, &ann["token"]).await.0, 200);
        let off = app.admin("PATCH", &path, &json!({"isActive": false})).await;
        assert_eq!((off.status, &off.json()["isActive"]), (200, &json!(false)));
        assert_eq!(chat(&app, &ann["token"]).await, (403, "token_disabled".to_owned()));
        let deed = last_deed(&app).await;
        assert_eq!((&deed["before"]["isActive"], &deed["after"]["isActive"]), (&json!(true), &json!(false)));
        assert_eq!(deed["target"], format!("user:{}", ann["id"]));
        // The token's own switch is another one: it doesn't let its user back in.
        let tokens = app.admin_get("/admin/tokens").await.json()["tokens"].clone();
        let token = tokens.as_array().unwrap().iter().find(|t| t["name"] == "ann@example.org");
        let token = format!("/admin/tokens/{}", token.expect("the key is a token")["id"]);
        app.admin("PATCH", &token, &json!({"enabled": true})).await;
        assert_eq!(chat(&app, &ann["token"]).await.0, 403);
        // Nobody else is touched.
        assert_eq!(chat(&app, &json!(app.token.clone())).await.0, 200);

        let change = json!({"isActive": true, "role": "admin", "defaultProvider": "openrouter"});
        let on = app.admin("PATCH", &path, &change).await.json();
        assert_eq!((&on["role"], &on["defaultProvider"]), (&json!("admin"), &json!("openrouter")));
        assert_eq!(chat(&app, &ann["token"]).await.0, 200);
    }

    async fn a_new_key_ends_the_old_one(app) {
        app.add_key("sk-users-0000000001").await;
        let ann = invite(&app, json!({"email": "ann@example.org", "ttlSeconds": 86_400})).await;
        assert_eq!(chat(&app, &ann["token"]).await.0, 200);
        let new = post(&app, &ann["id"], "reset-key", json!({})).await;
        assert_eq!(new.status, 200, "{}", new.text());
        let new = new.json();
        assert_ne!(new["token"], ann["token"]);
        assert_eq!(new["keyExpiresAt"], ann["keyExpiresAt"], "it keeps its end");
        assert_eq!(chat(&app, &ann["token"]).await, (401, "invalid_api_key".to_owned()));
        assert_eq!(chat(&app, &new["token"]).await.0, 200);
        let shown = app.admin_get(&format!("{PATH}/{}", ann["id"])).await.json();
        assert_eq!(shown["keyRequestCount"], 2, "counts go over");

        let body = json!({"ttlSeconds": 60, "provider": "openrouter"});
        let bound = post(&app, &ann["id"], "reset-key", body).await.json();
        assert!(soon(&bound["keyExpiresAt"], &app, TimeDelta::minutes(1)));
        assert_eq!(bound["keyProvider"], "openrouter");
        assert_eq!(chat(&app, &bound["token"]).await.0, 403);
        let deed = last_deed(&app).await;
        assert_eq!(deed["action"], "user.reset_key");
        assert_eq!((&deed["before"]["keyProvider"], &deed["after"]["keyProvider"]), (&json!(null), &json!("openrouter")));
        for token in [&ann["token"], &new["token"], &bound["token"]] {
            assert!(!deed.to_string().contains(token.as_str().unwrap()), "{deed}");
        }
        // One that has ended gets three days again.
        app.app.clock.advance(Duration::from_secs(3600));
        let again = post(&app, &ann["id"], "reset-key", json!({})).await.json();
        assert!(soon(&again["keyExpiresAt"], &app, TimeDelta::days(3)), "{again}");
        assert_eq!(again["keyProvider"], "openrouter", "it stays bound");
    }

    async fn extended_from_now_or_from_its_end(app) {
        app.add_key("sk-users-0000000001").await;
        let ann = invite(&app, json!({"email": "ann@example.org", "ttlSeconds": 60})).await;
        let good = post(&app, &ann["id"], "extend-key", json!({"days": 2})).await;
        assert_eq!(good.status, 200, "{}", good.text());
        let end = moment(&ann["keyExpiresAt"]) + TimeDelta::days(2);
        assert_eq!(moment(&good.json()["keyExpiresAt"]), end);
        app.app.clock.advance(Duration::from_secs(10 * 86_400));
        assert_eq!(chat(&app, &ann["token"]).await, (401, "token_expired".to_owned()));
        let late = post(&app, &ann["id"], "extend-key", json!({"days": 1})).await.json();
        assert!(soon(&late["keyExpiresAt"], &app, TimeDelta::days(1)), "{late}");
        assert_eq!(chat(&app, &ann["token"]).await.0, 200, "at once");
        let endless = invite(&app, json!({"email": "bob@example.org", "ttlSeconds": 0})).await;
        let still = post(&app, &endless["id"], "extend-key", json!({"days": 5})).await.json();
        assert_eq!(still["keyExpiresAt"], json!(null));
        for days in [json!(0), json!(366), json!(-1), json!("1"), json!(null), json!(1.5)] {
            let answer = post(&app, &ann["id"], "extend-key", json!({ "days": days })).await;
            assert_eq!(answer.status, 422, "{days}");
        }
        let after = app.admin_get(&format!("{PATH}/{}", ann["id"])).await.json();
        assert_eq!(after["keyExpiresAt"], late["keyExpiresAt"], "the refused changed nothing");
    }

    async fn check_ins(app) {
        let ann = named(&app, "ann@example.org").await;
        for day in 1..=7 {
            run_sql(&app, &format!(
                "INSERT INTO user_signins (user_id, sign_day, created_at) \
                 VALUES ({ann}, '2026-11-0{day}', '2026-11-0{day} 08:00:00')"
            )).await;
        }
        let path = format!("{PATH}/{ann}/signins");
        let first = app.admin_get(&format!("{path}?limit=3")).await.json();
        assert_eq!(
            fields(&first),
            ["hasNext", "hasPrev", "items", "limit", "page", "pageCount", "total"]
        );
        assert_eq!((&first["total"], &first["pageCount"]), (&json!(7), &json!(3)));
        assert_eq!((&first["hasNext"], &first["hasPrev"]), (&json!(true), &json!(false)));
        assert_eq!(first["items"][0]["signDay"], "2026-11-07");
        assert_eq!(first["items"][0]["createdAt"], "2026-11-07T08:00:00.000Z");
        let last = app.admin_get(&format!("{path}?limit=3&page=3")).await.json();
        assert_eq!((&last["hasNext"], &last["hasPrev"]), (&json!(false), &json!(true)));
        assert_eq!(last["items"][0]["signDay"], "2026-11-01");
        assert_eq!(app.admin_get(&format!("{path}?limit=500")).await.json()["limit"], 50);
        assert_eq!(app.admin_get(&format!("{PATH}/999999/signins")).await.status, 404);
    }

    async fn many_at_once(app) {
        app.add_key("sk-users-0000000001").await;
        let ann = invite(&app, json!({"email": "ann@example.org"})).await;
        let bob = invite(&app, json!({"email": "bob@example.org"})).await;
        let ids = json!([ann["id"], bob["id"], bob["id"], 999_999]);
        let bulk = async |body: Value| {
            let answer = app.admin("POST", "/admin/users/bulk", &body).await;
            assert_eq!(answer.status, 200, "{}", answer.text());
            let done = answer.json();
            (done["changed"].clone(), done["unchanged"].clone(), done["failed"].clone())
        };
        assert_eq!(chat(&app, &ann["token"]).await.0, 200);
        let off = json!({"ids": ids, "action": "deactivate"});
        assert_eq!(bulk(off.clone()).await, (json!(2), json!(0), json!(1)));
        assert_eq!((chat(&app, &ann["token"]).await.0, chat(&app, &bob["token"]).await.0), (403, 403));
        let deed = last_deed(&app).await;
        assert_eq!((&deed["action"], deed["after"]["users"].as_array().unwrap().len()), (&json!("user.deactivate"), 2));
        assert_eq!(bulk(off).await, (json!(0), json!(2), json!(1)));
        assert_eq!(last_deed(&app).await["id"], deed["id"], "nothing was changed, nothing is noted");
        bulk(json!({"ids": ids, "action": "activate"})).await;
        assert_eq!(chat(&app, &ann["token"]).await.0, 200);
        assert_eq!(bulk(json!({"ids": ids, "action": "role", "role": "admin"})).await.0, 2);
        assert_eq!(emails(&app, "role=admin").await.len(), 2);
        assert_eq!(bulk(json!({"ids": ids, "action": "extend", "days": 10})).await.0, 2);
        let end = app.admin_get(&format!("{PATH}/{}", ann["id"])).await.json()["keyExpiresAt"].clone();
        assert_eq!(moment(&end), moment(&ann["keyExpiresAt"]) + TimeDelta::days(10));
        let done = app.admin("POST", "/admin/users/bulk", &json!({"ids": ids, "action": "delete"})).await.json();
        assert_eq!(done["results"][0], json!({"id": ann["id"], "outcome": "changed"}));
        assert_eq!(done["results"][2], json!({"id": 999_999, "outcome": "not_found"}));
        assert_eq!(chat(&app, &ann["token"]).await.0, 401);
        assert_eq!(emails(&app, "").await, [""; 0]);
        for bad in [
            json!({"ids": [], "action": "activate"}),
            json!({"ids": (0..1001).collect::<Vec<_>>(), "action": "activate"}),
            json!({"ids": [1], "action": "explode"}),
            json!({"ids": [1], "action": "extend"}),
            json!({"ids": [1], "action": "extend", "days": 366}),
            json!({"ids": [1], "action": "role"}),
            json!({"action": "activate"}),
        ] {
            assert_eq!(app.admin("POST", "/admin/users/bulk", &bad).await.status, 422, "{bad}");
        }
    }

    async fn deleted_with_the_key(app) {
        app.add_key("sk-users-0000000001").await;
        let ann = invite(&app, json!({"email": "ann@example.org"})).await;
        assert_eq!(chat(&app, &ann["token"]).await.0, 200);
        let path = format!("{PATH}/{}", ann["id"]);
        let gone = app.call("DELETE", &path, crate::support::ADMIN_TOKEN, None).await;
        assert_eq!((gone.status, gone.json()), (200, json!({"success": true, "deleted": 1})));
        assert_eq!(chat(&app, &ann["token"]).await, (401, "invalid_api_key".to_owned()));
        assert_eq!(last_deed(&app).await["before"]["email"], "ann@example.org");
        for (method, path) in [("GET", path.clone()), ("DELETE", path.clone())] {
            assert_eq!(app.admin(method, &path, &json!({})).await.status, 404, "{method}");
        }
        assert_eq!(app.admin("PATCH", &path, &json!({"role": "user"})).await.status, 404);
        assert_eq!(post(&app, &ann["id"], "reset-key", json!({})).await.status, 404);
        assert_eq!(post(&app, &ann["id"], "extend-key", json!({"days": 1})).await.status, 404);
        assert!(named(&app, "ann@example.org").await > ann["id"].as_i64().unwrap(), "another one");
    }

    async fn wrong_values_are_refused(app) {
        let id = named(&app, "ann@example.org").await;
        for (body, status) in [
            (json!({}), 422),
            (json!({"email": "ann"}), 422),
            (json!({"email": "ann@example.org\nBcc: b@example.org"}), 422),
            (json!({"email": "bob@example.org", "role": "owner"}), 422),
            (json!({"email": "bob@example.org", "ttlSeconds": -1}), 422),
            (json!({"email": "bob@example.org", "ttlSeconds": 315_360_001}), 422),
            (json!({"email": "bob@example.org", "password": "secret"}), 422),
            (json!({"email": "bob@example.org", "provider": "nowhere"}), 404),
        ] {
            assert_eq!(app.admin("POST", PATH, &body).await.status, status, "{body}");
        }
        for (body, status) in [
            (json!({}), 422),
            (json!({"role": "owner"}), 422),
            (json!({"isActive": "yes"}), 422),
            (json!({"email": "other@example.org"}), 422),
            (json!({"defaultProvider": "nowhere"}), 404),
        ] {
            assert_eq!(app.admin("PATCH", &format!("{PATH}/{id}"), &body).await.status, status, "{body}");
        }
        assert_eq!(app.admin_get(&format!("{PATH}/x")).await.status, 404);
        assert_eq!(post_raw(&app, PATH, "application/json", "{\"email\"").await.status, 400);
        assert_eq!(emails(&app, "").await, ["ann@example.org"]);
    }
}
