//! A browser's session by the admin token.

use std::time::Duration;

use actix_codec::Framed;
use awc::BoxedSocket;
use awc::http::header::{COOKIE, ORIGIN};
use awc::ws::{Codec, Frame};
use futures_util::StreamExt;
use ollama_api_pool::vault::token_hash;
use pool_stub::Stub;
use serde_json::{Value, json};

use super::doors::set;
use super::{post, refusal};
use crate::support::{ADMIN_TOKEN, Answer, Store, TestApp, both_stores, canary, in_time};

const PATH: &str = "/api/auth/admin-session";

/// A browser with cookies, whose pages are this program's.
pub struct Browser {
    pub cookie: String,
}

impl Browser {
    /// One that has shown the admin token.
    pub async fn begin(app: &TestApp) -> Self {
        Self::of(&post(app, "admin-session", &json!({"token": ADMIN_TOKEN})).await)
    }

    /// What the answer has put into it.
    fn of(answer: &Answer) -> Self {
        assert_eq!(answer.status, 200, "{}", answer.text());
        let cookie = answer.header("set-cookie").expect("a cookie");
        let cookie = cookie.split(';').next().expect("a value").to_owned();
        canary::release(&cookie);
        Self { cookie }
    }

    pub async fn ask(&self, app: &TestApp, method: &str, path: &str, body: &Value) -> Answer {
        self.ask_from(app, &app.url(""), method, path, body).await
    }

    async fn ask_from(
        &self,
        app: &TestApp,
        origin: &str,
        method: &str,
        path: &str,
        body: &Value,
    ) -> Answer {
        let client = awc::Client::builder().disable_timeout().finish();
        let request = client.request(method.parse().expect("a method"), app.url(path));
        let request = request.insert_header((COOKIE, self.cookie.as_str()));
        let request = request.insert_header((ORIGIN, origin));
        Answer::read(request.send_json(body).await.expect("an answer")).await
    }

    async fn look(&self, app: &TestApp) -> u16 {
        self.ask(app, "GET", "/admin/stats", &json!({})).await.status
    }

    async fn watch(&self, app: &TestApp) -> Framed<BoxedSocket, Codec> {
        let url = app.url("/admin/events?topics=job").replace("http", "ws");
        let request = awc::Client::default().ws(url).protocols(["pool.events"]);
        let request = request.set_header(COOKIE, self.cookie.as_str()).origin(app.url(""));
        request.connect().await.expect("it opens").1
    }
}

/// The code that the WebSocket is closed with.
async fn closed(mut socket: Framed<BoxedSocket, Codec>) -> u16 {
    loop {
        let frame = in_time("a frame", socket.next()).await.expect("a frame").expect("no error");
        if let Frame::Close(reason) = frame {
            return reason.expect("a reason").code.into();
        }
    }
}

fn minutes(count: u64) -> Duration {
    Duration::from_secs(60 * count)
}

both_stores! {
    async fn the_token_is_exchanged_for_a_cookie_that_scripts_can_not_read(app) {
        let answer = post(&app, "admin-session", &json!({"token": ADMIN_TOKEN})).await;
        let cookie = answer.header("set-cookie").expect("a cookie").to_owned();
        let mut parts: Vec<&str> = cookie.split("; ").collect();
        assert!(parts.remove(0).starts_with("pool_admin="));
        parts.sort_unstable();
        assert_eq!(parts, ["HttpOnly", "Path=/", "SameSite=Strict"], "until the browser is closed");
        assert!(!cookie.contains(ADMIN_TOKEN) && !answer.text().contains(ADMIN_TOKEN));
        assert_eq!(answer.header("cache-control"), Some("no-store"));

        let browser = Browser::of(&answer);
        assert_eq!(browser.look(&app).await, 200);
        let made = browser.ask(&app, "POST", "/admin/tokens", &json!({"name": "by cookie"})).await;
        assert_eq!(made.status, 201, "{}", made.text());
        let last = app.admin_get("/admin/audit?pageSize=1").await.json()["entries"][0].clone();
        assert_eq!((&last["actor"], &last["action"]), (&json!("admin-token"), &json!("token.create")));
        let profile = browser.ask(&app, "GET", "/api/auth/profile", &json!({})).await;
        assert_eq!(refusal(&profile), (401, "not_signed_in".into()), "it is nobody's account");
        let value = browser.cookie.trim_start_matches("pool_admin=");
        assert_eq!(app.call("GET", "/admin/stats", value, None).await.status, 401, "and no bearer's token");
    }

    async fn wrong_tokens_count_as_at_the_door(app, ["--admin-attempts=3"]) {
        let wrong = async || refusal(&post(&app, "admin-session", &json!({"token": "no such token"})).await);
        for _ in 0..3 {
            assert_eq!(wrong().await, (401, "invalid_api_key".into()));
        }
        assert_eq!(wrong().await, (429, "rate_limited".into()));
        let bearer = app.call("GET", "/admin/stats", "no such token", None).await;
        assert_eq!(refusal(&bearer), (429, "rate_limited".into()), "counted together");
        assert_eq!(Browser::begin(&app).await.look(&app).await, 200, "the right one is let in");
    }

    async fn made_up_cookies_open_nothing(app) {
        let browser = Browser::begin(&app).await;
        let (id, signed) = browser.cookie.split_once('.').expect("two parts");
        let other = Browser::begin(&app).await;
        let (_, of_other) = other.cookie.split_once('.').expect("two parts");
        for cookie in [
            format!("{id}.{of_other}"),
            format!("{id}."),
            id.to_owned(),
            format!("pool_admin=.{signed}"),
            format!("pool_admin={ADMIN_TOKEN}"),
            format!("pool_session={}", browser.cookie.trim_start_matches("pool_admin=")),
        ] {
            let made_up = Browser { cookie };
            assert_eq!(made_up.look(&app).await, 401, "{}", made_up.cookie);
        }
        assert_eq!((browser.look(&app).await, other.look(&app).await), (200, 200));
    }

    async fn other_sites_pages_do_nothing_with_it(app) {
        let browser = Browser::begin(&app).await;
        let body = json!({"name": "theirs"});
        for origin in ["https://evil.example.net", "null"] {
            let made = browser.ask_from(&app, origin, "POST", "/admin/tokens", &body).await;
            assert_eq!(refusal(&made), (403, "cross_site".into()), "{origin}");
            let ended = browser.ask_from(&app, origin, "DELETE", PATH, &json!({})).await;
            assert_eq!(refusal(&ended), (403, "cross_site".into()), "{origin}");
        }
        let url = app.url("/admin/events").replace("http", "ws");
        let request = awc::Client::default().ws(url).set_header(COOKIE, browser.cookie.as_str());
        assert!(request.origin("https://evil.example.net").connect().await.is_err());
        assert_eq!(browser.look(&app).await, 200);
    }

    async fn signing_out_ends_it_here_and_in_a_copy(app) {
        let browser = Browser::begin(&app).await;
        let socket = browser.watch(&app).await;
        let out = browser.ask(&app, "DELETE", PATH, &json!({})).await;
        assert_eq!((out.status, out.json()), (200, json!({"success": true})));
        assert!(out.header("set-cookie").expect("a cookie").contains("Max-Age=0"));
        assert_eq!(browser.look(&app).await, 401);
        assert_eq!(closed(socket).await, 1008);
        let again = browser.ask(&app, "DELETE", PATH, &json!({})).await;
        assert_eq!(refusal(&again), (401, "not_signed_in".into()));
    }

    async fn it_ends_with_the_token(app) {
        let browser = Browser::begin(&app).await;
        let socket = browser.watch(&app).await;
        app.app.admin.change(token_hash("another token of the administrators"));
        assert_eq!(browser.look(&app).await, 401);
        assert_eq!(closed(socket).await, 1008);
        app.app.admin.change(token_hash(ADMIN_TOKEN));
    }

    async fn unused_it_ends_after_an_hour_and_used_after_twelve(app) {
        let browser = Browser::begin(&app).await;
        for _ in 0..12 {
            app.app.clock.advance(minutes(59));
            assert_eq!(browser.look(&app).await, 200, "in use");
        }
        app.app.clock.advance(minutes(12));
        assert_eq!(browser.look(&app).await, 401, "twelve hours");

        let browser = Browser::begin(&app).await;
        let socket = browser.watch(&app).await;
        app.app.clock.advance(minutes(60));
        assert_eq!(closed(socket).await, 1008);
        assert_eq!(browser.look(&app).await, 401, "unused");

        set(&app, json!({"admin_idle_minutes": 5})).await;
        let browser = Browser::begin(&app).await;
        app.app.clock.advance(minutes(5));
        assert_eq!(browser.look(&app).await, 401, "as the setting says");
    }

    async fn a_page_that_nobody_is_at_keeps_it_from_nothing(app) {
        let browser = Browser::begin(&app).await;
        app.app.clock.advance(minutes(40));
        let request = awc::Client::default().get(app.url("/admin/stats"));
        let request = request.insert_header((COOKIE, browser.cookie.as_str())).insert_header(("x-pool-idle", "1"));
        assert_eq!(request.send().await.expect("an answer").status(), 200);
        app.app.clock.advance(minutes(20));
        assert_eq!(browser.look(&app).await, 401);
    }

    async fn after_five_minutes_secrets_take_the_token_again(app) {
        let browser = Browser::begin(&app).await;
        let make = async |browser: &Browser| {
            browser.ask(&app, "POST", "/admin/tokens", &json!({"name": "made"})).await
        };
        assert_eq!(make(&browser).await.status, 201);
        app.app.clock.advance(Duration::from_secs(301));
        assert_eq!(refusal(&make(&browser).await), (403, "sudo_required".into()));
        assert_eq!(browser.look(&app).await, 200);
        let shown = browser.ask(&app, "POST", PATH, &json!({"token": ADMIN_TOKEN})).await;
        let renewed = Browser::of(&shown);
        assert_ne!(renewed.cookie, browser.cookie);
        assert_eq!(make(&renewed).await.status, 201);
        assert_eq!(browser.look(&app).await, 401, "the new one stands in its place");
        let by_header = app.admin("POST", "/admin/tokens", &json!({"name": "x"})).await;
        assert_eq!(by_header.status, 201, "the token itself needs no more");
    }

    async fn the_oldest_of_too_many_ends(app) {
        let first = Browser::begin(&app).await;
        for _ in 0..50 {
            app.app.clock.advance(Duration::from_millis(10));
            Browser::begin(&app).await;
        }
        assert_eq!(first.look(&app).await, 401);
    }
}

/// It is of all processes, and so is its end.
#[actix_web::test]
async fn it_opens_every_process_and_ends_in_each() {
    let app = TestApp::start(Store::Postgres, &[]).await;
    let twin = TestApp::start_with(app.home.twin(), Stub::start(), &[]).await;
    let browser = Browser::begin(&app).await;
    assert_eq!(browser.look(&twin).await, 200);
    assert_eq!(browser.ask(&twin, "DELETE", PATH, &json!({})).await.status, 200);
    assert_eq!(browser.look(&app).await, 401);
    twin.stop().await;
    app.stop().await;
}
