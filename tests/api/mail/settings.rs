//! Settings that can't be.

use ollama_api_pool::mail::Mailer;
use pool_stub::Stub;

use crate::support::{Home, Store, config};

/// What stops the start with these settings.
async fn refusal(settings: &[&str]) -> String {
    let home = Home::new(Store::Sqlite).await;
    match Mailer::new(&config(&home, &Stub::start(), settings)) {
        Ok(_) => String::new(),
        Err(error) => format!("{error:#}"),
    }
}

#[actix_web::test]
async fn halves_are_named() {
    let host = "--email-host=smtp.example.org";
    let from = "--email-from=Pool <pool@example.org>";
    let file = tempfile::NamedTempFile::new().expect("a file");
    let empty = format!("--email-ca-file={}", file.path().display());
    for (settings, name) in [
        (vec![host], "EMAIL_FROM"),
        (vec![host, "--email-from=pool"], "EMAIL_FROM"),
        (vec![host, from, "--email-auth-user=u"], "EMAIL_AUTH_PASS"),
        (vec![host, from, "--email-auth-pass=canary-word"], "EMAIL_AUTH_USER"),
        (vec!["--email-auth-user=u", "--email-auth-pass=canary-word"], "EMAIL_HOST"),
        (vec!["--email-ca-file=/nowhere"], "EMAIL_HOST"),
        (vec!["--email-port=587"], "EMAIL_HOST"),
        (vec![host, from, "--email-port=465"], "EMAIL_SECURE"),
        (vec![host, from, "--email-ca-file=/nowhere"], "EMAIL_CA_FILE"),
        (vec![host, from, &empty], "EMAIL_CA_FILE"),
    ] {
        let told = refusal(&settings).await;
        assert!(told.starts_with(&format!("{name}:")), "{settings:?}: {told}");
        assert!(!told.contains("canary-word"), "{told}");
    }
}

#[actix_web::test]
async fn what_goes_together_is_taken() {
    let from = "--email-from=pool@example.org";
    for settings in [
        vec![],
        vec![from],
        vec!["--email-host=smtp.example.org", from],
        vec!["--email-host=192.0.2.1", from, "--email-port=465", "--email-secure=TRUE"],
        vec!["--email-host=smtp.example.org", from, "--email-auth-user=u", "--email-auth-pass=p"],
        vec!["--email-host=smtp.example.org", from, "--email-secure="],
    ] {
        assert_eq!(refusal(&settings).await, "", "{settings:?}");
    }
}
