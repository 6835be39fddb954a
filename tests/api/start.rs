//! The real binary: how it starts, what it says, how it ends.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use pool_stub::Stub;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::Command;

use crate::support::{ADMIN_TOKEN, Home, Program, Store, program, run};

/// 64 hexadecimal digits.
const OTHER_KEY: &str = "ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

fn secrets(dir: &Path) -> Value {
    let file = fs::read(dir.join("data/secrets.json")).expect("the file is made");
    serde_json::from_slice(&file).expect("JSON")
}

/// The binary with one more variable.
fn with(dir: &Path, name: &str, value: &str) -> Command {
    let mut command = program(dir);
    command.env(name, value);
    command
}

async fn status(program: &Program, path: &str, token: &str) -> u16 {
    program.call("GET", path, token, None).await.status
}

#[actix_web::test]
async fn the_first_start_makes_secrets_and_the_second_keeps_them() {
    let dir = TempDir::new().unwrap();
    let first = Program::start(program(dir.path())).await;
    let made = secrets(dir.path());
    let path = dir.path().join("data/secrets.json");
    let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    assert_eq!((mode(&path), mode(&dir.path().join("data"))), (0o600, 0o700));
    let address = format!("Listening on http://127.0.0.1:{}\n", first.port);
    assert!(first.greeting.starts_with(&address), "{}", first.greeting);
    assert!(first.greeting.contains(path.to_str().unwrap()), "{}", first.greeting);
    let token = made["admin_token"].as_str().expect("a token").to_owned();
    assert_eq!(status(&first, "/admin/stats", &token).await, 200);
    assert_eq!(status(&first, "/admin/stats", ADMIN_TOKEN).await, 401);
    let (ended, printed) = first.terminate().await;
    assert!(ended.success(), "{ended}: {printed}");
    for name in ["admin_token", "auth_secret", "encryption_key"] {
        let secret = made[name].as_str().expect("a secret");
        assert!(secret.len() == 64 && !printed.contains(secret), "{name}");
    }

    let second = Program::start(program(dir.path())).await;
    assert_eq!(secrets(dir.path()), made);
    assert_eq!(status(&second, "/admin/stats", &token).await, 200);
    assert!(second.terminate().await.0.success());

    let third = Program::start(with(dir.path(), "ADMIN_TOKEN", ADMIN_TOKEN)).await;
    assert!(third.greeting.contains("ADMIN_TOKEN") && !third.greeting.contains(ADMIN_TOKEN));
    assert_eq!(status(&third, "/admin/stats", ADMIN_TOKEN).await, 200);
    assert_eq!(status(&third, "/admin/stats", &token).await, 401);
}

#[actix_web::test]
async fn a_bad_value_stops_the_start_by_name() {
    let dir = TempDir::new().unwrap();
    for (name, value) in [
        ("PORT", "abc"),
        ("PORT", "65536"),
        ("HOST", "nowhere"),
        ("DATABASE_URL", "mysql://x"),
        ("DATABASE_URL", "mysql://user:canary-word@x/pool"),
        ("REDIS_URL", "http://user:canary-word@x"),
        ("ADMIN_TOKEN", "changeme"),
        ("ADMIN_TOKEN", "short"),
        ("METRICS_TOKEN", "changeme"),
        ("METRICS_TOKEN", "short"),
        ("AUTH_SECRET", "your-secret-here"),
        ("ADMIN_TOKEN", "aaaaaaaa"),
        ("ADMIN_TOKEN", "canary-word-of-a-few-characters"),
        ("ADMIN_TOKEN", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
        ("METRICS_TOKEN", "abababababababababababababababababab"),
        ("AUTH_SECRET", "abcdefghijklmnopqrstuvwxyz012345"),
        ("ENCRYPTION_KEY", "short"),
        ("ENCRYPTION_KEY", "0000000000000000000000000000000000000000000000000000000000000000"),
        ("ENCRYPTION_KEY", "0123456789-canary-word"),
        ("OLLAMA_BASE_URL", "ftp://x"),
        ("OPENROUTER_BASE_URL", "nonsense"),
        ("TRUSTED_PROXIES", "10.0.0.0/99"),
        ("MAX_ATTEMPTS", "0"),
        ("STATS_FLUSH_INTERVAL_MS", "-1"),
        ("ENABLE_RATE_LIMIT", "perhaps"),
        ("EMAIL_SECURE", "perhaps"),
        ("EMAIL_PORT", "abc"),
        ("EMAIL_TIMEOUT_SECS", "0"),
        ("EMAIL_FROM", "nobody at all"),
    ] {
        let (code, printed) = run(with(dir.path(), name, value)).await;
        assert!(code.is_some_and(|code| code != 0), "{name}={value}: {code:?}");
        assert!(printed.contains(name), "{name}={value}: {printed}");
        assert!(!printed.contains("canary-word"), "{name}: {printed}");
        assert!(!printed.contains("Listening") && !printed.contains("panicked"), "{printed}");
    }
}

#[actix_web::test]
async fn postgres_wants_its_secrets_given() {
    let (dir, home) = (TempDir::new().unwrap(), Home::new(Store::Postgres).await);
    let url = home.settings().1;
    let (code, printed) = run(with(dir.path(), "DATABASE_URL", &url)).await;
    assert!(code == Some(1) && printed.contains("ADMIN_TOKEN"), "{printed}");
    assert!(!dir.path().join("data/secrets.json").exists());
    let mut command = with(dir.path(), "DATABASE_URL", &url);
    command.env("ADMIN_TOKEN", ADMIN_TOKEN).env("AUTH_SECRET", OTHER_KEY);
    let (code, printed) = run(command).await;
    assert!(code == Some(1) && printed.contains("ENCRYPTION_KEY"), "{printed}");
    let mut command = with(dir.path(), "DATABASE_URL", &url);
    command.env("ADMIN_TOKEN", ADMIN_TOKEN).env("AUTH_SECRET", OTHER_KEY);
    let program = Program::start({
        command.env("ENCRYPTION_KEY", OTHER_KEY);
        command
    })
    .await;
    assert_eq!(status(&program, "/admin/stats", ADMIN_TOKEN).await, 200);
    assert!(program.terminate().await.0.success());
}

#[actix_web::test]
async fn healthcheck() {
    let dir = TempDir::new().unwrap();
    let program = Program::start(self::program(dir.path())).await;
    let check = |port: u16| {
        let mut command = with(dir.path(), "PORT", &port.to_string());
        command.env("HOST", "0.0.0.0").arg("healthcheck");
        run(command)
    };
    assert_eq!(check(program.port).await, (Some(0), String::new()));
    let port = program.port;
    assert!(program.terminate().await.0.success());
    let (code, printed) = check(port).await;
    assert!(code == Some(1) && printed.contains("does not answer"), "{code:?} {printed}");
    // Something else that answers there is no healthy pool.
    let (code, printed) = check(Stub::start().port()).await;
    assert!(code == Some(1) && printed.contains("404"), "{code:?} {printed}");
}

#[actix_web::test]
async fn a_port_in_use_is_named() {
    let dir = TempDir::new().unwrap();
    let stub = Stub::start();
    let (code, printed) = run(with(dir.path(), "PORT", &stub.port().to_string())).await;
    assert!(code == Some(1) && printed.contains("PORT"), "{code:?} {printed}");
}

#[actix_web::test]
async fn another_encryption_key_later_is_survived() {
    let (dir, stub) = (TempDir::new().unwrap(), Stub::start());
    let key = json!({"api_key": "sk-sealed-0123456789"});
    let start = |encryption_key: &str| {
        let mut command = with(dir.path(), "ENCRYPTION_KEY", encryption_key);
        command.env("ADMIN_TOKEN", ADMIN_TOKEN).env("OLLAMA_BASE_URL", stub.url());
        Program::start(command)
    };
    let program = start(ADMIN_TOKEN.repeat(2).as_str()).await;
    assert_eq!(program.call("POST", "/admin/api-keys", ADMIN_TOKEN, Some(&key)).await.status, 201);
    let made =
        program.call("POST", "/admin/tokens", ADMIN_TOKEN, Some(&json!({"name": "a"}))).await;
    let token = made.json()["token"].as_str().expect("a token").to_owned();
    assert!(program.terminate().await.0.success());

    let chat = json!({"model": "llama3.2", "messages": []});
    let path = "/v1/chat/completions";
    let other = start(OTHER_KEY).await;
    let answer = other.call("POST", path, &token, Some(&chat)).await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "no_keys"));
    let list = other.call("GET", "/admin/api-keys", ADMIN_TOKEN, None).await;
    assert_eq!((list.status, &list.json()["total"]), (200, &json!(1)));
    assert_eq!(other.call("POST", "/admin/api-keys", ADMIN_TOKEN, Some(&key)).await.status, 201);
    assert_eq!(other.call("POST", path, &token, Some(&chat)).await.status, 200);
    let (ended, printed) = other.terminate().await;
    assert!(ended.success() && printed.contains("ENCRYPTION_KEY"), "{printed}");

    let both = start(&format!("{OTHER_KEY},{}", ADMIN_TOKEN.repeat(2))).await;
    assert_eq!(both.call("POST", path, &token, Some(&chat)).await.status, 200);
    assert!(!both.terminate().await.1.contains("left out"));
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("it is there").permissions().mode() & 0o777
}

/// The binary under a mask that lets everybody read what it makes.
fn under_open_mask(command: &Command) -> Command {
    let inner = command.as_std();
    let mut open = Command::new("sh");
    open.args(["-c", "umask 022 && exec \"$0\" \"$@\""])
        .arg(inner.get_program())
        .args(inner.get_args());
    open.env_clear().current_dir(inner.get_current_dir().expect("a directory"));
    open.envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
    open.stdin(std::process::Stdio::null());
    open.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    open.kill_on_drop(true);
    open
}

#[actix_web::test]
async fn what_it_makes_is_for_its_user_only() {
    let dir = TempDir::new().unwrap();
    let data = dir.path().join("data");
    fs::create_dir(&data).unwrap();
    fs::set_permissions(&data, fs::Permissions::from_mode(0o755)).unwrap();
    let stub = Stub::start();
    let mut command = with(dir.path(), "OLLAMA_BASE_URL", &stub.url());
    command.env("ADMIN_TOKEN", ADMIN_TOKEN);
    let service = Program::start(under_open_mask(&command)).await;
    let name = json!({"name": "one"});
    let made = service.call("POST", "/admin/tokens", ADMIN_TOKEN, Some(&name)).await.json();
    let token = made["token"].as_str().expect("a token");
    let chat = json!({"model": "llama3.2", "messages": []});
    service.call("POST", "/v1/chat/completions", token, Some(&chat)).await;
    for name in ["pool.sqlite3", "pool.sqlite3-wal", "pool.sqlite3-shm", "secrets.json"] {
        assert_eq!(mode(&data.join(name)), 0o600, "{name}");
    }
    for name in ["unwritten", "running", "outbox"] {
        assert_eq!(mode(&data.join(name)), 0o700, "{name}");
    }
    let (ended, printed) = service.terminate().await;
    assert!(ended.success());
    assert!(printed.contains("is open to other users of this machine"), "{printed}");
    assert_eq!(mode(&data), 0o755, "the directory may serve others, too");

    let mut export = program(dir.path());
    export.args(["keys", "export", "-o", "keys.csv"]);
    assert_eq!(run(under_open_mask(&export)).await.0, Some(0));
    assert_eq!(mode(&dir.path().join("keys.csv")), 0o600);
}

#[actix_web::test]
async fn what_is_there_already_becomes_private() {
    let dir = TempDir::new().unwrap();
    let data = dir.path().join("data");
    let (ended, printed) = Program::start(program(dir.path())).await.terminate().await;
    assert!(ended.success() && !printed.contains("open to other users"), "{printed}");
    let open =
        |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    let unwritten = data.join("unwritten");
    fs::create_dir_all(&unwritten).unwrap();
    let (left, elsewhere) = (unwritten.join("left.aside"), dir.path().join("elsewhere"));
    fs::write(&left, "").unwrap();
    fs::write(&elsewhere, "").unwrap();
    std::os::unix::fs::symlink(&elsewhere, unwritten.join("link")).unwrap();
    open(&data.join("pool.sqlite3"), 0o644);
    open(&unwritten, 0o755);
    open(&left, 0o664);
    open(&elsewhere, 0o644);
    let mut command = program(dir.path());
    command.args(["user", "list"]);
    assert_eq!(run(command).await.0, Some(0), "a command is enough");
    assert_eq!(mode(&data.join("pool.sqlite3")), 0o600);
    assert_eq!((mode(&unwritten), mode(&left)), (0o700, 0o600));
    assert_eq!(mode(&elsewhere), 0o644, "a link leads to somebody else's");
}
