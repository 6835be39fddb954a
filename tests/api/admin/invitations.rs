//! Invitations, and signing up with one.

use std::collections::HashSet;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::fields;
use super::people::{code_for, registration, sign_up, sign_up_with};
use crate::support::{TestApp, both_stores, canary};

const PATH: &str = "/admin/invitations";

/// Makes invitations as this body says: what the answer shows of each.
async fn invite(app: &TestApp, body: Value) -> Vec<Value> {
    let answer = app.admin("POST", PATH, &body).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let made = answer.json()["invitations"].as_array().expect("invitations").clone();
    made.iter().for_each(|one| canary::release(code(one)));
    made
}

fn code(invitation: &Value) -> &str {
    invitation["code"].as_str().expect("a code")
}

fn moment(value: &Value) -> DateTime<Utc> {
    value.as_str().expect("a moment").parse().expect("RFC 3339")
}

/// Status and code of signing up with this invitation.
async fn outcome(app: &TestApp, email: &str, invitation: &str) -> (u16, String) {
    let answer = sign_up(app, email, Some(invitation)).await;
    (answer.status, if answer.status < 300 { String::new() } else { answer.code() })
}

fn refused() -> (u16, String) {
    (403, "invitation_required".to_owned())
}

async fn uses(app: &TestApp, id: &Value) -> Value {
    let list = app.admin_get(PATH).await.json()["invitations"].clone();
    let one = list.as_array().unwrap().iter().find(|one| one["id"] == *id).cloned();
    let one = one.expect("it is there");
    json!([one["uses"], one["status"]])
}

both_stores! {
    async fn shown_once_and_masked_after(app) {
        let made = invite(&app, json!({"note": " For the club ", "count": 3})).await;
        let codes: HashSet<&str> = made.iter().map(code).collect();
        assert_eq!(codes.len(), 3, "each is another one");
        assert!(codes.iter().all(|code| code.starts_with("inv-") && code.len() == 28), "{codes:?}");
        assert_eq!(
            fields(&made[0]),
            ["code", "createdAt", "expiresAt", "id", "note", "status", "uses", "usesMax"]
        );
        assert_eq!((&made[0]["note"], &made[0]["usesMax"]), (&json!("For the club"), &json!(1)));
        let life = moment(&made[0]["expiresAt"]) - moment(&made[0]["createdAt"]);
        assert_eq!(life, TimeDelta::days(7));
        let endless = invite(&app, json!({"ttlSeconds": 0, "uses_max": 0})).await;
        assert_eq!((&endless[0]["expiresAt"], &endless[0]["usesMax"]), (&json!(null), &json!(0)));

        let list = app.admin_get(&format!("{PATH}?pageSize=3")).await.json();
        assert_eq!((&list["total"], &list["totalPages"]), (&json!(4), &json!(2)));
        let ids: Vec<&Value> = list["invitations"].as_array().unwrap().iter().map(|one| &one["id"]).collect();
        assert_eq!(ids, [&endless[0]["id"], &made[2]["id"], &made[1]["id"]], "newest first");
        let whole = code(&made[2]);
        let masked = format!("inv-…{}", &whole[whole.len() - 4..]);
        assert_eq!(list["invitations"][1]["code"], masked);
        let audit = app.admin_get("/admin/audit?action=invitation.create").await.json();
        assert_eq!(audit["entries"][1]["after"]["invitations"][2]["code"], masked);
        for bad in [
            json!({"count": 0}),
            json!({"count": 101}),
            json!({"usesMax": -1}),
            json!({"usesMax": 1_000_001}),
            json!({"ttlSeconds": -1}),
            json!({"ttlSeconds": 315_360_001}),
            json!({"note": "a\u{0}b"}),
            json!({"note": "a".repeat(257)}),
            json!({"code": "mine"}),
        ] {
            assert_eq!(app.admin("POST", PATH, &bad).await.status, 422, "{bad}");
        }
        assert_eq!(app.admin_get(PATH).await.json()["total"], 4);
    }

    async fn let_as_many_in_as_they_say(app, ["--bcrypt-cost=4"]) {
        registration(&app, "invitation").await;
        let made = invite(&app, json!({"usesMax": 3})).await;
        let emails: Vec<String> = (0..9).map(|n| format!("ann{n}@example.org")).collect();
        // The codes first: what races is only the signing up.
        let codes = join_all(emails.iter().map(|email| code_for(&app, email))).await;
        let racing = emails.iter().zip(&codes).map(|(email, by_mail)| {
            sign_up_with(&app, email, by_mail, Some(code(&made[0])))
        });
        let mut statuses: Vec<u16> =
            join_all(racing).await.iter().map(|answer| answer.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 201, 201, 403, 403, 403, 403, 403, 403]);
        assert_eq!(uses(&app, &made[0]["id"]).await, json!([3, "used_up"]));
        assert_eq!(app.admin_get("/admin/users").await.json()["total"], 3);
    }

    async fn are_needed_and_good_until_their_end(app, ["--bcrypt-cost=4"]) {
        registration(&app, "invitation").await;
        let made = invite(&app, json!({"usesMax": 2, "ttlSeconds": 3600})).await;
        let (id, good) = (&made[0]["id"], code(&made[0]));
        let none = sign_up(&app, "ann@example.org", None).await;
        assert_eq!((none.status, none.code()), refused());
        assert_eq!(outcome(&app, "bob@example.org", "inv-of-somebodys-own-making").await, refused());
        // A refused one doesn't use the code by mail up, and a wrong code no invitation.
        let by_mail = code_for(&app, "eve@example.org").await;
        let wrong = sign_up_with(&app, "eve@example.org", &by_mail, Some("inv-wrong")).await;
        assert_eq!((wrong.status, wrong.code()), refused());
        let other = if by_mail == "000000" { "000001" } else { "000000" };
        let wrong = sign_up_with(&app, "eve@example.org", other, Some(good)).await;
        assert_eq!((wrong.status, wrong.code().as_str()), (422, "wrong_code"));
        assert_eq!(uses(&app, id).await, json!([0, "open"]));
        let padded = format!(" {good}\n");
        let right = sign_up_with(&app, "eve@example.org", &by_mail, Some(&padded)).await;
        assert_eq!(right.status, 201, "{}", right.text());
        // Nor does an address that has an account.
        app.app.clock.advance(Duration::from_secs(61));
        assert_eq!(outcome(&app, "eve@example.org", good).await, (409, "already_exists".to_owned()));
        assert_eq!(uses(&app, id).await, json!([1, "open"]));

        app.app.clock.advance(Duration::from_secs(3600));
        assert_eq!(uses(&app, id).await, json!([1, "expired"]));
        assert_eq!(outcome(&app, "dan@example.org", good).await, refused());
        registration(&app, "open").await;
        assert_eq!(sign_up(&app, "pat@example.org", None).await.status, 201, "nor asked for any more");
    }

    async fn a_deleted_one_is_none(app, ["--bcrypt-cost=4"]) {
        registration(&app, "invitation").await;
        let made = invite(&app, json!({"usesMax": 0, "ttlSeconds": 0})).await;
        let good = code(&made[0]);
        for email in ["ann@example.org", "bob@example.org"] {
            assert_eq!(outcome(&app, email, good).await.0, 201, "without limit");
        }
        let path = format!("{PATH}/{}", made[0]["id"]);
        let gone = app.admin("DELETE", &path, &json!({})).await;
        assert_eq!((gone.status, gone.json()), (200, json!({"success": true, "deleted": 1})));
        assert_eq!(outcome(&app, "eve@example.org", good).await, refused());
        assert_eq!(app.admin("DELETE", &path, &json!({})).await.status, 404);
        assert_eq!(app.admin("DELETE", &format!("{PATH}/x"), &json!({})).await.status, 404);
        let deed = app.admin_get("/admin/audit?kind=admin&pageSize=1").await.json()["entries"][0].clone();
        assert_eq!((&deed["action"], &deed["before"]["uses"]), (&json!("invitation.delete"), &json!(2)));
        assert_eq!(app.admin_get("/admin/users").await.json()["total"], 2, "who came, stays");
    }
}
