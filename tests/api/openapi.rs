//! The document and the program agree: every route is documented, every documented route is
//! called, and every answer is as the document says.

mod accounts;
mod bad;
mod bad_calls;
mod calls;
mod contract;
mod judge;
mod sudo;

use std::collections::BTreeSet;

use self::calls::{By, Call, walk};
use self::judge::Judge;
use crate::accounts::admin_session::Browser;
use crate::support::{TestApp, both_stores};

/// `GET /admin/jobs/{id}` and its like, of the document.
fn documented(judge: &Judge) -> BTreeSet<String> {
    judge.operations().collect()
}

/// The same of the route table: what it says is read from its text, so that a route that nobody
/// documented is found.
fn routed() -> BTreeSet<String> {
    let table = include_str!("../../src/http.rs");
    let (mut routes, mut scope) = (BTreeSet::new(), String::new());
    for line in table.lines() {
        if let Some((_, rest)) = line.split_once("web::scope(\"") {
            scope = rest.split('"').next().unwrap_or_default().to_owned();
        }
        if line.contains("fn openai_scope") {
            scope = "/v1".to_owned();
        }
        let Some((_, rest)) = line.split_once("path(\"").or_else(|| line.split_once("openai(\""))
        else {
            continue;
        };
        let (path, handlers) = rest.split_once('"').expect("a path ends");
        let inside =
            line.starts_with("                .") || scope == "/v1" || line.contains("web::scope");
        let path = without_patterns(path);
        let path = if inside { format!("{scope}{path}") } else { path };
        for verb in ["get", "post", "put", "patch", "delete"] {
            if handlers.contains(&format!(".{verb}(")) {
                routes.insert(format!("{} {path}", verb.to_uppercase()));
            }
        }
    }
    routes
}

/// `{id:.*}` is `{id}` in the document.
fn without_patterns(path: &str) -> String {
    let part = |part: &str| match part.split_once(':') {
        Some((name, _)) if part.starts_with('{') => format!("{name}}}"),
        _ => part.to_owned(),
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

#[test]
fn every_route_is_documented() {
    let judge = Judge::new(&ollama_api_pool::http::openapi::document());
    let (documented, routed) = (documented(&judge), routed());
    let silent: Vec<_> = routed.difference(&documented).collect();
    assert!(silent.is_empty(), "routes without documentation: {silent:#?}");
    let of_names = |route: &&String| !route.contains("/{provider}/v1");
    let gone: Vec<_> = documented.difference(&routed).filter(of_names).collect();
    assert!(gone.is_empty(), "documented, but no route: {gone:#?}");
}

#[test]
fn every_schema_and_status_is_whole() {
    let judge = Judge::new(&ollama_api_pool::http::openapi::document());
    let faults = judge.faults();
    assert!(faults.is_empty(), "{faults:#?}");
}

/// Calls it, once as it should be and, where it is an administrator's, once by a stranger.
async fn check(app: &TestApp, judge: &Judge, call: &Call) -> Result<(), String> {
    let answer = match &call.by {
        By::Cookie(cookie) => {
            let body = call.body.clone().unwrap_or_default();
            let browser = Browser { cookie: cookie.clone() };
            browser.ask(app, call.method, &call.path, &body).await
        }
        _ => app.call(call.method, &call.path, &call.token(app), call.body.as_ref()).await,
    };
    if answer.status != call.status {
        return Err(format!("{}: {}", answer.status, String::from_utf8_lossy(&answer.body)));
    }
    judge.answer(call.method, call.template, &answer)?;
    if matches!(call.by, By::Admin | By::Session(_) | By::Cookie(_)) {
        let stranger = app.call(call.method, &call.path, "sk-nobody", call.body.as_ref()).await;
        if stranger.status != 401 {
            return Err(format!("{} for a stranger", stranger.status));
        }
        judge.answer(call.method, call.template, &stranger)?;
    }
    Ok(())
}

both_stores! {
    async fn every_documented_route_answers_as_documented(app, ["--admin-attempts=100000"]) {
        let judge = Judge::new(&ollama_api_pool::http::openapi::document());
        let (mut called, mut faults) = (BTreeSet::new(), Vec::new());
        for call in walk(&app).await {
            if let Err(fault) = check(&app, &judge, &call).await {
                faults.push(format!("{} {}: {fault}", call.method, call.path));
            }
            called.insert(format!("{} {}", call.method, call.template));
        }
        assert!(faults.is_empty(), "{faults:#?}");
        let left: Vec<_> = documented(&judge).difference(&called).cloned().collect();
        assert!(left.is_empty(), "documented, but not called here: {left:#?}");
    }
}
