//! Without a mail server.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use ollama_api_pool::mail::{Language, Message};
use serde_json::json;

use super::{address, email, post, stands};
use crate::support::mail::mails;
use crate::support::{Store, TestApp, program};

#[actix_web::test]
async fn mails_are_files_for_their_owner() {
    let app = TestApp::start(Store::Sqlite, &[]).await;
    let mode = |path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    assert_eq!(mode(app.outbox()), 0o700);
    let ann = address("ann");
    post(&app, &ann, "482913");
    stands(&app, "it is written", |state| state.sent == 1).await;
    let files = app.unread(&ann);
    assert_eq!((files.len(), mode(files[0].clone())), (1, 0o600));
    assert_eq!(app.mail_to(&ann).await.code(), "482913");
    let health = app.call("GET", "/health", "", None).await.json();
    let part = &health["components"]["mail"];
    assert_eq!((&part["status"], &part["kind"]), (&json!("ok"), &json!("directory")));
    assert_eq!(
        part["state"],
        json!({"queued": 0, "sent": 1, "failed": 0, "retries": 0, "failing": false})
    );
    app.stop().await;
}

#[actix_web::test]
async fn the_oldest_go() {
    let app = TestApp::start(Store::Sqlite, &[]).await;
    let (first, last) = (address("first"), address("last"));
    post(&app, &first, "482913");
    stands(&app, "it is written", |state| state.sent == 1).await;
    assert_eq!(app.unread(&first).len(), 1);
    let to = email(&address("ann"));
    for _ in 0..499 {
        app.app.actors.mail.post(&to, Language::English, Message::Approved, None).expect("room");
    }
    stands(&app, "all are written", |state| state.sent == 500).await;
    assert_eq!(app.unread(&first).len(), 1, "there is room for it");
    post(&app, &last, "482913");
    stands(&app, "one more", |state| state.sent == 501).await;
    assert_eq!((app.unread(&first).len(), app.unread(&last).len()), (0, 1));
    assert_eq!(mails(&app.outbox()).len(), 500);
    app.stop().await;
}

#[actix_web::test]
async fn a_directory_that_is_gone_is_tried_again() {
    let app = TestApp::start(Store::Sqlite, &[]).await;
    fs::remove_dir(app.outbox()).expect("it is empty");
    let ann = address("ann");
    post(&app, &ann, "482913");
    stands(&app, "it fails", |state| state.retries == 1 && state.failing).await;
    fs::create_dir(app.outbox()).expect("it is made");
    app.app.clock.advance(std::time::Duration::from_secs(1));
    assert_eq!(app.mail_to(&ann).await.code(), "482913");
    app.stop().await;
}

#[actix_web::test]
async fn one_line_says_where_mail_goes() {
    let dir = tempfile::tempdir().expect("a directory");
    let program = crate::support::Program::start(program(dir.path())).await;
    let (_, printed) = program.terminate().await;
    let lines: Vec<_> = printed.lines().filter(|line| line.contains("outbox")).collect();
    assert!(lines.len() == 1 && lines[0].contains("EMAIL_HOST"), "{printed}");
}
