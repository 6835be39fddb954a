//! Imports with validation, by every way in.

use pool_stub::Reply;
use serde_json::{Value, json};

use super::{CANARY, FORM, counts, file, form, key, report, total, upload};
use crate::admin::validated_import::{PATH, QUICK, ended, numbers, stored as keys};
use crate::secrets::stored;
use crate::support::{Answer, Store, TestApp, both_stores};

/// The finished job that this answer names.
async fn finished(app: &TestApp, answer: &Answer) -> Value {
    assert_eq!(answer.status, 202, "{}", answer.text());
    let job = answer.json()["job"].as_str().expect("a job").to_owned();
    let view = ended(app, &format!("/admin/jobs/{job}")).await;
    assert_eq!(view["status"], "done", "{view}");
    view
}

/// Nobody was asked, and nothing is there.
async fn is_untouched(app: &TestApp) {
    for list in ["/admin/api-keys", "/admin/imports", "/admin/jobs"] {
        assert_eq!(total(app, list).await, 0, "{list}");
    }
    assert!(app.stub.probes().is_empty());
    let stored = stored(&app.home).await;
    assert!(!stored.contains("job.start") && !stored.contains("key.import"));
}

/// A file as each kind of body that is taken.
fn bodies(text: &str) -> [(&'static str, Vec<u8>); 5] {
    [
        ("text/plain", text.as_bytes().to_vec()),
        ("text/plain; charset=gbk", encoding_rs::GBK.encode(text).0.into_owned()),
        ("application/octet-stream", text.as_bytes().to_vec()),
        ("application/json", json!({"content": text}).to_string().into_bytes()),
        (FORM, form(&[("file", Some("a.txt"), text.as_bytes())])),
    ]
}

both_stores! {
    async fn each_kind_of_body(app, QUICK) {
        for (n, (kind, _)) in bodies("").into_iter().enumerate() {
            let text = format!("张三----{CANARY}----{CANARY}----{}\n", key(n));
            let (_, body) = bodies(&text).into_iter().nth(n).expect("a body");
            let view = finished(&app, &upload(&app, PATH, kind, body).await).await;
            assert_eq!(numbers(&view), [1, 1, 1, 1, 0, 0, 0, 0, 0], "{kind}: {view}");
        }
        let csv = format!("password,API_KEY,email\n{CANARY},{},a@b.c\n", key(10));
        let view = finished(&app, &upload(&app, PATH, "text/csv", csv).await).await;
        assert_eq!(view["added"], 1, "{view}");
        let lines = format!("{{\"key\":\"{}\",\"username\":\"n\"}}\n\"{}\"", key(11), key(12));
        let view = finished(&app, &upload(&app, PATH, "application/x-ndjson", lines).await).await;
        assert_eq!(view["added"], 2, "{view}");
        let names: Vec<_> = keys(&app).await.iter().map(|key| key["username"].clone()).collect();
        assert_eq!(names, ["张三", "张三", "张三", "张三", "张三", "a@b.c", "n", ""]);
        assert!(!stored(&app.home).await.contains(CANARY));
        let list = app.admin_get("/admin/imports").await.json();
        assert_eq!(list["imports"][0]["source"], "import-with-validation");
    }

    async fn what_keys_have_in_common_is_set(app, QUICK) {
        let all = "account=shared&ttl=3600&weight=2&max_concurrency=3&provider=openrouter";
        let text = format!("{}\n{{\"key\":\"{}\",\"account\":\"own\",\"ttl\":60}}\n", key(1), key(2));
        finished(&app, &upload(&app, &format!("{PATH}?{all}"), "text/plain", text).await).await;
        let body = json!({"content": key(3), "account": "shared", "ttl": 3600, "weight": 2,
            "max_concurrency": 3, "provider": "openrouter"});
        finished(&app, &app.admin("POST", PATH, &body).await).await;
        let body = form(&[("account", None, b"shared"), ("ttl", None, b"3600"), ("weight", None, b"2"),
            ("max_concurrency", None, b"3"), ("provider", None, b"openrouter"),
            ("file", Some("a.txt"), key(4).as_bytes())]);
        finished(&app, &upload(&app, PATH, FORM, body).await).await;
        let shown: Vec<_> = keys(&app).await.iter().map(|key| json!([
            key["account"], key["weight"], key["max_concurrency"], key["provider"],
        ])).collect();
        let shared = json!(["shared", 2, 3, "openrouter"]);
        assert_eq!(shown, [shared.clone(), json!(["own", 2, 3, "openrouter"]), shared.clone(), shared]);
        app.app.clock.advance(std::time::Duration::from_secs(61));
        let expired = "/admin/api-keys?provider=openrouter&status=expired";
        assert_eq!(total(&app, expired).await, 1);
        app.app.clock.advance(std::time::Duration::from_secs(3600));
        assert_eq!(total(&app, expired).await, 4);
    }

    async fn what_needs_no_question_is_decided_at_once(app, QUICK) {
        app.add_key(&key(3)).await;
        let view = finished(&app, &upload(&app, PATH, "text/plain", file()).await).await;
        assert_eq!(numbers(&view), [7, 7, 2, 2, 2, 0, 1, 1, 1], "{view}");
        let lines: Vec<_> = view["result"]["invalid"].as_array().unwrap().iter()
            .map(|line| line["line"].clone()).collect();
        assert_eq!(lines, [8, 9], "{view}");
        let asked: std::collections::BTreeSet<_> =
            app.stub.probes().into_iter().map(|probe| probe.key).collect();
        assert_eq!(asked, [key(1), key(2)].into());
    }

    async fn unclear_ones_can_be_kept_by_each_way(app, QUICK) {
        app.stub.on_probe("*", Reply::close());
        let name = |n| if n % 2 == 0 { "keep_unclear" } else { "keepUnclear" };
        for n in 0..2 {
            let path = format!("{PATH}?{}=true", name(n));
            let view = finished(&app, &upload(&app, &path, "text/plain", key(n)).await).await;
            assert_eq!((&view["unclear"], &view["added"]), (&json!(1), &json!(1)), "{view}");
            let body = form(&[(name(n), None, b"true"), ("file", Some("a"), key(n + 2).as_bytes())]);
            let view = finished(&app, &upload(&app, PATH, FORM, body).await).await;
            assert_eq!(view["added"], 1, "{view}");
            let body = json!({"content": key(n + 4), name(n): true});
            let view = finished(&app, &app.admin("POST", PATH, &body).await).await;
            assert_eq!(view["added"], 1, "{view}");
        }
        let body = json!({"content": key(9), "keep_unclear": false});
        let answer = app.admin("POST", &format!("{PATH}?keep_unclear=true"), &body).await;
        assert_eq!(finished(&app, &answer).await["added"], 0, "the body comes first");
    }

    async fn a_dry_run_asks_nobody(app, QUICK) {
        for (kind, body) in bodies(&file().replace('\u{feff}', "")) {
            for flag in ["dry_run", "dryRun"] {
                let answer = upload(&app, &format!("{PATH}?{flag}=true"), kind, body.clone()).await;
                let report = report(&answer);
                assert_eq!(counts(&report), [3, 0, 1, 2, 1], "{kind}");
                assert_eq!((&report["dry_run"], &report["import_id"]), (&json!(true), &Value::Null));
            }
        }
        let answer = app.admin("POST", PATH, &json!({"content": key(1), "dry_run": true})).await;
        assert_eq!(counts(&report(&answer)), [1, 0, 0, 0, 0]);
        is_untouched(&app).await;
    }

    async fn what_is_wrong_is_refused_whole(app, ["--probe-retry-ms=0", "--disable-openrouter=true"]) {
        let file = ("file", Some("c.txt"), key(1).into_bytes());
        let forms = [
            (vec![], 422),
            (vec![("colour", None, b"red".to_vec()), file.clone()], 422),
            (vec![("keep_unclear", None, b"maybe".to_vec()), file.clone()], 422),
            (vec![file.clone(), ("weight", None, b"2".to_vec())], 422),
            (vec![("provider", None, b"nowhere".to_vec()), file.clone()], 404),
            (vec![("file", Some("empty.txt"), Vec::new())], 422),
        ];
        for (fields, status) in forms {
            let fields: Vec<_> = fields.iter().map(|(name, file, value)| (*name, *file, value.as_slice())).collect();
            assert_eq!(upload(&app, PATH, FORM, form(&fields)).await.status, status, "{fields:?}");
        }
        let whole = form(&[("file", Some("c.txt"), key(1).as_bytes())]);
        let (key, broken) = (key(1).into_bytes(), whole[..whole.len() - 20].to_vec());
        for (query, kind, body, status, code) in [
            ("", "image/png", key.clone(), 415, "unsupported_media_type"),
            ("", "text/plain", Vec::new(), 422, "invalid_value"),
            ("", "text/plain", b"# only a comment\n".to_vec(), 422, "invalid_value"),
            ("", "application/json", b"{\"content\":".to_vec(), 400, "malformed_request"),
            ("", "application/json", b"{\"content\":\"x\",\"keep_unclear\":1}".to_vec(), 422, "invalid_value"),
            ("", FORM, broken, 400, "malformed_request"),
            ("?ttl=-1", "text/plain", key.clone(), 422, "invalid_value"),
            ("?weight=1001", "text/plain", key.clone(), 422, "invalid_value"),
            ("?max_concurrency=x", "text/plain", key.clone(), 422, "invalid_value"),
            ("?keep_unclear=maybe", "text/plain", key.clone(), 422, "invalid_value"),
            ("?provider=nowhere", "text/plain", key.clone(), 404, "unknown_provider"),
            ("?provider=openrouter", "text/plain", key.clone(), 503, "provider_disabled"),
            ("?provider=openrouter&dry_run=true", "text/plain", key, 503, "provider_disabled"),
        ] {
            let answer = upload(&app, &format!("{PATH}{query}"), kind, body).await;
            assert_eq!((answer.status, answer.code().as_str()), (status, code), "{query} {kind}");
        }
        is_untouched(&app).await;
    }
}

/// On one store, since it is the same on both and takes its time.
#[actix_web::test]
async fn too_many_to_ask_are_refused_whole() {
    let app = TestApp::start(Store::Sqlite, &[]).await;
    let body: String = (0..200_001).map(|n| key(n) + "\n").collect();
    let answer = upload(&app, &format!("{PATH}?dry_run=true"), "text/plain", body.as_str()).await;
    assert_eq!((answer.status, answer.code().as_str()), (413, "body_too_large"));
    let plain = format!("{}?dry_run=true", super::TEXT);
    let report = report(&upload(&app, &plain, "text/plain", body).await);
    assert_eq!(counts(&report), [200_001, 0, 0, 0, 0], "it is a limit of questions");
    is_untouched(&app).await;
    app.stop().await;
}
