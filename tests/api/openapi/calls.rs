//! One good call of each operation, in an order in which they can work.

use serde_json::{Value, json};

use super::accounts::accounts;
use crate::support::{ADMIN_TOKEN, TestApp};

/// Who calls.
#[derive(Clone)]
pub enum By {
    Admin,
    Client,
    /// Whoever has this session.
    Session(String),
    /// A browser with this cookie.
    Cookie(String),
    Nobody,
}

/// A call of one operation.
pub struct Call {
    pub method: &'static str,
    /// The operation's path in the document.
    pub template: &'static str,
    /// The path as called.
    pub path: String,
    pub body: Option<Value>,
    pub status: u16,
    pub by: By,
}

impl Call {
    pub fn token(&self, app: &TestApp) -> String {
        match &self.by {
            By::Admin => ADMIN_TOKEN.to_owned(),
            By::Client => app.token.clone(),
            By::Session(token) => token.clone(),
            By::Cookie(_) | By::Nobody => String::new(),
        }
    }
}

fn by_admin(
    method: &'static str,
    template: &'static str,
    status: u16,
    body: Option<Value>,
) -> Call {
    Call { method, template, path: template.to_owned(), body, status, by: By::Admin }
}

pub fn get(template: &'static str) -> Call {
    by_admin("GET", template, 200, None)
}

pub fn post(template: &'static str, status: u16, body: Value) -> Call {
    by_admin("POST", template, status, Some(body))
}

fn patch(template: &'static str, body: Value) -> Call {
    by_admin("PATCH", template, 200, Some(body))
}

fn delete(template: &'static str, body: Value) -> Call {
    by_admin("DELETE", template, 200, Some(body))
}

impl Call {
    /// With this in place of `{id}`.
    pub fn of(mut self, id: impl ToString) -> Self {
        self.path = self.template.replace("{id}", &id.to_string());
        self
    }

    /// With this behind the path.
    fn with(mut self, query: &str) -> Self {
        self.path.push_str(query);
        self
    }

    pub fn by(mut self, by: By) -> Self {
        self.by = by;
        self
    }
}

/// What the calls are about.
#[derive(Default)]
pub struct Things {
    pub key: i64,
    spare_key: i64,
    pub tokens: [i64; 4],
    pub user: i64,
    pub invitation: i64,
    import: i64,
    job: String,
    pub announcements: [i64; 2],
    request: String,
}

async fn made(app: &TestApp, path: &str, body: Value) -> Value {
    let answer = app.admin("POST", path, &body).await;
    assert!(answer.status < 300, "{path}: {} {}", answer.status, answer.text());
    answer.json()
}

fn id(made: &Value) -> i64 {
    made["id"].as_i64().expect("an id")
}

pub async fn things(app: &TestApp) -> Things {
    let key = app.add_key("sk-openapi-00000001").await;
    let spare_key = app.add_key("sk-openapi-00000002").await;
    let chat = app.ask("gpt-oss:20b").await;
    assert_eq!(chat.status, 200, "{}", chat.text());
    let mut tokens = [0; 4];
    for token in &mut tokens {
        *token = id(&made(app, "/admin/tokens", json!({"name": "documented"})).await);
    }
    let user = made(app, "/admin/users", json!({"email": "ann@example.com"})).await;
    let user = user["user"]["id"].as_i64().or_else(|| user["id"].as_i64()).expect("an id");
    let invitation = id(&made(app, "/admin/invitations", json!({})).await["invitations"][0]);
    let import = json!({"keys": ["sk-openapi-00000003"]});
    let import = made(app, "/admin/api-keys/import", import).await;
    let job = made(app, "/admin/keys/health-check", json!({"ids": [key]})).await;
    let notice = json!({"title": "Hello", "body": "All is well."});
    let mut announcements = [0; 2];
    for announcement in &mut announcements {
        *announcement = id(&made(app, "/admin/announcements", notice.clone()).await);
    }
    let request = chat.header("x-request-id").expect("an id").to_owned();
    Things {
        key,
        spare_key,
        tokens,
        user,
        invitation,
        import: import["import_id"].as_i64().expect("an import"),
        job: job["job"].as_str().expect("a job").to_owned(),
        announcements,
        request,
    }
}

/// All calls.
pub async fn walk(app: &TestApp) -> Vec<Call> {
    let things = things(app).await;
    let groups = [
        anyone(),
        clients(),
        keys(&things),
        imports(&things),
        tokens(&things),
        users(&things),
        routing(),
        reports(&things),
        management(&things),
    ];
    groups.into_iter().flatten().chain(accounts(app).await).collect()
}

fn anyone() -> Vec<Call> {
    let paths = [
        "/health",
        "/metrics",
        "/livez",
        "/readyz",
        "/openapi.json",
        "/admin/public-stats",
        "/api/announcements",
        "/api/test-templates",
    ];
    paths.into_iter().map(|path| get(path).by(By::Nobody)).collect()
}

fn clients() -> Vec<Call> {
    let chat = json!({"model": "gpt-oss:20b", "messages": []});
    let mut calls = vec![
        post("/v1/chat/completions", 200, chat.clone()),
        get("/v1/models"),
        get("/v1/models/{id}").of("gpt-oss:20b"),
        post("/{provider}/v1/chat/completions", 200, chat),
        get("/{provider}/v1/models"),
        get("/{provider}/v1/models/{id}").of("gpt-oss:20b"),
    ];
    for call in &mut calls {
        call.path = call.path.replace("{provider}", "ollama");
        call.by = By::Client;
    }
    calls
}

fn keys(things: &Things) -> Vec<Call> {
    let (key, spare) = (things.key, things.spare_key);
    vec![
        get("/admin/api-keys"),
        post("/admin/api-keys", 201, json!({"api_key": "sk-openapi-00000004", "username": "ann"})),
        get("/admin/api-keys/{id}").of(key),
        patch("/admin/api-keys/{id}", json!({"weight": 2})).of(key),
        post("/admin/api-keys/{id}/reveal", 200, json!({})).of(key),
        get("/admin/api-keys/{id}/stats").of(key),
        get("/admin/api-keys/export"),
        post(
            "/admin/api-keys/export",
            200,
            json!({"secrets": true, "confirm": "export all secrets"}),
        ),
        get("/admin/keys/stats"),
        get("/admin/accounts"),
        post("/admin/keys/disable", 200, json!({"id": key, "duration": 60, "reason": "a test"})),
        post("/admin/keys/enable", 200, json!({"id": key})),
        post("/admin/keys/update", 200, json!({"ids": [key], "set": {"weight": 3}})),
        post("/admin/verify-key", 200, json!({"id": key})),
        post("/admin/keys/health-check", 202, json!({"ids": [key]})),
        get("/admin/jobs"),
        get("/admin/jobs/{id}").of(&things.job),
        delete("/admin/jobs/{id}", json!({})).of(&things.job),
        delete("/admin/api-keys/{id}", json!({})).of(spare),
        delete("/admin/api-keys", json!({"apiKey": "sk-openapi-00000004"})),
    ]
}

fn imports(things: &Things) -> Vec<Call> {
    let content = json!({"content": "ann----sk-openapi-00000005\n# a comment\n"});
    vec![
        post("/admin/api-keys/import", 200, json!({"keys": ["sk-openapi-00000006"]})),
        post("/admin/api-keys/import-from-txt", 200, content.clone()),
        post("/admin/api-keys/import-with-validation", 202, content),
        post("/admin/import", 200, json!({"accounts": ["ann----sk-openapi-00000007"]})),
        get("/admin/imports"),
        post("/admin/imports/{id}/undo", 200, json!({})).of(things.import),
    ]
}

fn tokens(things: &Things) -> Vec<Call> {
    let older = |mut call: Call| {
        let path = call.template.replace("/admin/tokens", "/admin/client-tokens");
        call.path = call.path.replace("/admin/tokens", "/admin/client-tokens");
        call.template = path.leak();
        call
    };
    let mut calls = token_calls(things.tokens[0], things.tokens[1]);
    calls.extend(token_calls(things.tokens[2], things.tokens[3]).into_iter().map(older));
    calls
}

fn token_calls(token: i64, other: i64) -> Vec<Call> {
    vec![
        get("/admin/tokens"),
        post("/admin/tokens", 201, json!({"name": "one", "rpm": 60})),
        get("/admin/tokens/{id}").of(token),
        patch("/admin/tokens/{id}", json!({"enabled": true})).of(token),
        patch("/admin/tokens", json!({"id": other, "enabled": true})),
        post("/admin/tokens/{id}/rotate", 200, json!({"grace": 60})).of(token),
        post("/admin/tokens/{id}/reveal", 200, json!({})).of(token),
        delete("/admin/tokens/{id}", json!({})).of(token),
        delete("/admin/tokens", json!({"id": other})),
    ]
}

fn users(things: &Things) -> Vec<Call> {
    let user = things.user;
    vec![
        get("/admin/users"),
        post("/admin/users", 201, json!({"email": "bob@example.com"})),
        get("/admin/users/{id}").of(user),
        patch("/admin/users/{id}", json!({"role": "admin"})).of(user),
        post("/admin/users/{id}/reset-key", 200, json!({"ttlSeconds": 3600})).of(user),
        post("/admin/users/{id}/extend-key", 200, json!({"days": 3})).of(user),
        get("/admin/users/{id}/signins").of(user),
        post("/admin/users/bulk", 200, json!({"ids": [user], "action": "extend", "days": 1})),
        delete("/admin/users/{id}", json!({})).of(user),
        get("/admin/invitations"),
        post("/admin/invitations", 201, json!({"note": "For the club", "count": 2})),
        delete("/admin/invitations/{id}", json!({})).of(things.invitation),
    ]
}

fn routing() -> Vec<Call> {
    let other =
        json!({"id": "other", "name": "Other", "base_url": "https://9.9.9.9/v1", "enabled": false});
    let alias = json!({"provider": "ollama", "alias": "small", "model": "gpt-oss:20b"});
    let steps = json!([{"provider": "openrouter", "model": "openai/gpt-oss-20b"}]);
    let fallback = json!({"provider": "ollama", "model": "gpt-oss:20b", "to": steps});
    vec![
        get("/admin/providers"),
        post("/admin/providers", 201, other),
        patch("/admin/providers/{id}", json!({"name": "Another"})).of("other"),
        post(
            "/admin/providers/{id}/confirm",
            200,
            json!({"base_url": "https://93.184.216.34/v1", "kind": "openai"}),
        )
        .of("ollama"),
        post("/admin/providers/{id}/test", 200, json!({})).of("ollama"),
        delete("/admin/providers/{id}", json!({})).of("other"),
        post("/admin/aliases", 201, alias),
        get("/admin/aliases"),
        delete("/admin/aliases", json!({})).with("?provider=ollama&alias=small"),
        by_admin("PUT", "/admin/fallbacks", 200, Some(fallback)),
        get("/admin/fallbacks"),
        delete("/admin/fallbacks", json!({})).with("?provider=ollama&model=gpt-oss:20b"),
        get("/admin/circuit-breakers"),
        post("/admin/circuit-breakers/close", 200, json!({"provider": "ollama"})),
        get("/admin/cache/stats"),
        post("/admin/cache/clear", 200, json!({"pattern": "*"})),
    ]
}

fn reports(things: &Things) -> Vec<Call> {
    vec![
        get("/admin/stats"),
        get("/admin/usage").with("?group=model"),
        get("/admin/latency"),
        get("/admin/requests"),
        get("/admin/requests/{id}").of(&things.request),
        // Without the headers of a WebSocket.
        by_admin("GET", "/admin/events", 400, None),
    ]
}

fn management(things: &Things) -> Vec<Call> {
    let [notice, other] = things.announcements;
    vec![
        get("/admin/settings"),
        patch("/admin/settings", json!({"max_attempts": 2})),
        get("/admin/announcements"),
        post("/admin/announcements", 201, json!({"title": "Hello", "body": "Again."})),
        get("/admin/announcements/{id}").of(notice),
        patch("/admin/announcements/{id}", json!({"level": "warning"})).of(notice),
        delete("/admin/announcements/{id}", json!({})).of(notice),
        patch("/admin/announcements", json!({"id": other, "level": "warning"})),
        delete("/admin/announcements", json!({"id": other})),
        get("/admin/audit"),
        get("/admin/audit/verify"),
    ]
}
