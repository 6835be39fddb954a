//! What is refused, and that nothing is stored then.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::json;

use super::{ACCOUNTS, LIST, TEXT, counts, key, report, total, upload};
use crate::support::{ADMIN_TOKEN, Store, TestApp, both_stores};

both_stores! {
    async fn strangers_are_turned_away(app) {
        for path in [LIST, ACCOUNTS, TEXT, "/admin/imports/1/undo"] {
            for token in ["", "wrong", &app.token] {
                let answer = app.call("POST", path, token, Some(&json!({"keys": [key(1)]}))).await;
                assert_eq!(answer.status, 401, "{path}");
            }
        }
        assert_eq!(app.call("GET", "/admin/imports", "", None).await.status, 401);
        assert_eq!(app.admin_get(LIST).await.status, 405);
    }

    async fn wrong_bodies_are_refused(app) {
        for (path, kind, body, status, code) in [
            (LIST, "text/plain", "x", 415, "unsupported_media_type"),
            (TEXT, "image/png", "x", 415, "unsupported_media_type"),
            (LIST, "application/json", "{\"keys\":[", 400, "malformed_request"),
            (TEXT, "application/json", "", 400, "malformed_request"),
            (LIST, "application/json", "{}", 422, "invalid_value"),
            (LIST, "application/json", "{\"keys\":\"sk-0123456789\"}", 422, "invalid_value"),
            (TEXT, "application/json", "{\"content\":5}", 422, "invalid_value"),
            (TEXT, "multipart/form-data", "x", 400, "malformed_request"),
        ] {
            let answer = upload(&app, path, kind, body).await;
            assert_eq!((answer.status, answer.code().as_str()), (status, code), "{kind} {body}");
        }
        for (field, status) in [
            (json!({"provider": "nowhere"}), 404),
            (json!({"weight": 0}), 422),
            (json!({"weight": 1001}), 422),
            (json!({"max_concurrency": -1}), 422),
            (json!({"ttl": -1}), 422),
            (json!({"dry_run": "maybe"}), 422),
            (json!({"account": "x".repeat(257)}), 422),
        ] {
            for (path, mut body) in
                [(LIST, json!({"keys": [key(1)]})), (TEXT, json!({"content": key(1)}))]
            {
                body.as_object_mut().unwrap().extend(field.as_object().unwrap().clone());
                assert_eq!(app.admin("POST", path, &body).await.status, status, "{path} {field}");
            }
        }
        let query = upload(&app, &format!("{TEXT}?provider=nowhere"), "text/plain", key(1)).await;
        assert_eq!((query.status, query.code().as_str()), (404, "unknown_provider"));
        assert_eq!(total(&app, "/admin/api-keys").await + total(&app, "/admin/imports").await, 0);
    }

    async fn details_are_at_most_fifty(app) {
        let body = format!("{}\n{}", format!("{}\n", key(1)).repeat(100), "x\n".repeat(49));
        let report = report(&upload(&app, TEXT, "text/plain", body).await);
        assert_eq!(counts(&report), [1, 0, 99, 49, 0]);
        let details = report["details"].as_array().unwrap();
        assert_eq!((details.len(), &details[0]["line"], &details[49]["line"]), (50, &json!(2), &json!(150)));
    }

    async fn an_upload_that_breaks_off_stores_nothing(app) {
        let port = app.port();
        let sent = tokio::task::spawn_blocking(move || {
            let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("it listens");
            let head = format!(
                "POST {TEXT} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {ADMIN_TOKEN}\r\n\
                 Content-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"
            );
            stream.write_all(head.as_bytes()).expect("the head goes");
            for number in 0..2_000 {
                let line = format!("{}\n", key(number));
                let chunk = format!("{:x}\r\n{line}\r\n", line.len());
                stream.write_all(chunk.as_bytes()).expect("a piece goes");
            }
            // No chunk has this length: the body can't be read on.
            stream.write_all(b"broken\r\n").expect("the fault goes");
            let _ = stream.read_to_end(&mut Vec::new());
        });
        sent.await.expect("the connection ends");
        let again = json!({"keys": (0..2_000).map(key).collect::<Vec<_>>()});
        assert_eq!(counts(&report(&app.admin("POST", LIST, &again).await)), [2_000, 0, 0, 0, 0]);
        assert_eq!(total(&app, "/admin/imports").await, 1);
    }
}

/// On one store, since it is the same on both and takes its time.
#[actix_web::test]
async fn too_many_lines_are_refused_whole() {
    let app = TestApp::start(Store::Sqlite, &[]).await;
    let body = format!("{}\n{}", key(1), "x\n".repeat(1_000_000));
    let answer = upload(&app, TEXT, "text/plain", body).await;
    assert_eq!((answer.status, answer.code().as_str()), (413, "body_too_large"));
    assert_eq!(total(&app, "/admin/api-keys").await, 0);
    app.stop().await;
}
