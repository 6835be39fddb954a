//! Upstream keys, one or a list.

use serde_json::{Value, json};

use super::{Bad, NOBODY, Of, bare, bodies, queries};
use crate::openapi::calls::Things;

/// What lists of keys can't be asked for.
const OF_KEYS: [(&str, u16); 8] = [
    ("status=odd", 422),
    ("sort=colour", 422),
    ("sort=-", 422),
    ("search=%00", 422),
    ("category=%00", 422),
    ("account=%00", 422),
    ("provider=nowhere", 404),
    ("provider=ollama&provider=openrouter", 422),
];

pub fn keys(things: &Things) -> Vec<Bad> {
    let key = "sk-bad-calls-0001";
    let with = |field: &str, value: Value| {
        let mut body = json!({"api_key": key});
        body[field] = value;
        body
    };
    let long = "x".repeat(257);
    let one = "/admin/api-keys/{id}";
    let new = bodies(
        "POST",
        "/admin/api-keys",
        [
            (json!({}), 422),
            (json!({"api_key": 5}), 422),
            (json!({"api_key": "short"}), 422),
            (json!({"api_key": "with a space"}), 422),
            (json!({"api_key": "sk-openapi-00000001"}), 409),
            (json!({"api_key": key, "apiKey": key}), 422),
            (with("ttl", json!(-1)), 422),
            (with("ttl", json!("1")), 422),
            (with("ttl", json!(i64::MAX)), 422),
            (with("weight", json!(0)), 422),
            (with("weight", json!(1001)), 422),
            (with("max_concurrency", json!(-1)), 422),
            (with("username", json!(long)), 422),
            (with("account", json!("a\u{0}b")), 422),
            (with("provider", json!("nowhere")), 404),
            (with("colour", json!("red")), 422),
        ],
    );
    let change = [
        json!({}),
        json!({"weight": 0}),
        json!({"weight": "2"}),
        json!({"max_concurrency": -1}),
        json!({"expires_at": "soon"}),
        json!({"expires_at": "0001-01-01T00:00:00Z"}),
        json!({"username": "x".repeat(257)}),
        json!({"api_key": key}),
    ];
    [
        queries("/admin/api-keys", &OF_KEYS),
        queries("/admin/keys/stats", &OF_KEYS),
        queries("/admin/api-keys/export", &OF_KEYS),
        queries("/admin/accounts", &[("search=%00", 422), ("provider=nowhere", 404)]),
        new,
        vec![bare("GET", one, 404), bare("DELETE", one, 404)].of(NOBODY),
        bodies("PATCH", one, change.map(|body| (body, 422))).of(things.key),
        bodies("PATCH", one, [(json!({"weight": 2}), 404)]).of(NOBODY),
        vec![bare("POST", "/admin/api-keys/{id}/reveal", 404)].of(NOBODY),
        queries(
            "/admin/api-keys/{id}/stats",
            &[("days=0", 422), ("days=366", 422), ("days=-1", 422)],
        )
        .of(things.key),
        queries("/admin/api-keys/{id}/stats", &[("days=1", 404)]).of(NOBODY),
    ]
    .into_iter()
    .flatten()
    .collect()
}
