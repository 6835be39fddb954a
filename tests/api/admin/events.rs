//! What happens, over a WebSocket.

use actix_codec::Framed;
use awc::BoxedSocket;
use awc::error::WsClientError;
use awc::http::header::SEC_WEBSOCKET_PROTOCOL;
use awc::ws::{Codec, Frame, Message, WebsocketsRequest};
use futures_util::{SinkExt, StreamExt};
use ollama_api_pool::vault::token_hash;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::people::{member, patch};
use crate::support::{ADMIN_TOKEN, TestApp, both_stores, each_store, in_time, until};

/// One who watches.
struct Viewer(Framed<BoxedSocket, Codec>);

fn request(app: &TestApp, query: &str) -> WebsocketsRequest {
    awc::Client::default().ws(app.url(&format!("/admin/events{query}")).replace("http", "ws"))
}

async fn watch(app: &TestApp, query: &str) -> Viewer {
    let opening = request(app, query).bearer_auth(ADMIN_TOKEN).connect();
    let (_, socket) = in_time("a WebSocket", opening).await.expect("it opens");
    Viewer(socket)
}

/// The status that a handshake is refused with.
async fn refused(request: WebsocketsRequest) -> u16 {
    match request.connect().await {
        Err(WsClientError::InvalidResponseStatus(status)) => status.as_u16(),
        Err(error) => panic!("{error}"),
        Ok(_) => 101,
    }
}

impl Viewer {
    /// The next event, or the code with which it was closed.
    async fn next(&mut self) -> Result<Value, u16> {
        loop {
            let frame =
                in_time("a frame", self.0.next()).await.expect("a frame").expect("no error");
            match frame {
                Frame::Text(text) => return Ok(serde_json::from_slice(&text).expect("JSON")),
                Frame::Ping(payload) => {
                    self.0.send(Message::Pong(payload)).await.expect("it listens");
                }
                Frame::Close(reason) => return Err(reason.expect("a reason").code.into()),
                other => panic!("{other:?}"),
            }
        }
    }

    /// The next event of another kind than `stats`.
    async fn next_but_stats(&mut self) -> Value {
        loop {
            let event = self.next().await.expect("an event");
            if event["type"] != "stats" {
                return event;
            }
        }
    }
}

async fn watchers(app: &TestApp) -> usize {
    app.app.actors.events.count().await.expect("the actor answers")
}

both_stores! {
    async fn stats_come_at_once_and_go_on(app) {
        let key = app.add_key("sk-events-00000001").await;
        app.add_key("sk-events-00000002").await;
        app.admin("POST", "/admin/keys/disable", &json!({"id": key})).await;
        let mut viewer = watch(&app, "?topics=stats").await;
        let first = viewer.next().await.expect("an event");
        assert_eq!(first["type"], "stats");
        chrono::DateTime::parse_from_rfc3339(first["at"].as_str().unwrap()).unwrap();
        let counts = json!({"active": 1, "cooling": 0, "disabled": 1, "expired": 0});
        assert_eq!(first["data"]["providers"]["ollama"], counts);
        assert_eq!(first["data"]["providers"]["openrouter"]["active"], 0);
        assert_eq!((&first["data"]["watchers"], &first["data"]["in_flight"]), (&json!(1), &json!(0)));
        assert_eq!(app.ask("m").await.status, 200);
        let mut sums = [0.0; 4];
        // It may come after the next event, but not after all.
        while sums[0] == 0.0 {
            let next = viewer.next().await.expect("an event");
            let told = ["requests", "success", "failure", "requests_per_sec"];
            for (sum, name) in sums.iter_mut().zip(told) {
                *sum += next["data"][name].as_f64().expect("a number");
            }
            assert_eq!(next["data"]["total_requests"], next["data"]["requests"]);
        }
        assert!(sums[..3] == [1.0, 1.0, 0.0] && sums[3] > 0.0, "{sums:?}");
    }

    async fn events_reach_those_who_want_them(app) {
        app.add_key("sk-events-canary01").await;
        let mut usual = watch(&app, "").await;
        let mut live = watch(&app, "?topics=request,key").await;
        let mut jobs = watch(&app, "?topics=job").await;
        let answer = app.ask("m").await;
        app.app.events.publish("key", || json!({"id": 7}));
        app.app.events.publish("job", || json!({"id": "x"}));
        let line = live.next().await.expect("a line");
        assert_eq!(line["type"], "request");
        let told = ["request_id", "model", "outcome", "status"].map(|name| &line["data"][name]);
        let id = answer.header("x-request-id");
        assert_eq!(json!(told), json!([id, "m", "success", 200]));
        assert_eq!(line["data"]["attempts"][0]["verdict"], "ok");
        assert!(!line.to_string().contains("canary"));
        let event = live.next().await.expect("an event");
        assert_eq!((&event["type"], &event["data"]), (&json!("key"), &json!({"id": 7})));
        let kinds = [usual.next_but_stats().await["type"].clone(), usual.next_but_stats().await["type"].clone()];
        assert_eq!(kinds, [json!("key"), json!("job")], "no lines unless asked for");
        assert_eq!(jobs.next().await.expect("an event")["type"], "job");
    }

    async fn nothing_is_made_while_nobody_watches(app) {
        app.app.events.publish("key", || panic!("nobody watches"));
        let viewer = watch(&app, "?topics=key").await;
        app.app.events.publish("request", || panic!("nobody watches these"));
        drop(viewer);
        until("it has gone", async || watchers(&app).await == 0).await;
        until("nobody listens", async || !app.app.events.are_watched("key")).await;
    }

    async fn a_browser_offers_its_token_as_a_protocol(app) {
        let token = format!("bearer.{ADMIN_TOKEN}");
        let protocols = ["pool.events", token.as_str()];
        let opened = request(&app, "?topics=job").protocols(protocols).origin(app.url("")).connect();
        let (response, socket) = opened.await.expect("it opens");
        assert_eq!(response.headers().get(SEC_WEBSOCKET_PROTOCOL).unwrap(), "pool.events");
        app.app.events.publish("job", || json!({}));
        assert_eq!(Viewer(socket).next().await.expect("an event")["type"], "job");
    }

    async fn strangers_and_other_pages_are_refused(app) {
        assert_eq!(refused(request(&app, "")).await, 401);
        assert_eq!(refused(request(&app, "").bearer_auth(&app.token)).await, 401);
        assert_eq!(refused(request(&app, "").protocols(["pool.events", "bearer.wrong"])).await, 401);
        let with_token = || request(&app, "").bearer_auth(ADMIN_TOKEN);
        let port = app.port() + 1;
        for origin in ["https://evil.example", "null", &format!("http://127.0.0.1:{port}"), "file://127.0.0.1"] {
            assert_eq!(refused(with_token().origin(origin)).await, 403, "{origin}");
        }
        assert_eq!(refused(request(&app, "?topics=secrets").bearer_auth(ADMIN_TOKEN)).await, 422);
        let plain = app.admin_get("/admin/events").await;
        assert_eq!((plain.status, plain.code().as_str()), (400, "malformed_request"));
        assert_eq!(watchers(&app).await, 0);
    }

    async fn who_is_no_administrator_any_more_watches_no_more(app, ["--bcrypt-cost=4"]) {
        let mut other = watch(&app, "?topics=job").await;
        let (ann, session) = member(&app, "ann@example.org").await;
        for change in [json!({"role": "user"}), json!({"isActive": false})] {
            assert_eq!(patch(&app, ann, json!({"role": "admin"})).await.status, 200);
            let opening = request(&app, "?topics=job").bearer_auth(&session).connect();
            let mut viewer = Viewer(opening.await.expect("it opens").1);
            app.app.events.publish("job", || json!({}));
            assert_eq!(viewer.next().await.expect("an event")["type"], "job");
            patch(&app, ann, change).await;
            assert_eq!(in_time("the end", viewer.next()).await, Err(1008));
            assert_eq!(other.next().await.expect("an event")["type"], "job", "only they");
        }
        until("their seats are free", async || watchers(&app).await == 1).await;
    }

    async fn who_watches_by_an_admin_token_that_was_replaced_watches_no_more(app, ["--bcrypt-cost=4"]) {
        let (ann, session) = member(&app, "ann@example.org").await;
        assert_eq!(patch(&app, ann, json!({"role": "admin"})).await.status, 200);
        let opening = request(&app, "?topics=job").bearer_auth(&session).connect();
        let mut other = Viewer(opening.await.expect("it opens").1);
        let mut by_header = watch(&app, "?topics=job").await;
        let token = format!("bearer.{ADMIN_TOKEN}");
        let opening = request(&app, "?topics=job").protocols(["pool.events", &token]).connect();
        let mut by_protocol = Viewer(opening.await.expect("it opens").1);
        app.app.admin.change(token_hash("another token of the administrators"));
        for viewer in [&mut by_header, &mut by_protocol] {
            assert_eq!(in_time("the end", viewer.next()).await, Err(1008));
        }
        app.app.events.publish("job", || json!({}));
        assert_eq!(other.next().await.expect("an event")["type"], "job", "a session's goes on");
        app.app.admin.change(token_hash(ADMIN_TOKEN));
    }

    async fn there_is_an_end_to_seats(app) {
        let mut viewers = Vec::new();
        for _ in 0..64 {
            viewers.push(watch(&app, "?topics=job").await);
        }
        assert_eq!(refused(request(&app, "").bearer_auth(ADMIN_TOKEN)).await, 503);
        viewers.pop();
        until("a seat is free", async || watchers(&app).await < 64).await;
        watch(&app, "?topics=job").await;
    }

    async fn a_polite_goodbye_is_answered(app) {
        let Viewer(mut socket) = watch(&app, "?topics=job").await;
        socket.send(Message::Text("hello".into())).await.expect("it listens");
        socket.send(Message::Ping("x".into())).await.expect("it listens");
        let pong = in_time("a pong", socket.next()).await.expect("a frame").expect("no error");
        assert!(matches!(pong, Frame::Pong(payload) if payload == "x"));
        socket.send(Message::Close(None)).await.expect("it listens");
        let mut next = async || in_time("a frame", socket.next()).await.expect("a frame").expect("no error");
        // A ping of its own may have been on its way.
        let mut close = next().await;
        while matches!(close, Frame::Ping(_)) {
            close = next().await;
        }
        assert!(matches!(close, Frame::Close(_)), "{close:?}");
        assert!(in_time("the end", socket.next()).await.is_none());
    }

    async fn who_never_reads_is_dropped_while_others_go_on(app) {
        let mut deaf = TcpStream::connect(("127.0.0.1", app.port())).await.expect("a connection");
        let handshake = format!(
            "GET /admin/events?topics=key HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\n\
             Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==\r\nAuthorization: Bearer {ADMIN_TOKEN}\r\n\r\n"
        );
        deaf.write_all(handshake.as_bytes()).await.expect("it listens");
        until("it watches", async || watchers(&app).await == 1).await;
        let mut reader = watch(&app, "?topics=key").await;
        let mut sent = 0;
        while watchers(&app).await == 2 {
            app.app.events.publish("key", || json!({"n": sent, "text": "x".repeat(500)}));
            assert_eq!(reader.next().await.expect("an event")["data"]["n"], sent);
            sent += 1;
            assert!(sent < 5_000, "it is never dropped");
        }
        assert!(sent > 1_000, "a queue's length is forgiven: {sent}");
        // What had been sent before is there, and then the end: not the thousand in its queue.
        let mut rest = Vec::new();
        let ended = in_time("the end", deaf.read_to_end(&mut rest)).await;
        assert!(rest.len() < 64 << 10, "{ended:?}: {}", rest.len());
        let text = String::from_utf8_lossy(&rest);
        assert!(text.starts_with("HTTP/1.1 101") && text.contains("read too slowly"));
        app.app.events.publish("key", || json!({"n": "last"}));
        assert_eq!(reader.next().await.expect("an event")["data"]["n"], "last");
    }

    async fn an_actor_that_died_sends_them_to_try_again(app) {
        let mut viewer = watch(&app, "?topics=request").await;
        app.app.actors.events.crash();
        assert_eq!(viewer.next().await, Err(1012));
        until("the guardian notices", async || {
            app.app.actors.events.count().await.is_ok()
        })
        .await;
        let mut viewer = watch(&app, "?topics=request").await;
        assert_eq!(app.ask("m").await.status, 503);
        assert_eq!(viewer.next().await.expect("a line")["data"]["status"], 503);
    }
}

each_store! {
    async fn a_stop_sends_everyone_home(store) {
        let app = TestApp::start(store, &["--drain-ms=100"]).await;
        let mut viewer = watch(&app, "?topics=job").await;
        let stopping = actix_web::rt::spawn(app.stop());
        assert_eq!(viewer.next().await, Err(1001));
        drop(viewer);
        in_time("the stop", stopping).await.expect("a good stop");
    }
}
