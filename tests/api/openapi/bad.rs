//! Every operation of administrators refuses what can't be, as the document says.

use std::collections::{BTreeMap, BTreeSet};

use awc::http::Method;
use awc::http::header::CONTENT_TYPE;
use serde_json::{Value, json};

use super::bad_calls::{Bad, Sent, all};
use super::calls::things;
use super::judge::Judge;
use crate::support::{ADMIN_TOKEN, Answer, TestApp, both_stores};

/// Operations that ask for nothing, so that nothing can be wrong with it.
const NOTHING: [&str; 6] = [
    "GET /admin/aliases",
    "GET /admin/cache/stats",
    "GET /admin/circuit-breakers",
    "GET /admin/fallbacks",
    "GET /admin/providers",
    "GET /admin/settings",
];

/// The one that anyone may ask; strangers' pages may put what they like into its query.
const PUBLIC: &str = "/admin/public-stats";

/// The operations of administrators, each with its path.
fn operations(judge: &Judge) -> Vec<(String, String)> {
    let parted = judge.operations().map(|name| {
        let (method, path) = name.split_once(' ').expect("a method and a path");
        (method.to_owned(), path.to_owned())
    });
    parted.filter(|(_, path)| path.starts_with("/admin/")).collect()
}

async fn send(app: &TestApp, method: &str, path: &str, sent: &Sent) -> Answer {
    let client = awc::Client::builder().disable_timeout().finish();
    let method = Method::from_bytes(method.as_bytes()).expect("a method");
    let request = client.request(method, app.url(path)).bearer_auth(ADMIN_TOKEN);
    let sent = match sent {
        Sent::Nothing => request.send().await,
        Sent::Json(body) => request.send_json(body).await,
        Sent::Raw(kind, body) => {
            request.insert_header((CONTENT_TYPE, *kind)).send_body(body.clone()).await
        }
    };
    Answer::read(sent.expect("the pool answers")).await
}

/// Makes the call; a fault when it isn't refused as it should be and as the document says.
async fn check(app: &TestApp, judge: &Judge, bad: &Bad) -> Option<String> {
    let answer = send(app, bad.method, &bad.path, &bad.sent).await;
    let told = String::from_utf8_lossy(&answer.body).into_owned();
    let fault = if answer.status == bad.status {
        judge.answer(bad.method, bad.template, &answer).err()?
    } else {
        format!("{} instead of {}", answer.status, bad.status)
    };
    Some(format!("{} {} {:?}: {fault}: {told}", bad.method, bad.path, bad.sent))
}

/// How many changes the audit log has.
async fn deeds(app: &TestApp) -> Value {
    app.admin_get("/admin/audit?kind=admin").await.json()["total"].clone()
}

/// What is wrong with any operation that takes a body, a query or an id.
fn of_any(judge: &Judge, method: &str, template: &str) -> Vec<Bad> {
    let operation = judge.operation(method, template);
    let (method, template): (&'static str, &'static str) =
        (method.to_owned().leak(), template.to_owned().leak());
    let path = with_id(template);
    let call =
        |status, path: &str, sent| Bad { method, template, path: path.to_owned(), sent, status };
    let mut calls = Vec::new();
    if operation["requestBody"].is_object() {
        calls.extend([
            call(400, &path, Sent::Raw("application/json", b"{".to_vec())),
            call(415, &path, Sent::Raw("image/png", b"{}".to_vec())),
            call(422, &path, Sent::Json(json!({"no such field": 1}))),
            call(422, &path, Sent::Json(json!("no object"))),
        ]);
        // Some imports are arrays.
        if !path.contains("import") {
            calls.push(call(422, &path, Sent::Json(json!([null]))));
        }
    }
    let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
    let of = |place: &str| parameters.iter().filter(move |one| one["in"] == place).collect();
    let queries: Vec<&Value> = of("query");
    if !queries.is_empty() {
        let body = if operation["requestBody"].is_object() {
            Sent::Json(json!({}))
        } else {
            Sent::Nothing
        };
        calls.push(call(422, &format!("{path}?no_such_name=1"), body));
    }
    let number = |one: &&&Value| one["schema"].to_string().contains("\"integer\"");
    for name in queries.iter().filter(number).filter_map(|one| one["name"].as_str()) {
        if method == "GET" {
            for value in ["x", "", "1.5", "99999999999999999999"] {
                calls.push(call(422, &format!("{path}?{name}={value}"), Sent::Nothing));
            }
        }
    }
    if template.contains("{id}") && !operation["requestBody"].is_object() {
        for id in ["999999", "0", "-1", "x", "99999999999999999999", "%00", "%FF"] {
            calls.push(call(404, &template.replace("{id}", id), Sent::Nothing));
        }
    }
    if template == PUBLIC { Vec::new() } else { calls }
}

/// The path of something that could be there.
fn with_id(template: &str) -> String {
    template.replace("{id}", if template.contains("/providers/") { "ollama" } else { "1" })
}

#[test]
fn every_operation_has_bad_calls() {
    let judge = Judge::new(&ollama_api_pool::http::openapi::document());
    let listed: BTreeSet<String> = all(&Default::default())
        .iter()
        .map(|bad| format!("{} {}", bad.method, bad.template))
        .collect();
    let mut faults = Vec::new();
    for (method, path) in operations(&judge) {
        let (name, operation) = (format!("{method} {path}"), judge.operation(&method, &path));
        let asks = operation["requestBody"].is_object() || operation["parameters"].is_array();
        match (asks, NOTHING.contains(&name.as_str()), listed.contains(&name)) {
            (true, false, true) | (false, true, false) => {}
            found => faults.push(format!("{name}: (asks, nothing to ask, listed) is {found:?}")),
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

both_stores! {
    async fn what_is_wrong_is_refused_as_documented(app, ["--max-body-bytes=4096"]) {
        let judge = Judge::new(&ollama_api_pool::http::openapi::document());
        let mut calls = all(&things(&app).await);
        let operations = operations(&judge);
        calls.extend(operations.iter().flat_map(|(method, path)| of_any(&judge, method, path)));
        let before = deeds(&app).await;
        let mut faults = Vec::new();
        for bad in &calls {
            faults.extend(check(&app, &judge, bad).await);
        }
        assert!(faults.is_empty(), "{} of {}: {faults:#?}", faults.len(), calls.len());
        assert_eq!(deeds(&app).await, before, "what is refused does nothing");
    }

    async fn other_methods_are_refused(app) {
        let judge = Judge::new(&ollama_api_pool::http::openapi::document());
        let paths: BTreeMap<_, _> =
            operations(&judge).into_iter().map(|(_, path)| (with_id(&path), path)).collect();
        for (path, template) in paths {
            let methods = judge.methods(&template);
            for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"] {
                if methods.iter().any(|known| known == method) {
                    continue;
                }
                let answer = send(&app, method, &path, &Sent::Nothing).await;
                assert_eq!(answer.status, 405, "{method} {path}");
                let allow: BTreeSet<_> =
                    answer.header("allow").expect("Allow").split(", ").map(str::to_owned).collect();
                let mut expected: BTreeSet<_> = methods.iter().cloned().collect();
                if expected.contains("GET") {
                    expected.insert("HEAD".to_owned());
                }
                assert_eq!(allow, expected, "{path}");
                judge.error(&answer).unwrap_or_else(|fault| panic!("{method} {path}: {fault}"));
            }
        }
    }
}
