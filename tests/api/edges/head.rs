//! HEAD is answered wherever GET is: by the same headers, and nothing else.

use std::collections::BTreeSet;

use super::raw::{Raw, header, parts};
use crate::support::{ADMIN_TOKEN, TestApp, both_stores};

async fn ask(app: &TestApp, method: &str, path: &str) -> String {
    let token = if path.starts_with("/admin") { ADMIN_TOKEN } else { &app.token };
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
         authorization: Bearer {token}\r\n\r\n"
    );
    Raw::send(app, head).await.rest().await
}

fn names(head: &str) -> BTreeSet<String> {
    let lines = head.lines().skip(1).filter_map(|line| line.split_once(": "));
    lines.map(|(name, _)| name.to_ascii_lowercase()).collect()
}

both_stores! {
    async fn the_same_headers_and_no_body(app, ["--metrics-token=9a8b7c6d5e4f30214a5b6c7d8e9f0a1b"]) {
        app.add_key("sk-edges-00000001").await;
        let fixed = ["/livez", "/readyz", "/openapi.json", "/v1/models", "/v1/models/nowhere"];
        let others = [
            "/health", "/metrics", "/", "/project", "/favicon.svg", "/nowhere", "/admin/stats",
            "/admin/tokens", "/admin/public-stats", "/api/announcements", "/api/test-templates",
            "/openrouter/v1/models",
        ];
        for path in fixed.into_iter().chain(others) {
            let (got, asked) = (ask(&app, "GET", path).await, ask(&app, "HEAD", path).await);
            let ((get, _), (head, body)) = (parts(&got), parts(&asked));
            assert_eq!(body, "", "{path}");
            assert_eq!(head.lines().next(), get.lines().next(), "{path}");
            assert_eq!(names(head), names(get), "{path}");
            assert!(!head.contains(" 405 "), "{path}");
            if fixed.contains(&path) {
                let length = header(head, "content-length");
                assert_eq!(length, header(get, "content-length"), "{path}");
            }
        }
        let refused = ask(&app, "HEAD", "/v1/chat/completions").await;
        assert!(refused.starts_with("HTTP/1.1 405 "), "{refused}");
    }
}
