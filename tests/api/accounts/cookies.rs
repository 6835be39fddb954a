//! Browsers: the cookie, and who may ask with it.

use awc::http::header::{COOKIE, HeaderName, ORIGIN};
use serde_json::json;

use super::{Person, login, post, refusal, session_of, sign_up};
use crate::support::{Answer, TestApp, both_stores};

const ANN: &str = "ann@example.org";

/// A request with the cookie, and these headers.
async fn ask(app: &TestApp, person: &Person, path: &str, headers: &[(&str, &str)]) -> Answer {
    let (method, path) = path.split_once(' ').expect("a method and a path");
    let method = method.parse().expect("a method");
    let mut request = awc::Client::default().request(method, app.url(path));
    request = request.insert_header((COOKIE, format!("pool_session={}", person.session)));
    for (name, value) in headers {
        let name: HeaderName = name.parse().expect("a name");
        request = request.insert_header((name, *value));
    }
    Answer::read(request.send_json(&json!({})).await.expect("an answer")).await
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
        assert!(answer.header("set-cookie").expect("a cookie").contains("; Secure"));
        let origin = [("origin", "https://pool.example.org")];
        assert_eq!(ask(&app, &ann, "POST /api/auth/logout", &origin).await.status, 200);
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
