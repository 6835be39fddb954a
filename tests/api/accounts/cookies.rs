//! Browsers: the cookie, and who may ask with it.

use awc::http::header::{COOKIE, HeaderName, ORIGIN};
use serde_json::{Value, json};

use super::{Person, login, post, refusal, session_of, sign_up};
use crate::support::{ADMIN_TOKEN, Answer, TestApp, both_stores};

const ANN: &str = "ann@example.org";

/// A request with the cookie, and these headers.
async fn ask(app: &TestApp, person: &Person, path: &str, headers: &[(&str, &str)]) -> Answer {
    ask_with(app, &format!("pool_session={}", person.session), path, headers).await
}

async fn ask_with(app: &TestApp, cookie: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    send(app, cookie, path, headers, &json!({})).await
}

async fn send(
    app: &TestApp,
    cookie: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &Value,
) -> Answer {
    let (method, path) = path.split_once(' ').expect("a method and a path");
    let method = method.parse().expect("a method");
    let mut request = awc::Client::default().request(method, app.url(path));
    if !cookie.is_empty() {
        request = request.insert_header((COOKIE, cookie));
    }
    for (name, value) in headers {
        let name: HeaderName = name.parse().expect("a name");
        request = request.insert_header((name, *value));
    }
    Answer::read(request.send_json(body).await.expect("an answer")).await
}

/// The answer sets these cookies and no others, each as browsers want it of its name (RFC 6265bis).
fn guarded(answer: &Answer, names: &[&str]) {
    let cookies: Vec<&str> =
        answer.headers.get_all("set-cookie").map(|it| it.to_str().expect("text")).collect();
    assert_eq!(cookies.len(), names.len(), "{cookies:?}");
    for (cookie, name) in cookies.iter().zip(names) {
        assert!(cookie.starts_with(name), "{cookie}");
        for part in ["; Secure", "; Path=/;", "; HttpOnly", "; SameSite=Strict"] {
            assert!(format!("{cookie};").contains(part), "{part} of {cookie}");
        }
        assert!(!cookie.contains("Domain"), "{cookie}");
    }
}

both_stores! {
    async fn the_cookie_is_out_of_scripts_reach(app) {
        let ann = sign_up(&app, ANN).await;
        let answer = login(&app, ANN, &ann.password).await;
        let cookie = answer.header("set-cookie").expect("a cookie").to_owned();
        let token = session_of(&answer);
        let mut parts: Vec<&str> = cookie.split("; ").collect();
        parts.sort_unstable();
        assert!(parts.contains(&format!("pool_session={token}").as_str()));
        for part in ["HttpOnly", "Path=/", "SameSite=Strict"] {
            assert!(parts.contains(&part), "{part}");
        }
        assert!(parts.iter().any(|part| part.starts_with("Max-Age=60")), "seven days");
        assert!(!parts.contains(&"Secure"), "plain HTTP here");
        let out = ann.post(&app, "logout", &json!({})).await;
        assert!(out.header("set-cookie").expect("a cookie").contains("Max-Age=0"));
    }

    async fn over_tls_the_cookie_never_goes_in_the_clear(app, ["--public-url=https://pool.example.org"]) {
        let ann = sign_up(&app, ANN).await;
        let answer = login(&app, ANN, &ann.password).await;
        let token = session_of(&answer);
        let of_host = format!("__Host-pool_session={token}");
        guarded(&answer, &["__Host-pool_session=", "__Host-pool_device="]);
        let origin = [("origin", "https://pool.example.org")];
        let profile = "GET /api/auth/profile";
        assert_eq!(ask_with(&app, &of_host, profile, &origin).await.status, 200);
        assert_eq!(ask(&app, &ann, profile, &origin).await.status, 401, "a neighbour's could be in the plain one");
        let both = format!("pool_session=a.b.c; {of_host}");
        assert_eq!(ask_with(&app, &both, profile, &origin).await.status, 200);
        let out = ask_with(&app, &of_host, "POST /api/auth/logout", &origin).await;
        assert_eq!(out.status, 200);
        assert!(out.header("set-cookie").expect("a cookie").starts_with("__Host-pool_session=;"));
        let shown = post(&app, "admin-session", &json!({"token": ADMIN_TOKEN})).await;
        guarded(&shown, &["__Host-pool_admin="]);
    }

    async fn who_asks_a_trusted_proxy_by_tls_has_secure_cookies(app, ["--trusted-proxies=127.0.0.1"]) {
        let ann = sign_up(&app, ANN).await;
        let body = json!({"email": ANN, "password": ann.password});
        let by_tls = [("x-forwarded-proto", "https")];
        let login = async |headers: &[(&str, &str)]| send(&app, "", "POST /api/auth/login", headers, &body).await;
        let answer = login(&by_tls).await;
        let token = session_of(&answer);
        guarded(&answer, &["__Host-pool_session=", "__Host-pool_device="]);
        let profile = "GET /api/auth/profile";
        let status = async |cookie: String, headers: &[(&str, &str)]| ask_with(&app, &cookie, profile, headers).await.status;
        assert_eq!(status(format!("__Host-pool_session={token}"), &by_tls).await, 200);
        assert_eq!(status(format!("pool_session={token}"), &by_tls).await, 401);
        assert_eq!(status(format!("pool_session={token}"), &[]).await, 200, "without TLS");
        let plain = login(&[("x-forwarded-proto", "http")]).await;
        session_of(&plain);
        let cookie = plain.header("set-cookie").expect("a cookie");
        assert!(cookie.starts_with("pool_session=") && !cookie.contains("Secure"), "{cookie}");
    }

    async fn nobody_else_tells_of_tls(app) {
        let ann = sign_up(&app, ANN).await;
        let body = json!({"email": ANN, "password": ann.password});
        let answer = send(&app, "", "POST /api/auth/login", &[("x-forwarded-proto", "https")], &body).await;
        session_of(&answer);
        assert!(answer.header("set-cookie").expect("a cookie").starts_with("pool_session="));
    }

    async fn with_the_cookie_only_our_own_pages_change_anything(app) {
        let ann = sign_up(&app, ANN).await;
        let sign = "POST /api/auth/sign";
        let cross = (403, "cross_site".to_owned());
        for foreign in [
            vec![],
            vec![("origin", "https://evil.example.net")],
            vec![("origin", "null")],
            vec![("sec-fetch-site", "cross-site")],
            vec![("sec-fetch-site", "same-site")],
            vec![("sec-fetch-site", "cross-site"), ("origin", app.url("").as_str())],
        ] {
            assert_eq!(refusal(&ask(&app, &ann, sign, &foreign).await), cross, "{foreign:?}");
        }
        assert_eq!(ask(&app, &ann, "GET /api/auth/profile", &[]).await.status, 200, "a look");
        let own = app.url("");
        assert_eq!(ask(&app, &ann, sign, &[(ORIGIN.as_str(), &own)]).await.status, 200);
        let out = [("sec-fetch-site", "same-origin")];
        assert_eq!(ask(&app, &ann, "POST /api/auth/logout", &out).await.status, 200);
        assert_eq!(ask(&app, &ann, "GET /api/auth/profile", &[]).await.status, 401);
    }

    async fn a_bearer_needs_no_page(app) {
        let ann = sign_up(&app, ANN).await;
        assert_eq!(ann.post(&app, "sign", &json!({})).await.status, 200);
        let odd = post(&app, "sign", &json!({})).await;
        assert_eq!(refusal(&odd), (401, "not_signed_in".into()));
    }
}
