//! What stops the start: at once, by name, and without a word of a password.

use std::path::Path;

use crate::support::{ADMIN_TOKEN, AUTH_SECRET, ENCRYPTION_KEY, in_time, program, run};

async fn stopped(dir: &Path, settings: &[(&str, &str)]) -> String {
    let mut command = program(dir);
    command
        .env("ADMIN_TOKEN", ADMIN_TOKEN)
        .env("AUTH_SECRET", AUTH_SECRET)
        .env("ENCRYPTION_KEY", ENCRYPTION_KEY)
        .envs(settings.iter().copied());
    let (code, printed) = in_time("an end, without waiting", run(command)).await;
    assert_eq!(code, Some(1), "{settings:?}: {printed}");
    assert!(!printed.contains("canary-word") && !printed.contains("waiting"), "{printed}");
    printed
}

#[actix_web::test]
async fn stores_elsewhere_in_clear_text() {
    let dir = tempfile::tempdir().expect("a directory");
    for (name, url) in [
        ("DATABASE_URL", "postgres://pool:canary-word@192.0.2.1/pool?sslmode=disable"),
        ("REDIS_URL", "redis://:canary-word@192.0.2.1:6379/0"),
    ] {
        let printed = stopped(dir.path(), &[(name, url)]).await;
        assert!(printed.contains(name) && printed.contains("ALLOW_PLAINTEXT_STORES"), "{printed}");
        assert!(printed.contains("`192.0.2.1`"), "{printed}");
    }
}

#[actix_web::test]
async fn parameters_and_files_that_are_wrong() {
    let dir = tempfile::tempdir().expect("a directory");
    let empty = dir.path().join("empty.pem");
    std::fs::write(&empty, "").expect("a file");
    let empty = empty.to_str().expect("UTF-8");
    let postgres = |rest: &str| format!("postgres://pool:canary-word@db.example.org/pool?{rest}");
    for (settings, expected) in [
        ([("DATABASE_URL", postgres("sslmode=sometimes").as_str()), ("", "")], "`sslmode`"),
        ([("DATABASE_URL", postgres("sslmode=verify-full").as_str()), ("", "")], "`sslrootcert`"),
        ([("DATABASE_URL", postgres("sslrootcert=/none.pem").as_str()), ("", "")], "/none.pem"),
        ([("DATABASE_URL", postgres("ssl=yes").as_str()), ("", "")], "`ssl`"),
        ([("REDIS_URL", "rediss://:canary-word@r.example.org/#insecure"), ("", "")], "#insecure"),
        ([("REDIS_URL", "rediss://r.example.org/"), ("REDIS_CA_FILE", empty)], "REDIS_CA_FILE"),
        ([("TLS_CERT", empty), ("", "")], "TLS_KEY: required"),
        ([("TLS_KEY", empty), ("", "")], "TLS_CERT: required"),
        ([("TLS_CERT", empty), ("TLS_KEY", empty)], "TLS_CERT has no certificate"),
        ([("TLS_CERT", empty), ("TLS_KEY", "/none.key")], "/none.key"),
    ] {
        let given: Vec<_> = settings.into_iter().filter(|(name, _)| !name.is_empty()).collect();
        let printed = stopped(dir.path(), &given).await;
        assert!(printed.contains(expected), "{expected}: {printed}");
        assert!(given.iter().any(|(name, _)| printed.contains(name)), "{printed}");
    }
}
