//! Client tokens.

use serde_json::{Value, json};

use super::{Bad, NOBODY, Of, bare, bodies, queries};
use crate::openapi::calls::Things;

pub fn tokens(things: &Things) -> Vec<Bad> {
    let older = |mut bad: Bad| {
        bad.template = bad.template.replace("/admin/tokens", "/admin/client-tokens").leak();
        bad.path = bad.path.replace("/admin/tokens", "/admin/client-tokens");
        bad
    };
    let mut calls = token_calls(things.tokens[0]);
    calls.extend(token_calls(things.tokens[1]).into_iter().map(older));
    calls
}

/// What a token can't be.
fn token_faults() -> Vec<(Value, u16)> {
    let faults = [
        json!({"name": ""}),
        json!({"name": "x".repeat(257)}),
        json!({"name": 5}),
        json!({"name": "a", "rpm": -1}),
        json!({"name": "a", "rpm": "60"}),
        json!({"name": "a", "daily_tokens": i64::MAX}),
        json!({"name": "a", "expiresIn": -1}),
        json!({"name": "a", "ttl": "1"}),
        json!({"name": "a", "expiresIn": 1, "ttl": 1}),
        json!({"name": "a", "expiresIn": 1, "expires_at": null}),
        json!({"name": "a", "expires_at": "soon"}),
        json!({"name": "a", "models": [""]}),
        json!({"name": "a", "models": "llama"}),
        json!({"name": "a", "ip_allow": ["nowhere"]}),
        json!({"name": "a", "provider": "ollama", "providers": ["ollama"]}),
        json!({"name": "a", "colour": "red"}),
    ];
    let mut faults: Vec<_> = faults.into_iter().map(|body| (body, 422)).collect();
    faults.push((json!({"name": "a", "provider": "nowhere"}), 404));
    faults.push((json!({"name": "a", "providers": ["nowhere"]}), 404));
    faults
}

fn token_calls(token: i64) -> Vec<Bad> {
    let (list, one) = ("/admin/tokens", "/admin/tokens/{id}");
    let rotate = "/admin/tokens/{id}/rotate";
    let named = |(mut body, status): (Value, u16)| {
        body["id"] = json!(token);
        (body, status)
    };
    let graces = [json!(-1), json!("x"), json!(i64::MAX)];
    [
        queries(
            list,
            &[
                ("status=odd", 422),
                ("sort=colour", 422),
                ("search=%00", 422),
                ("provider=nowhere", 404),
            ],
        ),
        bodies("POST", list, token_faults()),
        bodies("POST", list, [(json!({}), 422), (json!({"name": "a", "id": 1}), 422)]),
        bodies("PATCH", list, token_faults().into_iter().map(named)),
        bodies(
            "PATCH",
            list,
            [
                (json!({"name": "a"}), 422),
                (json!({"id": token}), 422),
                (json!({"id": NOBODY, "name": "a"}), 404),
            ],
        ),
        bodies(
            "DELETE",
            list,
            [
                (json!({}), 422),
                (json!({"id": "x"}), 422),
                (json!({"id": NOBODY}), 404),
                (json!({"token": "sk-pool-nobody-has-it"}), 404),
            ],
        ),
        bodies("PATCH", one, token_faults()).of(token),
        bodies("PATCH", one, [(json!({}), 422), (json!({"name": "a", "id": NOBODY}), 422)])
            .of(token),
        bodies("PATCH", one, [(json!({"name": "a"}), 404)]).of(NOBODY),
        vec![bare("GET", one, 404), bare("DELETE", one, 404)].of(NOBODY),
        vec![bare("POST", "/admin/tokens/{id}/reveal", 404)].of(NOBODY),
        bodies("POST", rotate, graces.map(|grace| (json!({"grace": grace}), 422))).of(token),
        bodies("POST", rotate, [(json!({}), 404)]).of(NOBODY),
    ]
    .into_iter()
    .flatten()
    .collect()
}
