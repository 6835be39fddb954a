//! What each operation of administrators must refuse, beside what any must.

use serde_json::{Value, json};

use super::calls::Things;

/// What goes along.
#[derive(Debug)]
pub enum Sent {
    Nothing,
    Json(Value),
    Raw(&'static str, Vec<u8>),
}

/// A call that must be refused.
pub struct Bad {
    pub method: &'static str,
    /// The operation's path in the document.
    pub template: &'static str,
    /// The path as called.
    pub path: String,
    pub sent: Sent,
    pub status: u16,
}

/// Queries of this operation, each with what it must come to.
fn queries(template: &'static str, cases: &[(&str, u16)]) -> Vec<Bad> {
    let one = |(query, status): &(&str, u16)| Bad {
        method: "GET",
        template,
        path: format!("{template}?{query}"),
        sent: Sent::Nothing,
        status: *status,
    };
    cases.iter().map(one).collect()
}

/// Bodies of this operation, each with what it must come to.
fn bodies(
    method: &'static str,
    template: &'static str,
    cases: impl IntoIterator<Item = (Value, u16)>,
) -> Vec<Bad> {
    let one = |(body, status)| Bad {
        method,
        template,
        path: template.to_owned(),
        sent: Sent::Json(body),
        status,
    };
    cases.into_iter().map(one).collect()
}

/// Nothing but the path.
fn bare(method: &'static str, template: &'static str, status: u16) -> Bad {
    Bad { method, template, path: template.to_owned(), sent: Sent::Nothing, status }
}

trait Of {
    /// With this in place of `{id}`.
    fn of(self, id: impl ToString) -> Self;
}

impl Of for Bad {
    fn of(mut self, id: impl ToString) -> Self {
        self.path = self.path.replace("{id}", &id.to_string());
        self
    }
}

impl Of for Vec<Bad> {
    fn of(self, id: impl ToString) -> Self {
        self.into_iter().map(|bad| bad.of(id.to_string())).collect()
    }
}

/// An id that nothing has.
const NOBODY: i64 = 999_999;

/// All of them.
pub fn all(things: &Things) -> Vec<Bad> {
    let groups = [
        reports(),
        keys(things),
        many_keys(things),
        jobs(),
        imports(),
        tokens(things),
        users(things),
        routing(),
        management(things),
    ];
    groups.into_iter().flatten().collect()
}

fn reports() -> Vec<Bad> {
    [
        queries("/admin/public-stats", &[("provider=nowhere", 404)]),
        queries("/admin/stats", &[("provider=nowhere", 404), ("provider=", 404)]),
        queries(
            "/admin/usage",
            &[
                ("group=colour", 422),
                ("by=minute", 422),
                ("format=xml", 422),
                ("from=yesterday", 422),
                ("from=2026-02-01&to=2026-01-01", 422),
                ("from=2001-01-01&to=2020-01-01", 422),
                ("by=hour&from=2025-01-01&to=2026-01-01", 422),
                ("model=%00", 422),
                ("provider=nowhere", 404),
            ],
        ),
        queries(
            "/admin/latency",
            &[("by=minute", 422), ("to=soon", 422), ("model=%00", 422), ("provider=nowhere", 404)],
        ),
        queries(
            "/admin/requests",
            &[
                ("outcome=odd", 422),
                ("status=9xx", 422),
                ("status=99", 422),
                ("cursor=x", 422),
                ("cursor=99999999999999999.x", 422),
                ("from=x", 422),
                ("search=%00", 422),
                ("model=%00", 422),
                ("provider=nowhere", 404),
            ],
        ),
        vec![bare("GET", "/admin/requests/{id}", 404).of("nothing")],
        queries("/admin/events", &[("topics=weather", 422), ("topics=stats", 400)]),
    ]
    .into_iter()
    .flatten()
    .collect()
}

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

fn keys(things: &Things) -> Vec<Bad> {
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

fn many_keys(things: &Things) -> Vec<Bad> {
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

fn jobs() -> Vec<Bad> {
    let (job, nobody) = ("/admin/jobs/{id}", "00000000-0000-0000-0000-000000000000");
    let mut calls = queries("/admin/jobs", &[("page=x", 422)]);
    for id in [nobody, "x", "1"] {
        calls.extend([bare("GET", job, 404).of(id), bare("DELETE", job, 404).of(id)]);
    }
    calls
}

fn imports() -> Vec<Bad> {
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

fn tokens(things: &Things) -> Vec<Bad> {
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

fn users(things: &Things) -> Vec<Bad> {
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

fn with_query(method: &'static str, template: &'static str, cases: &[(&str, u16)]) -> Vec<Bad> {
    let mut calls = queries(template, cases);
    calls.iter_mut().for_each(|bad| bad.method = method);
    calls
}

fn routing() -> Vec<Bad> {
    let (providers, provider) = ("/admin/providers", "/admin/providers/{id}");
    let url = "https://9.9.9.9/v1";
    let to = |to: Value| json!({"model": "a", "to": to});
    let place = json!({"provider": "openrouter", "model": "b"});
    [
        bodies(
            "POST",
            providers,
            [
                (json!({}), 422),
                (json!({"id": "new"}), 422),
                (json!({"id": "NEW", "base_url": url}), 422),
                (json!({"id": "admin", "base_url": url}), 422),
                (json!({"id": "ollama", "base_url": url}), 409),
                (json!({"id": "new", "base_url": "http://169.254.169.254/v1"}), 422),
                (json!({"id": "new", "base_url": "no url"}), 422),
                (json!({"id": "new", "base_url": url, "kind": "odd"}), 422),
                (json!({"id": "new", "base_url": url, "enabled": "yes"}), 422),
            ],
        ),
        bodies(
            "PATCH",
            provider,
            [
                (json!({"name": ""}), 422),
                (json!({"kind": 1}), 422),
                (json!({"base_url": url}), 422),
            ],
        )
        .of("ollama"),
        bodies("PATCH", provider, [(json!({"name": "New"}), 404)]).of("nowhere"),
        vec![
            bare("DELETE", provider, 422).of("ollama"),
            bare("DELETE", provider, 404).of("nowhere"),
        ],
        vec![bare("POST", "/admin/providers/{id}/test", 404).of("nowhere")],
        bodies(
            "POST",
            "/admin/aliases",
            [
                (json!({}), 422),
                (json!({"alias": "a", "model": "a"}), 422),
                (json!({"alias": "", "model": "b"}), 422),
                (json!({"alias": "a", "model": "b\u{0}"}), 422),
                (json!({"alias": "a", "model": 5}), 422),
                (json!({"alias": "a", "model": "b", "provider": "nowhere"}), 404),
            ],
        ),
        with_query(
            "DELETE",
            "/admin/aliases",
            &[
                ("", 422),
                ("alias=nothing", 404),
                ("alias=%00", 404),
                ("alias=a&provider=nowhere", 404),
            ],
        ),
        bodies(
            "PUT",
            "/admin/fallbacks",
            [
                (json!({}), 422),
                (to(json!([])), 422),
                (to(json!("b")), 422),
                (to(json!([{"provider": "openrouter"}])), 422),
                (to(json!([{"provider": "ollama", "model": "a"}])), 422),
                (to(json!([place, place])), 422),
                (to(json!([{"provider": "nowhere", "model": "b"}])), 404),
                (json!({"model": "", "to": [place]}), 422),
                (json!({"model": "a", "provider": "nowhere", "to": [place]}), 404),
            ],
        ),
        with_query(
            "DELETE",
            "/admin/fallbacks",
            &[
                ("", 422),
                ("model=nothing", 404),
                ("model=%00", 404),
                ("model=a&provider=nowhere", 404),
            ],
        ),
        bodies(
            "POST",
            "/admin/cache/clear",
            [
                (json!({"pattern": ""}), 422),
                (json!({"pattern": "x".repeat(301)}), 422),
                (json!({"pattern": 5}), 422),
                (json!({"scope": "odd"}), 422),
                (json!({"scoop": "models"}), 422),
            ],
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn management(things: &Things) -> Vec<Bad> {
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
    ]
    .into_iter()
    .flatten()
    .collect()
}
