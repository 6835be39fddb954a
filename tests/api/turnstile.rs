//! Turnstile, before a verifier of the test's own.

use std::collections::BTreeMap;
use std::net::IpAddr;

use hyper::Method;
use ollama_api_pool::auth::Action;
use ollama_api_pool::upstream::client::{self, Client, Request};
use pool_stub::{Reply, Step, Stub};
use serde_json::json;
use tempfile::TempDir;

use crate::support::{Store, TestApp, canary, program, run};

const SECRET: &str = "0x4AAAAAAA-turnstile-secret-canary";
const TOKEN: &str = "0.turnstile-token-canary-aaaaaaaaaaaaaaaa";

/// Cloudflare's secret that always passes.
const TEST_SECRET: &str = "1x0000000000000000000000000000000AA";

/// The pool, asking this verifier, and the client of a web worker.
async fn start(verifier: &str, more: &[&str]) -> (TestApp, Client) {
    canary::release(SECRET);
    canary::release(TOKEN);
    let usual = [
        "--enable-turnstile=true".to_owned(),
        "--turnstile-site-key=0x4-site".to_owned(),
        "--turnstile-hostnames=Pool.example.org,localhost".to_owned(),
        format!("--turnstile-verify-url={verifier}/turnstile/v0/siteverify"),
        format!("--turnstile-secret-key={SECRET}"),
    ];
    let name = |flag: &str| flag.split('=').next().unwrap_or_default().to_owned();
    let others = usual.iter().filter(|flag| more.iter().all(|more| name(more) != name(flag)));
    let settings: Vec<&str> = others.map(String::as_str).chain(more.iter().copied()).collect();
    let app = TestApp::start(Store::Sqlite, &settings).await;
    let client = client::build(&app.app.config.upstream);
    (app, client)
}

/// The status and the code of checking this token to sign in; 200 for a good one.
async fn check(app: &TestApp, client: &Client, token: Option<&str>) -> (u16, &'static str) {
    let from = "203.0.113.9".parse::<IpAddr>().ok();
    match app.app.turnstile.check(client, Action::Login, token, from).await {
        Ok(()) => (200, ""),
        Err(error) => {
            assert_eq!(error.retry_after.is_some(), error.code.status() == 503);
            canary::look("a refusal", &error.to_string());
            (error.code.status().as_u16(), error.code.as_str())
        }
    }
}

fn answer(action: &str, hostname: &str) -> Reply {
    let good = json!({"success": true, "hostname": hostname, "action": action, "error-codes": []});
    Reply::json(200, &good.to_string())
}

const REFUSED: (u16, &str) = (403, "turnstile_failed");
const AWAY: (u16, &str) = (503, "unavailable");

#[actix_web::test]
async fn a_token_is_shown_to_the_verifier_once_and_judged_by_its_answer() {
    let verifier = Stub::start();
    let (app, client) = start(&verifier.url(), &[]).await;
    assert_eq!(app.app.turnstile.site_key(), Some("0x4-site"));
    verifier.next("*", answer("login", "pool.example.org"));
    assert_eq!(check(&app, &client, Some(TOKEN)).await, (200, ""));
    let calls = verifier.calls();
    assert_eq!(calls.len(), 1);
    assert_eq!((&*calls[0].method, &*calls[0].path), ("POST", "/turnstile/v0/siteverify"));
    assert_eq!(calls[0].header("content-type"), Some("application/x-www-form-urlencoded"));
    let form: BTreeMap<_, _> = url::form_urlencoded::parse(&calls[0].body).into_owned().collect();
    let form: Vec<_> = form.iter().map(|(name, value)| (&**name, &**value)).collect();
    let sent = [("remoteip", "203.0.113.9"), ("response", TOKEN), ("secret", SECRET)];
    assert_eq!(form, sent);
    for reply in [
        answer("register", "pool.example.org"),
        answer("login", "evil.example"),
        Reply::json(200, r#"{"success":true}"#),
        Reply::json(200, r#"{"success":false,"error-codes":["timeout-or-duplicate"]}"#),
        Reply::json(400, r#"{"success":false,"error-codes":["bad-request"]}"#),
    ] {
        verifier.next("*", reply.clone());
        assert_eq!(check(&app, &client, Some(TOKEN)).await, REFUSED, "{reply:?}");
    }
    app.stop().await;
}

#[actix_web::test]
async fn what_is_no_token_is_refused_without_asking() {
    let verifier = Stub::start();
    let (app, client) = start(&verifier.url(), &[]).await;
    verifier.always("*", answer("login", "localhost"));
    let long = "t".repeat(2049);
    for token in [None, Some(""), Some(&*long)] {
        assert_eq!(check(&app, &client, token).await, REFUSED);
    }
    assert!(verifier.calls().is_empty());
    assert_eq!(check(&app, &client, Some(&long[..2048])).await, (200, ""));
    app.stop().await;
}

#[actix_web::test]
async fn nobody_comes_in_while_the_verifier_is_away_or_unclear() {
    let verifier = Stub::start();
    let (app, client) = start(&verifier.url(), &[]).await;
    let good = br#"{"success":true,"hostname":"localhost","action":"login"}"#;
    let promised = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n".to_vec();
    let endless =
        [&promised, b"content-length: 1000000\r\n\r\n".as_slice(), &[b' '; 99_999]].concat();
    let one_more = format!("content-length: {}\r\n\r\n", good.len() + 1);
    let slow = [&promised, one_more.as_bytes(), good].concat();
    let troubles = vec![
        Reply::html(),
        Reply::empty(),
        Reply::close(),
        Reply::reset(),
        Reply::too_short(),
        Reply::json(500, std::str::from_utf8(good).unwrap()),
        Reply::json(302, "{}").with_header("location", "http://127.0.0.1:1/"),
        Reply::json(200, r#"{"success":false,"error-codes":["invalid-input-secret"]}"#),
        Reply::json(200, &format!(r#"{{"success":"{SECRET}","token":"{TOKEN}"}}"#)),
        Reply::steps(vec![Step::Send(endless), Step::Hang]),
    ];
    for reply in troubles {
        verifier.next("*", reply.clone());
        assert_eq!(check(&app, &client, Some(TOKEN)).await, AWAY, "{reply:?}");
    }
    // The one that stays silent and the one that stops a byte before the end, side by side.
    verifier.next("*", Reply::hang());
    verifier.next("*", Reply::steps(vec![Step::Send(slow), Step::Hang]));
    let both = futures_util::future::join(
        check(&app, &client, Some(TOKEN)),
        check(&app, &client, Some(TOKEN)),
    );
    assert_eq!(both.await, (AWAY, AWAY));
    verifier.aborted(3).await;
    app.stop().await;
}

#[actix_web::test]
async fn a_verifier_that_is_not_there_lets_nobody_in() {
    let (app, client) = start("http://127.0.0.1:1", &[]).await;
    assert_eq!(check(&app, &client, Some(TOKEN)).await, AWAY);
    app.stop().await;
}

/// Their answers are made up but for the yes and the no.
#[actix_web::test]
async fn cloudflares_test_secret_compares_no_names() {
    let verifier = Stub::start();
    let secret = format!("--turnstile-secret-key={TEST_SECRET}");
    let (app, client) = start(&verifier.url(), &[&secret]).await;
    let yes = r#"{"success":true,"hostname":"example.com","error-codes":[],"metadata":{}}"#;
    verifier.next("*", Reply::json(200, yes));
    assert_eq!(check(&app, &client, Some("XXXX.DUMMY.TOKEN.XXXX")).await, (200, ""));
    let no = r#"{"success":false,"error-codes":["invalid-input-response"]}"#;
    verifier.next("*", Reply::json(200, no));
    assert_eq!(check(&app, &client, Some(TOKEN)).await, REFUSED);
    app.stop().await;
}

#[actix_web::test]
async fn the_host_is_that_of_the_public_address_unless_others_are_named() {
    let verifier = Stub::start();
    let more = ["--turnstile-hostnames=", "--public-url=https://Keys.example.net:8443/"];
    let (app, client) = start(&verifier.url(), &more).await;
    verifier.next("*", answer("login", "keys.example.net"));
    assert_eq!(check(&app, &client, Some(TOKEN)).await, (200, ""));
    verifier.next("*", answer("login", "localhost"));
    assert_eq!(check(&app, &client, Some(TOKEN)).await, REFUSED);
    app.stop().await;
}

#[actix_web::test]
async fn switched_off_it_asks_nobody() {
    let verifier = Stub::start();
    let (app, client) = start(&verifier.url(), &["--enable-turnstile=false"]).await;
    assert_eq!(app.app.turnstile.site_key(), None);
    for token in [None, Some(TOKEN)] {
        assert_eq!(check(&app, &client, token).await, (200, ""));
    }
    assert!(verifier.calls().is_empty());
    app.stop().await;
}

/// The place of the verifier is the operator's word, and no upstream may be there for it.
#[actix_web::test]
async fn only_the_verifier_is_asked_on_this_machine() {
    let verifier = Stub::start();
    let (app, client) = start(&verifier.url(), &[]).await;
    for url in [verifier.url(), format!("http://localhost:{}", verifier.port())] {
        let uri = format!("{url}/v1/models").parse().unwrap();
        let sent = client.send(&Request::new(Method::GET, &uri, None)).await;
        assert!(sent.is_err(), "{url}");
    }
    assert!(verifier.probes().is_empty());
    for _ in 0..2 {
        verifier.next("*", answer("login", "localhost"));
        assert_eq!(check(&app, &client, Some(TOKEN)).await, (200, ""));
    }
    app.stop().await;
}

#[actix_web::test]
async fn enabled_without_what_it_needs_it_does_not_start() {
    let dir = TempDir::new().unwrap();
    let all = [
        ("TURNSTILE_SECRET_KEY", SECRET),
        ("TURNSTILE_SITE_KEY", "0x4-site"),
        ("TURNSTILE_HOSTNAMES", "pool.example.org"),
    ];
    let with = |changed: (&str, &str)| {
        let mut command = program(dir.path());
        command.env("ENABLE_TURNSTILE", "true").envs(all).env(changed.0, changed.1);
        command
    };
    for (name, value) in [
        ("TURNSTILE_SECRET_KEY", ""),
        ("TURNSTILE_SITE_KEY", " "),
        ("TURNSTILE_HOSTNAMES", ","),
        ("TURNSTILE_HOSTNAMES", "https://pool.example.org"),
        ("TURNSTILE_HOSTNAMES", "pool.example.org:443"),
        ("TURNSTILE_VERIFY_URL", "ftp://verify.example.org"),
        ("TURNSTILE_VERIFY_URL", "https://user:secret@verify.example.org"),
        ("ENABLE_TURNSTILE", "perhaps"),
    ] {
        let (code, printed) = run(with((name, value))).await;
        assert!(code.is_some_and(|code| code != 0), "{name}={value}: {code:?}");
        assert!(printed.contains(name) && !printed.contains("Listening"), "{name}: {printed}");
        assert!(!printed.contains(SECRET), "{printed}");
    }
}

#[actix_web::test]
async fn every_door_of_accounts_asks() {
    let verifier = Stub::start();
    let (app, _) = start(&verifier.url(), &[]).await;
    let config = app.call("GET", "/api/auth/config", "", None).await.json();
    assert_eq!(config["turnstileSiteKey"], "0x4-site");
    let email = "ann@example.org";
    for (path, action, body, passed) in [
        ("send-code", "code", json!({"email": email, "purpose": "login"}), 200),
        (
            "register",
            "register",
            json!({"email": email, "code": "1", "password": "long enough"}),
            422,
        ),
        ("login", "login", json!({"email": email, "password": "a wrong one"}), 401),
        (
            "reset-password",
            "reset",
            json!({"email": email, "code": "1", "password": "long enough"}),
            422,
        ),
    ] {
        let path = format!("/api/auth/{path}");
        let without = app.call("POST", &path, "", Some(&body)).await;
        assert_eq!((without.status, &*without.code()), REFUSED, "{path}");
        for name in ["turnstileToken", "cfTurnstileToken"] {
            let mut body = body.clone();
            body[name] = TOKEN.into();
            verifier.next("*", answer("other", "localhost"));
            let wrong = app.call("POST", &path, "", Some(&body)).await;
            assert_eq!((wrong.status, &*wrong.code()), REFUSED, "{path} for another action");
        }
        let mut body = body;
        body["turnstileToken"] = TOKEN.into();
        verifier.next("*", answer(action, "localhost"));
        assert_eq!(app.call("POST", &path, "", Some(&body)).await.status, passed, "{path}");
    }
    app.stop().await;
}
