//! Many upstream keys at once.

use serde_json::{Value, json};

use super::{Bad, NOBODY, bodies};
use crate::openapi::calls::Things;

/// What can't name keys, with what else the body needs.
fn picks(beside: &Value) -> Vec<(Value, u16)> {
    let names = [
        (json!({}), 422),
        (json!({"id": "x"}), 422),
        (json!({"ids": [1, "x"]}), 422),
        (json!({"ids": 1}), 422),
        (json!({"apiKey": 5}), 422),
        (json!({"apiKey": "sk-nowhere-000001", "provider": "nowhere"}), 404),
        (json!({"apiKey": "sk-nowhere-000001", "provider": "all"}), 404),
        (json!({"id": 1, "colour": "red"}), 422),
    ];
    let merged = names.map(|(mut body, status)| {
        let fields = body.as_object_mut().expect("an object");
        fields.extend(beside.as_object().expect("an object").clone());
        (body, status)
    });
    merged.into()
}

/// What can't name keys by a filter, with what else the body needs.
fn filters(beside: &Value) -> Vec<(Value, u16)> {
    let filters = [
        (json!({}), 422),
        (json!({"status": "odd"}), 422),
        (json!({"stauts": "failed"}), 422),
        (json!({"status": "failed", "search": "\u{0}"}), 422),
        (json!({"status": "failed", "provider": "nowhere"}), 404),
    ];
    let with = |(filter, status): (Value, u16)| {
        let mut body = beside.clone();
        body["filter"] = filter;
        (body, status)
    };
    let both = (json!({"id": 1, "filter": {"status": "failed"}}), 422);
    filters.into_iter().map(with).chain([both]).collect()
}

pub fn many_keys(things: &Things) -> Vec<Bad> {
    let (nothing, set) = (json!({}), json!({"set": {"weight": 2}}));
    let disable = |field: &str, value: Value| {
        let mut body = json!({"id": things.key});
        body[field] = value;
        (body, 422)
    };
    let update = |set: Value| (json!({"id": things.key, "set": set}), 422);
    let (delete, export) = ("/admin/api-keys", "/admin/api-keys/export");
    let sure = json!({"secrets": true, "confirm": "export all secrets"});
    let with_filter = |filter: Value, status| {
        let mut body = sure.clone();
        body["filter"] = filter;
        (body, status)
    };
    let checks = [
        (json!({"provider": "nowhere"}), 404),
        (json!({"status": "odd"}), 422),
        (json!({"ids": ["x"]}), 422),
        (json!({"ids": [1], "filter": {}}), 422),
        (json!({"filter": {"provider": "nowhere"}}), 404),
        (json!({"ids": vec![1; 10_001]}), 422),
    ];
    let verify = [
        (json!({"ids": [1, 2]}), 422),
        (json!({"id": NOBODY}), 404),
        (json!({"apiKey": "with a space"}), 422),
    ];
    let unknown = || [(json!({"id": NOBODY}), 404)];
    [
        bodies("DELETE", delete, picks(&nothing)),
        bodies("DELETE", delete, filters(&nothing)),
        bodies("POST", "/admin/keys/enable", picks(&nothing)),
        bodies("POST", "/admin/keys/enable", filters(&nothing)),
        bodies("POST", "/admin/keys/enable", unknown()),
        bodies("POST", "/admin/keys/disable", picks(&nothing)),
        bodies("POST", "/admin/keys/disable", filters(&nothing)),
        bodies("POST", "/admin/keys/disable", unknown()),
        bodies(
            "POST",
            "/admin/keys/disable",
            [
                disable("duration", json!(-1)),
                disable("duration", json!("1h")),
                disable("duration", json!(i64::MAX)),
                disable("durration", json!(0)),
                disable("reason", json!("x".repeat(257))),
            ],
        ),
        bodies("POST", "/admin/keys/update", picks(&set)),
        bodies("POST", "/admin/keys/update", filters(&set)),
        bodies("POST", "/admin/keys/update", [(json!({"id": NOBODY, "set": {"weight": 2}}), 404)]),
        bodies(
            "POST",
            "/admin/keys/update",
            [
                (json!({"id": things.key}), 422),
                update(json!({})),
                update(json!({"weight": 0})),
                update(json!({"colour": "red"})),
            ],
        ),
        bodies("POST", "/admin/verify-key", picks(&nothing)),
        bodies("POST", "/admin/verify-key", verify),
        bodies("POST", "/admin/keys/health-check", checks),
        bodies(
            "POST",
            export,
            [
                (nothing.clone(), 422),
                (json!({"secrets": false, "confirm": "export all secrets"}), 422),
                (json!({"secrets": true, "confirm": "yes"}), 422),
                with_filter(json!({"status": "odd"}), 422),
                with_filter(json!({"provider": "nowhere"}), 404),
            ],
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}
