//! Whoever shows no accepted token and is not signed in is limited by address; nobody else is.

use awc::http::header::ACCEPT;

use crate::accounts::sign_up;
use crate::support::{ADMIN_TOKEN, Answer, Store, TestApp, both_stores};

/// What strangers ask, at each door, and what they are told while they may.
const DOORS: [(&str, &str, u16); 8] = [
    ("GET", "/v1/models", 200),
    ("POST", "/v1/chat/completions", 401),
    ("POST", "/ollama/v1/chat/completions", 401),
    ("GET", "/api/auth/profile", 401),
    ("GET", "/admin/stats", 401),
    ("GET", "/", 503),
    ("GET", "/project", 200),
    ("GET", "/nowhere", 404),
];

/// Those that are never limited.
const OPEN: [&str; 4] = ["/livez", "/readyz", "/health", "/openapi.json"];

/// Asks from this address of the network, as a proxy tells it.
async fn ask_from(app: &TestApp, from: &str, method: &str, path: &str) -> Answer {
    let method = method.parse().expect("a method");
    let request = awc::Client::default().request(method, app.url(path));
    let answer = request.insert_header(("x-forwarded-for", from)).send();
    Answer::read(answer.await.expect("an answer")).await
}

/// Asks until it is refused; returns how often it was not, and the refusal.
async fn asked_up(app: &TestApp, from: &str, door: (&str, &str, u16)) -> (u64, Answer) {
    for n in 0.. {
        let answer = ask_from(app, from, door.0, door.1).await;
        if answer.status == 429 {
            return (n, answer);
        }
        assert_eq!(answer.status, door.2, "{door:?}");
        let left = answer.header("x-ratelimit-remaining").map(str::to_owned);
        assert!(left.is_some(), "{door:?} tells what is left");
    }
    unreachable!("somebody is refused")
}

both_stores! {
    async fn each_door_has_an_end(
        app, ["--rate-limit-requests=3", "--rate-limit-window=3600", "--trusted-proxies=127.0.0.1"]
    ) {
        app.add_key("sk-strangers-0123456789").await;
        for (n, door) in DOORS.into_iter().enumerate() {
            let from = format!("192.0.2.{n}");
            let (asked, refused) = asked_up(&app, &from, door).await;
            assert_eq!(asked, 3, "{door:?}");
            assert_eq!(refused.code(), "rate_limited", "{door:?}");
            let number = |name| refused.header(name).expect(name).parse::<u64>().expect("a number");
            assert!((1..=1200).contains(&number("retry-after")), "{door:?}");
            assert_eq!(number("x-ratelimit-limit"), 3);
            assert_eq!(number("x-ratelimit-remaining"), 0);
            assert!((3500..=3600).contains(&number("x-ratelimit-reset")), "{door:?}");
            let is_openai = door.1.contains("/v1/");
            assert_eq!(refused.json()["error"].is_object(), is_openai, "{door:?}: in its dialect");
            assert_eq!(ask_from(&app, "192.0.2.200", door.0, door.1).await.status, door.2);
            for path in OPEN {
                assert_eq!(ask_from(&app, &from, "GET", path).await.status, 200, "{path}");
            }
        }
    }

    async fn doors_are_apart_and_an_address_is_a_network(
        app, ["--rate-limit-requests=1", "--rate-limit-window=3600", "--trusted-proxies=127.0.0.1"]
    ) {
        for (path, status) in [("/project", 200), ("/api/auth/profile", 401), ("/admin/stats", 401)] {
            assert_eq!(ask_from(&app, "2001:db8:1:2::1", "GET", path).await.status, status);
            assert_eq!(ask_from(&app, "2001:db8:1:2:ffff::2", "GET", path).await.status, 429, "a /64");
            assert_eq!(ask_from(&app, "2001:db8:1:3::1", "GET", path).await.status, status);
        }
    }

    async fn who_is_known_is_not_counted(app, ["--rate-limit-window=3600"]) {
        app.add_key("sk-strangers-0123456789").await;
        let ann = sign_up(&app, "ann@example.org").await;
        let narrow = serde_json::json!({"rate_limit_requests": 1});
        assert_eq!(app.admin("PATCH", "/admin/settings", &narrow).await.status, 200);
        for path in ["/v1/models", "/admin/stats", "/api/auth/profile", "/v1/models"] {
            app.call("GET", path, "", None).await;
        }
        assert_eq!(app.call("GET", "/v1/models", "", None).await.status, 429);
        assert_eq!(app.call("POST", "/v1/chat/completions", "", None).await.status, 401);
        assert_eq!(app.call("POST", "/v1/chat/completions", "wrong-0123", None).await.status, 429);
        for _ in 0..5 {
            let chat = app.ask("llama3.2").await;
            assert_eq!((chat.status, chat.header("x-ratelimit-limit")), (200, None));
            assert_eq!(app.call("GET", "/v1/models", &app.token, None).await.status, 200);
            assert_eq!(app.call("GET", "/admin/stats", ADMIN_TOKEN, None).await.status, 200);
            assert_eq!(app.call("GET", "/api/auth/profile", &ann.session, None).await.status, 200);
        }
    }

    /// A header that nobody trusted wrote gives no new allowance.
    async fn without_a_trusted_proxy_the_peer_counts(
        app, ["--rate-limit-requests=1", "--rate-limit-window=3600"]
    ) {
        assert_eq!(ask_from(&app, "192.0.2.1", "GET", "/project").await.status, 200);
        assert_eq!(ask_from(&app, "192.0.2.2", "GET", "/project").await.status, 429);
    }
}

#[actix_web::test]
async fn a_browser_is_told_by_a_page() {
    let settings = ["--rate-limit-requests=1", "--rate-limit-window=3600"];
    let app = TestApp::start(Store::Sqlite, &settings).await;
    let visit = async |language: &str| {
        let request = awc::Client::default().get(app.url("/project"));
        let request = request.insert_header((ACCEPT, "text/html"));
        let answer = request.insert_header(("accept-language", language)).send();
        Answer::read(answer.await.expect("an answer")).await
    };
    assert_eq!(visit("en").await.status, 200);
    for (language, words) in [("en", "Too many requests"), ("zh-CN", "请求过多")] {
        let page = visit(language).await;
        assert_eq!(page.status, 429);
        assert!(page.header("content-type").is_some_and(|kind| kind.starts_with("text/html")));
        assert!(page.header("retry-after").is_some() && page.text().contains(words));
    }
    app.stop().await;
}

/// Over one Redis an address has one allowance, whichever process it asks.
#[actix_web::test]
async fn processes_share_the_count() {
    let settings = ["--rate-limit-requests=10", "--rate-limit-window=3600"];
    let one = TestApp::start(Store::Postgres, &settings).await;
    let other = TestApp::start_in(one.home.twin(), &settings).await;
    let asked = (0..20).map(async |n| {
        let app = if n % 2 == 0 { &one } else { &other };
        app.call("GET", "/project", "", None).await.status
    });
    let answers = futures_util::future::join_all(asked).await;
    assert_eq!(answers.iter().filter(|status| **status == 200).count(), 10, "{answers:?}");
    other.stop().await;
    one.stop().await;
}
