//! Imports and jobs.

use serde_json::{Value, json};

use super::{Bad, NOBODY, Of, Sent, bare, bodies, queries};

pub fn jobs() -> Vec<Bad> {
    let (job, nobody) = ("/admin/jobs/{id}", "00000000-0000-0000-0000-000000000000");
    let mut calls = queries("/admin/jobs", &[("page=x", 422)]);
    for id in [nobody, "x", "1"] {
        calls.extend([bare("GET", job, 404).of(id), bare("DELETE", job, 404).of(id)]);
    }
    calls
}

pub fn imports() -> Vec<Bad> {
    let mut calls = queries("/admin/imports", &[("page=x", 422)]);
    calls.push(bare("POST", "/admin/imports/{id}/undo", 404).of(NOBODY));
    for (template, field) in [
        ("/admin/api-keys/import", "keys"),
        ("/admin/import", "accounts"),
        ("/admin/api-keys/import-from-txt", "content"),
        ("/admin/api-keys/import-with-validation", "content"),
    ] {
        let key = "sk-bad-calls-0002";
        let keys = if field == "content" { json!(key) } else { json!([key]) };
        let good = json!({field: keys});
        let with = |name: &str, value: Value, status: u16| {
            let mut body = good.clone();
            body[name] = value;
            (body, status)
        };
        calls.extend(bodies(
            "POST",
            template,
            [
                (json!({}), 422),
                (json!({field: 5}), 422),
                with("ttl", json!(-1), 422),
                with("ttl", json!("1"), 422),
                with("weight", json!(0), 422),
                with("max_concurrency", json!(-1), 422),
                with("account", json!("x".repeat(257)), 422),
                with("dry_run", json!("maybe"), 422),
                with("dry_runn", json!(true), 422),
                with("provider", json!("nowhere"), 404),
                with(field, json!("x".repeat(5000)), 413),
            ],
        ));
        for (query, status) in [
            ("dry_runn=true", 422),
            ("dry_run=maybe", 422),
            ("ttl=-1", 422),
            ("ttl=x", 422),
            ("weight=1001", 422),
            ("provider=nowhere", 404),
        ] {
            let (path, sent) = (format!("{template}?{query}"), Sent::Json(good.clone()));
            calls.push(Bad { method: "POST", template, path, sent, status });
        }
    }
    calls
}
