//! Users and invitations.

use serde_json::json;

use super::{Bad, NOBODY, Of, bare, bodies, queries};
use crate::openapi::calls::Things;

pub fn users(things: &Things) -> Vec<Bad> {
    let one = "/admin/users/{id}";
    let (reset, extend) = ("/admin/users/{id}/reset-key", "/admin/users/{id}/extend-key");
    let ids = json!([things.user]);
    let bulk = [
        json!({}),
        json!({"ids": [], "action": "delete"}),
        json!({"ids": ["x"], "action": "delete"}),
        json!({"ids": ids, "action": "odd"}),
        json!({"ids": ids, "action": "extend"}),
        json!({"ids": ids, "action": "extend", "days": 366}),
        json!({"ids": ids, "action": "role"}),
    ];
    let changes = [
        (json!({}), 422),
        (json!({"role": "king"}), 422),
        (json!({"isActive": "yes"}), 422),
        (json!({"email": "other@example.com"}), 422),
        (json!({"defaultProvider": "nowhere"}), 404),
    ];
    let resets = [
        (json!({"ttlSeconds": -1}), 422),
        (json!({"ttlSeconds": "x"}), 422),
        (json!({"provider": "nowhere"}), 404),
    ];
    let days = [json!(0), json!(366), json!(-1), json!("x"), json!(null)];
    [
        queries(
            "/admin/users",
            &[
                ("role=king", 422),
                ("isActive=maybe", 422),
                ("sort=colour", 422),
                ("search=%00", 422),
            ],
        ),
        bodies(
            "POST",
            "/admin/users",
            [
                (json!({}), 422),
                (json!({"email": "nobody"}), 422),
                (json!({"email": 5}), 422),
                (json!({"email": "ann@example.com"}), 409),
                (json!({"email": "new@example.com", "role": "king"}), 422),
            ],
        ),
        bodies("POST", "/admin/users/bulk", bulk.map(|body| (body, 422))),
        vec![bare("GET", one, 404), bare("DELETE", one, 404)].of(NOBODY),
        bodies("PATCH", one, changes).of(things.user),
        bodies("PATCH", one, [(json!({"role": "admin"}), 404)]).of(NOBODY),
        bodies("POST", reset, resets).of(things.user),
        bodies("POST", reset, [(json!({}), 404)]).of(NOBODY),
        bodies("POST", extend, days.map(|days| (json!({"days": days}), 422))).of(things.user),
        bodies("POST", extend, [(json!({"days": 1}), 404)]).of(NOBODY),
        queries("/admin/users/{id}/signins", &[("limit=x", 422)]).of(things.user),
        queries("/admin/users/{id}/signins", &[("page=1", 404)]).of(NOBODY),
        vec![bare("DELETE", "/admin/users/{id}/totp", 404)].of(NOBODY),
        invitations(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn invitations() -> Vec<Bad> {
    let path = "/admin/invitations";
    let made = [
        json!({"count": 0}),
        json!({"count": 101}),
        json!({"usesMax": -1}),
        json!({"ttlSeconds": -1}),
        json!({"note": 5}),
    ];
    [
        queries(path, &[("page=x", 422)]),
        bodies("POST", path, made.map(|body| (body, 422))),
        vec![bare("DELETE", "/admin/invitations/{id}", 404)].of(NOBODY),
    ]
    .into_iter()
    .flatten()
    .collect()
}
