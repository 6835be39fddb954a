//! Each operation of administrators takes sudo, or doesn't, or takes it for some of what can be
//! asked of it: a new one must be named here.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use super::judge::Judge;
use crate::accounts::second_factor::administrator;
use crate::support::{TestApp, both_stores};

/// What carries secrets or grants power, whatever is in the body.
const ALWAYS: &[&str] = &[
    "POST /admin/api-keys/export",
    "POST /admin/api-keys/{id}/reveal",
    "POST /admin/client-tokens",
    "POST /admin/client-tokens/{id}/reveal",
    "POST /admin/client-tokens/{id}/rotate",
    "POST /admin/invitations",
    "POST /admin/providers",
    "DELETE /admin/providers/{id}",
    "POST /admin/providers/{id}/confirm",
    "POST /admin/tokens",
    "POST /admin/tokens/{id}/reveal",
    "POST /admin/tokens/{id}/rotate",
    "POST /admin/users",
    "POST /admin/users/bulk",
    "DELETE /admin/users/{id}",
    "POST /admin/users/{id}/extend-key",
    "POST /admin/users/{id}/reset-key",
    "DELETE /admin/users/{id}/totp",
];

/// What neither carries secrets nor grants power.
const NEVER: &[&str] = &[
    "GET /admin/accounts",
    "DELETE /admin/aliases",
    "GET /admin/aliases",
    "POST /admin/aliases",
    "DELETE /admin/announcements",
    "GET /admin/announcements",
    "PATCH /admin/announcements",
    "POST /admin/announcements",
    "DELETE /admin/announcements/{id}",
    "GET /admin/announcements/{id}",
    "PATCH /admin/announcements/{id}",
    "DELETE /admin/api-keys",
    "GET /admin/api-keys",
    "POST /admin/api-keys",
    "GET /admin/api-keys/export",
    "POST /admin/api-keys/import",
    "POST /admin/api-keys/import-from-txt",
    "POST /admin/api-keys/import-with-validation",
    "DELETE /admin/api-keys/{id}",
    "GET /admin/api-keys/{id}",
    "PATCH /admin/api-keys/{id}",
    "GET /admin/api-keys/{id}/stats",
    "GET /admin/audit",
    "GET /admin/audit/verify",
    "POST /admin/cache/clear",
    "GET /admin/cache/stats",
    "GET /admin/circuit-breakers",
    "POST /admin/circuit-breakers/close",
    "DELETE /admin/client-tokens",
    "GET /admin/client-tokens",
    "DELETE /admin/client-tokens/{id}",
    "GET /admin/client-tokens/{id}",
    "GET /admin/events",
    "DELETE /admin/fallbacks",
    "GET /admin/fallbacks",
    "POST /admin/import",
    "GET /admin/imports",
    "POST /admin/imports/{id}/undo",
    "GET /admin/invitations",
    "DELETE /admin/invitations/{id}",
    "GET /admin/jobs",
    "DELETE /admin/jobs/{id}",
    "GET /admin/jobs/{id}",
    "POST /admin/keys/disable",
    "POST /admin/keys/enable",
    "POST /admin/keys/health-check",
    "GET /admin/keys/stats",
    "POST /admin/keys/update",
    "GET /admin/latency",
    "GET /admin/providers",
    "POST /admin/providers/{id}/test",
    "GET /admin/requests",
    "GET /admin/requests/{id}",
    "GET /admin/settings",
    "GET /admin/stats",
    "DELETE /admin/tokens",
    "GET /admin/tokens",
    "DELETE /admin/tokens/{id}",
    "GET /admin/tokens/{id}",
    "GET /admin/usage",
    "GET /admin/users",
    "GET /admin/users/{id}",
    "GET /admin/users/{id}/signins",
    "POST /admin/verify-key",
];

/// An operation, with bodies that don't take sudo and bodies that do.
type Sometimes = (&'static str, Vec<Value>, Vec<Value>);

fn sometimes() -> Vec<Sometimes> {
    let opens = || {
        let opens = [
            json!({"rpm": 0}),
            json!({"tpm": 1}),
            json!({"daily_requests": 1}),
            json!({"daily_tokens": 1}),
            json!({"max_concurrency": 1}),
            json!({"enabled": true}),
            json!({"provider": null}),
            json!({"providers": []}),
            json!({"models": []}),
            json!({"ip_allow": []}),
            json!({"expires_at": null}),
            json!({"expiresIn": 0}),
        ];
        opens.map(|body| with(body, "id", json!(1))).to_vec()
    };
    let shuts = || vec![json!({"id": 1, "name": "one"}), json!({"id": 1, "enabled": false})];
    let place =
        |provider: &str| json!({"model": "a", "to": [{"provider": provider, "model": "b"}]});
    let roles = [
        json!({"role": "admin"}),
        json!({"isActive": true}),
        json!({"rpm": 1}),
        json!({"tpm": 1}),
        json!({"dailyRequests": 1}),
        json!({"dailyTokens": 1}),
        json!({"maxConcurrency": 1}),
    ];
    let settings = [
        json!({"registration": "closed"}),
        json!({"email_domains_allowed": ["example.org"]}),
        json!({"sign_in_attempts": 100}),
        json!({"user_rpm": 1}),
        json!({"require_admin_totp": true}),
        json!({"request_log": false}),
        json!({"max_attempts": 4, "check_in_hours": 1}),
    ];
    vec![
        ("PATCH /admin/tokens", shuts(), opens()),
        ("PATCH /admin/tokens/{id}", shuts(), opens()),
        ("PATCH /admin/client-tokens", shuts(), opens()),
        ("PATCH /admin/client-tokens/{id}", shuts(), opens()),
        (
            "PATCH /admin/providers/{id}",
            vec![json!({"name": "Mine"}), json!({"enabled": true})],
            vec![json!({"base_url": "https://93.184.216.34"}), json!({"kind": "openai"})],
        ),
        ("PUT /admin/fallbacks", vec![place("openrouter")], vec![place("elsewhere")]),
        (
            "PATCH /admin/users/{id}",
            vec![json!({"isActive": false}), json!({"defaultProvider": "ollama"})],
            roles.to_vec(),
        ),
        ("PATCH /admin/settings", vec![json!({"max_attempts": 5})], settings.to_vec()),
    ]
}

fn with(mut body: Value, name: &str, value: Value) -> Value {
    body[name] = value;
    body
}

/// Whether the session is asked to show first who its user is.
async fn is_asked(app: &TestApp, session: &str, operation: &str, body: &Value) -> bool {
    let (method, template) = operation.split_once(' ').expect("a method and a path");
    let id = if template.contains("/providers/") { "ollama" } else { "1" };
    // The session's own user is the first one.
    let id = if template.contains("/users/") { "999" } else { id };
    let answer = app.call(method, &template.replace("{id}", id), session, Some(body)).await;
    let asked = answer.text().contains("\"sudo_required\"");
    assert_eq!(asked, asked && answer.status == 403, "{operation}: {}", answer.text());
    asked
}

#[test]
fn every_operation_says_whether_it_takes_sudo() {
    let judge = Judge::new(&ollama_api_pool::http::openapi::document());
    let is_admin = |one: &String| one.contains(" /admin/") && !one.contains("/public-stats");
    let documented: BTreeSet<String> = judge.operations().filter(is_admin).collect();
    let some = sometimes().into_iter().map(|(operation, ..)| operation);
    let named: Vec<&str> = ALWAYS.iter().chain(NEVER).copied().chain(some).collect();
    let known: BTreeSet<String> = named.iter().map(|one| (*one).to_owned()).collect();
    assert_eq!(known.len(), named.len(), "one is named twice");
    let unknown: Vec<_> = documented.difference(&known).collect();
    assert!(unknown.is_empty(), "say whether they take sudo: {unknown:#?}");
    let gone: Vec<_> = known.difference(&documented).collect();
    assert!(gone.is_empty(), "there are no such operations: {gone:#?}");
}

both_stores! {
    async fn what_takes_sudo_is_refused_without(app) {
        let ann = administrator(&app).await;
        app.app.clock.advance(Duration::from_secs(301));
        let mut faults = Vec::new();
        for operation in ALWAYS {
            for body in [json!({}), json!([1]), json!({"no_such_field": 1})] {
                if !is_asked(&app, &ann.session, operation, &body).await {
                    faults.push(format!("{operation} {body}: not asked"));
                }
            }
        }
        for operation in NEVER {
            if is_asked(&app, &ann.session, operation, &json!({})).await {
                faults.push(format!("{operation}: asked"));
            }
        }
        for (operation, harmless, powerful) in sometimes() {
            for (bodies, wanted) in [(harmless, false), (powerful, true)] {
                for body in bodies {
                    if is_asked(&app, &ann.session, operation, &body).await != wanted {
                        faults.push(format!("{operation} {body}: asked is {}", !wanted));
                    }
                }
            }
        }
        assert!(faults.is_empty(), "{faults:#?}");
        assert_eq!(app.admin_get("/admin/settings").await.json()["settings"].as_array().expect("all").iter()
            .filter(|one| one["changed"] == true).count(), 1, "what was refused is not done");
    }
}
