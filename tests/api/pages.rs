//! Pages and what they load, over the wire. The stores have no part in it, so one is enough.

use std::fs;
use std::io::Read;
use std::path::Path;

use awc::http::StatusCode;
use flate2::read::GzDecoder;
use tempfile::TempDir;

use crate::support::{Answer, Store, TestApp, both_stores, canary};

const PAGES: [&str; 6] = ["/", "/stats", "/user", "/api-docs", "/dashboard", "/dashboard/keys"];

const CSS: &str = "body { margin: 0 }\n";

/// Assets as `make assets` leaves them, but nearly empty.
fn assets() -> TempDir {
    let dir = tempfile::tempdir().expect("a directory");
    for (path, text) in [
        ("vendor/preact.js", "export const h = 1;"),
        ("vendor/tabler.css", &CSS.repeat(100)),
        ("js/html.js", "export { h } from '../vendor/preact.js';"),
        ("js/portal.js", "import { h } from './html.js';"),
        ("img/logo.svg", "<svg/>"),
        ("img/favicon.svg", "<svg/>"),
    ] {
        let file = dir.path().join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
    dir
}

#[actix_web::test]
async fn turnstile_may_be_loaded_where_it_is_asked_for() {
    let assets = assets();
    let dir = format!("--assets-dir={}", assets.path().display());
    let settings = [
        &dir,
        "--enable-turnstile=true",
        "--turnstile-site-key=1x00000000000000000000AA",
        "--turnstile-secret-key=1x0000000000000000000000000000000AA",
        "--turnstile-hostnames=localhost",
    ];
    let app = TestApp::start(Store::Sqlite, &settings).await;
    let policy = visit(&app, "/", &[]).await;
    let policy = policy.header("content-security-policy").expect("a policy");
    for rule in [
        "script-src 'self' https://challenges.cloudflare.com;",
        "frame-src https://challenges.cloudflare.com;",
    ] {
        assert!(policy.contains(rule), "{policy}");
    }
    app.stop().await;
}

async fn start(assets: &Path) -> TestApp {
    TestApp::start(Store::Sqlite, &[&format!("--assets-dir={}", assets.display())]).await
}

/// A GET as a browser makes it.
async fn visit(app: &TestApp, path: &str, headers: &[(&str, &str)]) -> Answer {
    let client = awc::Client::builder().disable_timeout().finish();
    let mut request = client.get(app.url(path)).no_decompress();
    request = request.insert_header(("accept", "text/html,application/xhtml+xml,*/*;q=0.8"));
    for header in headers {
        request = request.insert_header(*header);
    }
    let answer = Answer::read(request.send().await.expect("an answer")).await;
    canary::look_at("GET", path, &answer);
    answer
}

/// What this attribute holds, wherever it is in the page.
fn attributes<'a>(page: &'a str, name: &str) -> Vec<&'a str> {
    page.split(&format!(" {name}=\"")).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[actix_web::test]
async fn pages_are_strict_about_what_they_load() {
    let assets = assets();
    let app = start(assets.path()).await;
    for path in PAGES {
        let page = visit(&app, path, &[]).await;
        assert_eq!(page.status, 200, "{path}");
        let policy = page.header("content-security-policy").expect("a policy");
        for rule in [
            "default-src 'none'",
            "script-src 'self';",
            "style-src 'self';",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        ] {
            assert!(policy.contains(rule), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(page.header("referrer-policy"), Some("same-origin"));
        assert_eq!(page.header("cache-control"), Some("no-cache"));
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
        let text = page.text();
        // The policy would keep them from working: nothing in a page relies on them.
        assert!(!text.contains("<style") && attributes(&text, "style").is_empty(), "{path}");
        let scripts: Vec<_> = text.split("<script").skip(1).collect();
        assert!(scripts.len() >= 2, "{path}: {text}");
        assert!(
            scripts
                .iter()
                .all(|script| script.contains("src=\"/assets/") && script.contains("></script>")),
            "{path}"
        );
        let loaded = attributes(&text, "src").len();
        assert_eq!(loaded, text.matches(" src=\"/").count(), "{path}: nothing of another host");
    }
    let answer = app.call("HEAD", "/stats", "", None).await;
    assert_eq!((answer.status, answer.body.len()), (200, 0));
    let answer = app.call("POST", "/stats", "", None).await;
    assert_eq!((answer.status, answer.header("allow")), (405, Some("GET, HEAD")));
    app.stop().await;
}

#[actix_web::test]
async fn what_a_page_loads_may_be_kept_for_ever() {
    let assets = assets();
    let app = start(assets.path()).await;
    let page = visit(&app, "/", &[]).await.text();
    let preloaded = attributes(&page, "href");
    let named =
        |end: &str| *preloaded.iter().find(|path| path.ends_with(end)).expect("it is named");
    let css = visit(&app, named("/vendor/tabler.css"), &[]).await;
    assert_eq!((css.status, css.text()), (200, CSS.repeat(100)));
    assert_eq!(css.header("cache-control"), Some("public, max-age=31536000, immutable"));
    assert_eq!(css.header("content-type"), Some("text/css; charset=utf-8"));
    assert_eq!(css.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(css.header("content-encoding"), None);
    // Modules of modules are told of, too.
    let module = visit(&app, named("/vendor/preact.js"), &[]).await;
    assert!(module.header("content-type").is_some_and(|kind| kind.contains("javascript")));
    let small = visit(&app, named("/vendor/tabler.css"), &[("accept-encoding", "br, gzip")]).await;
    assert_eq!(small.header("content-encoding"), Some("gzip"));
    assert_eq!(small.header("content-type"), Some("text/css; charset=utf-8"));
    assert_eq!(small.header("vary"), Some("Accept-Encoding"));
    let mut plain = String::new();
    GzDecoder::new(small.body.as_slice()).read_to_string(&mut plain).expect("gzip");
    assert_eq!(plain, CSS.repeat(100));
    let refused = [("accept-encoding", "gzip;q=0")];
    let plain = visit(&app, named("/vendor/tabler.css"), &refused).await;
    assert_eq!(plain.header("content-encoding"), None);
    // A page of another build still finds it, but not for ever.
    let other = visit(&app, "/assets/0000000000000000/vendor/tabler.css", &[]).await;
    assert_eq!((other.status, other.header("cache-control")), (200, Some("no-cache")));
    app.stop().await;
}

#[actix_web::test]
async fn assets_are_files_of_their_directory_only() {
    let assets = assets();
    fs::write(assets.path().with_extension("secret"), "secret").unwrap();
    let app = start(assets.path()).await;
    let name = assets.path().with_extension("secret");
    let name = name.file_name().unwrap().to_str().unwrap();
    for path in [
        format!("../{name}"),
        format!("js/../../{name}"),
        format!("..%2f{name}"),
        format!("%2e%2e/{name}"),
        "js".to_owned(),
        "locales/en/../en/common.ftl".to_owned(),
        "locales/de/common.ftl".to_owned(),
    ] {
        let answer = app.call("GET", &format!("/assets/x/{path}"), "", None).await;
        assert_eq!(answer.status, 404, "{path}");
    }
    fs::remove_file(assets.path().with_extension("secret")).unwrap();
    app.stop().await;
}

#[actix_web::test]
async fn pages_speak_the_visitors_language() {
    let assets = assets();
    let app = start(assets.path()).await;
    for (headers, lang, words) in [
        (&[][..], "en", "One address for all your models"),
        (&[("accept-language", "zh-CN,zh;q=0.9,en;q=0.8")], "zh-CN", "一个地址，用上全部模型"),
        (&[("accept-language", "de, fr;q=0.5")], "en", "One address"),
        (&[("accept-language", "en"), ("cookie", "pool_language=zh-CN")], "zh-CN", "一个地址"),
        (&[("accept-language", "zh"), ("cookie", "pool_language=en")], "en", "One address"),
        (&[("accept-language", "zh"), ("cookie", "pool_language=\"><b>")], "zh-CN", "一个地址"),
    ] {
        let page = visit(&app, "/", headers).await;
        let text = page.text();
        assert!(
            text.contains(&format!("<html lang=\"{lang}\"")) && text.contains(words),
            "{headers:?}"
        );
        assert_eq!(page.header("vary"), Some("Accept-Language, Cookie"));
    }
    for tag in ["en", "zh-CN"] {
        let texts = visit(&app, &format!("/assets/x/locales/{tag}/common.ftl"), &[]).await;
        assert_eq!(texts.header("content-type"), Some("text/plain; charset=utf-8"));
        assert!(texts.text().contains("sign-out = "), "{tag}");
    }
    app.stop().await;
}

#[actix_web::test]
async fn an_unknown_path_is_a_page_for_browsers_and_json_for_programs() {
    let assets = assets();
    let app = start(assets.path()).await;
    for path in ["/nope", "/dashboard/nope", "/user/x"] {
        let page = visit(&app, path, &[]).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND.as_u16(), "{path}");
        assert!(page.text().contains("There is no such page") && page.text().contains(path));
        assert!(page.header("content-security-policy").is_some());
        let json = app.call("GET", path, "", None).await;
        assert_eq!((json.status, json.code().as_str()), (404, "not_found"), "{path}");
    }
    // The API speaks JSON to everyone.
    for path in ["/admin/nope", "/api/auth/nope", "/v1/nope"] {
        let answer = visit(&app, path, &[]).await;
        assert_eq!(answer.header("content-type"), Some("application/json"), "{path}");
    }
    app.stop().await;
}

#[actix_web::test]
async fn what_a_visitor_sends_is_no_markup() {
    let assets = assets();
    let app = start(assets.path()).await;
    for path in
        ["/%3Cscript%3Ealert(1)%3C/script%3E", "/'%22%3E%3Cimg%20src=x%20onerror=alert(1)%3E"]
    {
        let page = visit(&app, path, &[]).await;
        assert_eq!(page.status, 404);
        let text = page.text();
        assert!(!text.contains("<script>") && !text.contains("<img src=x"), "{text}");
    }
    app.stop().await;
}

#[actix_web::test]
async fn guides_are_shown_as_pages() {
    let assets = assets();
    let app = start(assets.path()).await;
    for (path, words) in [
        ("/project", "Changelog"),
        ("/project/readme", "Start in a minute"),
        ("/project/admin", "<table>"),
        ("/project/architecture", "<h2 id=\"invariants\">"),
    ] {
        let page = visit(&app, path, &[]).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(page.text().contains(words), "{path}");
        assert!(page.header("content-security-policy").is_some());
    }
    let readme = visit(&app, "/project/readme", &[("accept-language", "zh")]).await.text();
    assert!(readme.contains("项目说明") && !readme.contains("Start in a minute"), "{readme}");
    assert_eq!(visit(&app, "/project/secrets", &[]).await.status, 404);
    app.stop().await;
}

both_stores! {
    async fn templates_are_things_to_ask(app) {
        for (language, label) in [("en", "Explain"), ("zh-CN", "解释")] {
            let headers = [("accept-language", language)];
            let list = visit(&app, "/api/test-templates", &headers).await.json();
            let list = list["templates"].as_array().expect("templates").clone();
            assert!(list.len() >= 8, "{list:?}");
            assert!(list.iter().any(|one| one["label"] == label), "{language}: {list:?}");
            for one in &list {
                for field in ["id", "label", "description", "systemPrompt", "userMessage"] {
                    let text = one[field].as_str().unwrap_or_default();
                    assert!(!text.is_empty() && !text.contains("template-"), "{field}: {one}");
                }
                assert!((0.0..=2.0).contains(&one["temperature"].as_f64().expect("a number")));
                assert!(one["stream"].is_boolean());
            }
        }
    }
}

#[actix_web::test]
async fn without_assets_pages_say_what_is_missing() {
    let dir = tempfile::tempdir().expect("a directory");
    let app = start(&dir.path().join("none")).await;
    for path in PAGES {
        let page = visit(&app, path, &[]).await;
        assert_eq!(page.status, 503, "{path}");
        let text = page.text();
        assert!(
            text.contains("make assets") && text.contains("vendor/preact.js"),
            "{path}: {text}"
        );
        assert!(page.header("content-security-policy").is_some());
    }
    let page = visit(&app, "/", &[("accept-language", "zh")]).await.text();
    assert!(page.contains("页面尚未准备完整"), "{page}");
    assert_eq!(app.call("GET", "/favicon.svg", "", None).await.status, 404);
    assert_eq!(app.ask("llama3.2").await.status, 503, "the API works: there are no keys");
    app.stop().await;
}
