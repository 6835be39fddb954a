//! Announcements, settings and the rest.

use serde_json::json;

use super::{Bad, NOBODY, Of, bare, bodies, queries};
use crate::openapi::calls::Things;

pub fn management(things: &Things) -> Vec<Bad> {
    let (list, one) = ("/admin/announcements", "/admin/announcements/{id}");
    let notice = things.announcements[0];
    let faults = [
        json!({"title": "", "body": "b"}),
        json!({"title": "x".repeat(201), "body": "b"}),
        json!({"title": "a", "body": "x\u{0}"}),
        json!({"title": "a", "level": "odd"}),
        json!({"title": "a", "audience": "cats"}),
        json!({"title": "a", "startsAt": "soon"}),
        json!({"title": "a", "startsAt": "2026-02-01T00:00:00Z", "endsAt": "2026-01-01T00:00:00Z"}),
        json!({"title": "a", "colour": "red"}),
    ];
    let named = faults.clone().map(|mut body| {
        body["id"] = json!(notice);
        (body, 422)
    });
    [
        bodies(
            "PATCH",
            "/admin/settings",
            [
                (json!({"no_such_setting": 1}), 422),
                (json!({"max_attempts": 0}), 422),
                (json!({"max_attempts": "many"}), 422),
                (json!({"max_attempts": 1.5}), 422),
                (json!({"response_cache": 1}), 422),
            ],
        ),
        queries(list, &[("page=x", 422)]),
        bodies("POST", list, [(json!({}), 422)]),
        bodies("POST", list, faults.clone().map(|body| (body, 422))),
        bodies("PATCH", list, named),
        bodies(
            "PATCH",
            list,
            [
                (json!({"title": "a"}), 422),
                (json!({"id": notice}), 422),
                (json!({"id": NOBODY, "title": "a"}), 404),
            ],
        ),
        bodies(
            "DELETE",
            list,
            [(json!({}), 422), (json!({"id": "x"}), 422), (json!({"id": NOBODY}), 404)],
        ),
        vec![bare("GET", one, 404), bare("DELETE", one, 404)].of(NOBODY),
        bodies("PATCH", one, faults.map(|body| (body, 422))).of(notice),
        bodies("PATCH", one, [(json!({}), 422)]).of(notice),
        bodies("PATCH", one, [(json!({"title": "a"}), 404)]).of(NOBODY),
        queries(
            "/admin/audit",
            &[("from=x", 422), ("to=x", 422), ("actor=%00", 422), ("search=%00", 422)],
        ),
        queries("/admin/audit", &[("kind=x", 422)]),
        queries("/admin/audit/verify", &[("head=x", 422), ("head=1:ab", 422)]),
    ]
    .into_iter()
    .flatten()
    .collect()
}
