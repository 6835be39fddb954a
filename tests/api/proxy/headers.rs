//! Which headers pass, and which never do.

use pool_stub::{Call, Reply};
use serde_json::json;

use super::{CHAT, OPENROUTER_CHAT, add_keys, secret, send};
use crate::support::{Answer, Store, TestApp};

const BODY: &str = r#"{"model":"m"}"#;

/// Of what a client may send, that which says who and where it is.
const PRIVATE: [(&str, &str); 17] = [
    ("cookie", "session=1"),
    ("x-forwarded-for", "203.0.113.9"),
    ("x-forwarded-host", "inner"),
    ("x-forwarded-proto", "https"),
    ("forwarded", "for=203.0.113.9"),
    ("x-real-ip", "203.0.113.9"),
    ("cf-connecting-ip", "203.0.113.9"),
    ("via", "1.1 inner"),
    ("origin", "https://inner.example"),
    ("referer", "https://inner.example/page"),
    ("x-title", "inner"),
    ("x-api-key", "sk-client-secret"),
    ("proxy-authorization", "Basic eA=="),
    ("accept-language", "pl"),
    ("x-request-id", "the-clients-own"),
    ("openai-organization", "org-1"),
    ("openai-project", "proj-1"),
];

const USEFUL: [(&str, &str); 8] = [
    ("content-type", "application/json; charset=utf-8"),
    ("accept", "text/event-stream"),
    ("accept", "application/json"),
    ("openai-beta", "assistants=v2"),
    ("anthropic-version", "2023-06-01"),
    ("idempotency-key", "a-key-of-the-client"),
    ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
    ("tracestate", "vendor=value"),
];

fn last(app: &TestApp) -> Call {
    app.stub.calls().pop().expect("a call")
}

async fn openrouter(app: &TestApp) {
    app.add_key_with(&json!({"api_key": secret(0), "provider": "openrouter"})).await;
}

#[actix_web::test]
async fn only_what_an_upstream_needs_goes_there() {
    let app = TestApp::start(Store::Sqlite, &["--forward-app-headers=true"]).await;
    add_keys(&app, 1).await;
    let hops = [("connection", "keep-alive, x-hop"), ("x-hop", "1"), ("te", "trailers")];
    let all = [&PRIVATE[..], &USEFUL[..], &hops[..]].concat();
    let answer = Answer::read(send(&app, CHAT, &all, BODY).await).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let call = last(&app);
    for (name, value) in USEFUL {
        assert!(call.headers.contains(&(name.to_owned(), value.to_owned())), "{name}");
    }
    let own = ["authorization", "user-agent", "host", "content-length", "date"];
    for (name, value) in &call.headers {
        let expected =
            own.contains(&name.as_str()) || USEFUL.iter().any(|(useful, _)| useful == name);
        assert!(expected, "{name}: {value}");
    }
    assert_eq!(call.header("authorization"), Some(format!("Bearer {}", secret(0)).as_str()));
    let agent = concat!("ollama-api-pool/", env!("CARGO_PKG_VERSION"));
    assert_eq!(call.header("user-agent"), Some(agent));
    assert_eq!(call.header("host"), Some(format!("127.0.0.1:{}", app.stub.port()).as_str()));
    app.stop().await;
}

#[actix_web::test]
async fn gzip_is_the_only_encoding_asked_for() {
    let app = TestApp::start(Store::Sqlite, &[]).await;
    add_keys(&app, 1).await;
    let cases = [
        (Some("gzip, deflate, br, zstd"), Some("gzip")),
        (Some("br;q=1.0, gzip;q=0.8"), Some("gzip")),
        (Some("*"), Some("gzip")),
        (Some("GZIP"), Some("gzip")),
        (Some("br"), None),
        (Some("gzip;q=0, br"), None),
        (Some("identity"), None),
        (None, None),
    ];
    for (sent, wanted) in cases {
        let headers: Vec<_> = sent.map(|value| ("accept-encoding", value)).into_iter().collect();
        Answer::read(send(&app, CHAT, &headers, BODY).await).await;
        assert_eq!(last(&app).header("accept-encoding"), wanted, "{sent:?}");
    }
    app.stop().await;
}

#[actix_web::test]
async fn the_operator_names_the_application_to_openrouter() {
    let settings = ["--openrouter-app-url=https://pool.example", "--openrouter-app-title=My pool"];
    let app = TestApp::start(Store::Sqlite, &settings).await;
    openrouter(&app).await;
    add_keys(&app, 1).await;
    let theirs = [("http-referer", "https://theirs.example"), ("x-title", "theirs")];
    Answer::read(send(&app, OPENROUTER_CHAT, &theirs, BODY).await).await;
    let call = last(&app);
    assert_eq!(call.path, "/api/v1/chat/completions");
    let named: Vec<_> = call.headers.iter().filter(|(name, _)| name == "x-title").collect();
    assert_eq!(named, [&("x-title".to_owned(), "My pool".to_owned())]);
    assert_eq!(call.header("http-referer"), Some("https://pool.example"));
    Answer::read(send(&app, CHAT, &theirs, BODY).await).await;
    assert_eq!((last(&app).header("http-referer"), last(&app).header("x-title")), (None, None));
    app.stop().await;
}

#[actix_web::test]
async fn clients_name_themselves_when_the_operator_allows_it() {
    let settings = ["--openrouter-app-url=https://pool.example", "--forward-app-headers=true"];
    let app = TestApp::start(Store::Sqlite, &settings).await;
    openrouter(&app).await;
    let theirs = [("http-referer", "https://theirs.example"), ("x-title", "theirs")];
    Answer::read(send(&app, OPENROUTER_CHAT, &theirs, BODY).await).await;
    let call = last(&app);
    let sent = (call.header("http-referer"), call.header("x-title"));
    assert_eq!(sent, (Some("https://theirs.example"), Some("theirs")));
    assert_eq!(call.headers.iter().filter(|(name, _)| name == "http-referer").count(), 1);
    Answer::read(send(&app, OPENROUTER_CHAT, &[], BODY).await).await;
    assert_eq!(last(&app).header("http-referer"), Some("https://pool.example"));
    app.stop().await;
}

#[actix_web::test]
async fn clients_choose_who_is_billed_when_the_operator_allows_it() {
    let private = "--allow-private-upstreams=true";
    let chosen = [("openai-organization", "org-1"), ("openai-project", "proj-1")];
    for allowed in [false, true] {
        let setting = format!("--forward-openai-org-headers={allowed}");
        let settings = [private, "--forward-app-headers=true", &setting];
        let app = TestApp::start(Store::Sqlite, &settings).await;
        for (n, kind) in ["ollama", "openrouter", "openai"].into_iter().enumerate() {
            let provider = format!("a-{kind}");
            let body = json!({"id": provider, "kind": kind, "base_url": app.stub.url()});
            let added = app.admin("POST", "/admin/providers", &body).await;
            assert_eq!(added.status, 201, "{}", added.text());
            app.add_key_with(&json!({"api_key": secret(n), "provider": provider})).await;
            let path = format!("/{provider}{CHAT}");
            let answer = Answer::read(send(&app, &path, &chosen, BODY).await).await;
            assert_eq!(answer.status, 200, "{}", answer.text());
            for (name, value) in chosen {
                let passes = (allowed && kind == "openai").then_some(value);
                assert_eq!(last(&app).header(name), passes, "{kind}, allowed: {allowed}");
            }
        }
        app.stop().await;
    }
}

#[actix_web::test]
async fn only_what_a_client_needs_comes_back() {
    let app = TestApp::start(Store::Sqlite, &[]).await;
    add_keys(&app, 1).await;
    let kept = [
        ("x-ratelimit-remaining-requests", "9"),
        ("x-ratelimit-reset", "1700000000000"),
        ("openai-processing-ms", "12"),
        ("cache-control", "no-cache"),
        ("retry-after-ms", "250"),
        ("x-should-retry", "false"),
    ];
    let dropped = [
        ("set-cookie", "session=1"),
        ("server", "nginx"),
        ("keep-alive", "timeout=5"),
        ("connection", "keep-alive, x-hop"),
        ("x-hop", "1"),
        ("via", "1.1 inner"),
        ("alt-svc", "h3=\":443\""),
        ("strict-transport-security", "max-age=1"),
        ("www-authenticate", "Bearer"),
    ];
    let mut reply = Reply::ok().with_header("x-request-id", "upstream-1");
    for (name, value) in kept.iter().chain(&dropped) {
        reply = reply.with_header(name, value);
    }
    app.stub.next("*", reply);
    let answer = Answer::read(send(&app, CHAT, &[], BODY).await).await;
    for (name, value) in kept {
        assert_eq!(answer.header(name), Some(value), "{name}");
    }
    for (name, _) in dropped {
        assert_eq!(answer.header(name), None, "{name}");
    }
    assert_eq!(answer.header("x-upstream-request-id"), Some("upstream-1"));
    assert_ne!(answer.header("x-request-id").expect("an id"), "upstream-1");
    assert_eq!(answer.header("x-pool-provider"), Some("ollama"));
    assert_eq!(answer.header("x-pool-attempts"), Some("1"));
    assert_eq!(answer.header("x-cache"), Some("BYPASS"));
    let told = format!("{:?}", answer.headers);
    assert!(!told.contains(&secret(0)) && !told.contains("sk-"), "{told}");
    app.stop().await;
}

#[actix_web::test]
async fn a_harmless_request_id_is_taken_over() {
    let app = TestApp::start(Store::Sqlite, &[]).await;
    add_keys(&app, 1).await;
    let long = "x".repeat(65);
    for (sent, taken) in [("job-7_a.b", true), ("a b", false), ("<script>", false), (&long, false)]
    {
        let answer = Answer::read(send(&app, CHAT, &[("x-request-id", sent)], BODY).await).await;
        let id = answer.header("x-request-id").expect("an id");
        assert_eq!(id == sent, taken, "{sent}");
        assert!(!id.is_empty());
    }
    app.stop().await;
}
