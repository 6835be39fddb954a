//! The names that scripts of version 3.1 rely on, and those that were promised beside them: they
//! are fixed, whatever else changes.

use super::judge::Judge;

/// An operation, the names in its query, in its body, and in its good answer.
type Promise = (&'static str, &'static str, &'static str, &'static str);

const REPORT: &str = "success total added imported existing duplicates failed skipped details \
    line reason categories";
const TOKEN: &str = "name expiresIn provider models rpm daily_requests daily_tokens \
    max_concurrency ip_allow";
const TOKENS: &str = "id token name provider createdAt expires_at requestCount lastUsed enabled \
    total page pageSize totalPages";
const NOTICE: &str = "title body level audience startsAt endsAt";

const PROMISES: &[Promise] = &[
    (
        "GET /admin/public-stats",
        "provider",
        "",
        "global totalRequests successCount failureCount successRate lastUpdated totalApiKeys \
         activeKeys failedKeys storage topModels model requests success failure recentTopModels \
         hourlyTrend hour timestamp",
    ),
    (
        "GET /admin/stats",
        "provider",
        "",
        "total_api_keys active_keys failed_keys total_client_tokens total_requests \
         requests_today success_count failure_count success_rate storage timestamp",
    ),
    (
        "GET /admin/api-keys",
        "page pageSize status category search sort provider",
        "",
        "api_keys id api_key username provider account category status disabled_reason \
         cooling_until created_at expires_at last_used total_requests success_rate total page \
         pageSize totalPages",
    ),
    (
        "POST /admin/api-keys",
        "provider",
        "api_key username ttl provider account weight max_concurrency",
        "success id",
    ),
    (
        "PATCH /admin/api-keys/{id}",
        "",
        "username account weight max_concurrency expires_at",
        "id username account weight max_concurrency expires_at",
    ),
    (
        "DELETE /admin/api-keys",
        "provider",
        "apiKey apiKeys ids provider",
        "success deleted failed total",
    ),
    ("DELETE /admin/api-keys/{id}", "", "", "success deleted failed total"),
    ("POST /admin/api-keys/{id}/reveal", "", "", "api_key"),
    ("POST /admin/keys/enable", "provider", "apiKey id ids", "success message affected"),
    ("POST /admin/keys/disable", "provider", "apiKey id ids duration", "success message affected"),
    (
        "POST /admin/verify-key",
        "provider",
        "apiKey id",
        "valid status error apiKey category timestamp",
    ),
    (
        "GET /admin/keys/stats",
        "page pageSize",
        "",
        "stats id apiKey totalRequests successCount failureCount successRate consecutiveFailures \
         lastUsed lastSuccess lastFailure status disabledReason total page pageSize totalPages",
    ),
    ("POST /admin/keys/health-check", "provider", "provider ids status", "job"),
    ("POST /admin/api-keys/import", "provider", "keys provider", REPORT),
    ("POST /admin/api-keys/import-from-txt", "provider", "content provider", REPORT),
    ("POST /admin/api-keys/import-with-validation", "provider", "content provider", REPORT),
    ("POST /admin/import", "provider", "accounts provider", REPORT),
    ("GET /admin/jobs/{id}", "", "", "done total added result"),
    ("DELETE /admin/jobs/{id}", "", "", "done total added"),
    ("GET /admin/tokens", "page pageSize", "", TOKENS),
    ("POST /admin/tokens", "provider", TOKEN, "token name"),
    ("PATCH /admin/tokens", "", TOKEN, "id token name"),
    ("PATCH /admin/tokens/{id}", "", TOKEN, "id token name"),
    ("DELETE /admin/tokens", "", "id token", "success"),
    ("GET /admin/client-tokens", "page pageSize", "", TOKENS),
    ("GET /admin/client-tokens", "", "", "client_tokens"),
    ("POST /admin/client-tokens", "provider", TOKEN, "token name"),
    ("PATCH /admin/client-tokens", "", TOKEN, "id token name"),
    ("DELETE /admin/client-tokens", "", "id token", "success"),
    ("GET /admin/users", "page pageSize search", "", "users total page pageSize totalPages"),
    ("GET /admin/users/{id}", "", "", "id email role isActive defaultProvider"),
    ("PATCH /admin/users/{id}", "", "role isActive defaultProvider", "role isActive"),
    ("POST /admin/users/{id}/reset-key", "", "ttlSeconds provider", "success token"),
    ("POST /admin/users/{id}/extend-key", "", "days", "success keyExpiresAt"),
    (
        "GET /admin/users/{id}/signins",
        "page limit",
        "",
        "items id signDay createdAt total page limit pageCount hasNext hasPrev",
    ),
    ("POST /admin/users/bulk", "", "ids action days", "success"),
    ("GET /admin/providers", "", "", "providers id enabled"),
    ("POST /admin/providers", "", "id base_url enabled", "id enabled"),
    ("PATCH /admin/providers/{id}", "", "enabled", "id enabled"),
    ("DELETE /admin/providers/{id}", "", "", "success"),
    ("GET /admin/cache/stats", "", "", "enabled storage"),
    ("POST /admin/cache/clear", "", "pattern scope", "success"),
    ("GET /admin/announcements", "page pageSize", "", NOTICE),
    ("POST /admin/announcements", "", NOTICE, NOTICE),
    ("PATCH /admin/announcements", "", NOTICE, NOTICE),
    ("DELETE /admin/announcements", "", "id", "success"),
    ("GET /api/announcements", "", "", "title body level"),
    ("GET /admin/settings", "", "", "settings name value default range meaning"),
    ("GET /admin/audit", "page pageSize", "", "at actor address action target before after"),
    ("GET /admin/requests", "", "", "requests attempts"),
    ("GET /admin/requests/{id}", "", "", "attempts"),
    ("GET /admin/usage", "from to group format", "", "rows total from to"),
    ("GET /admin/events", "", "", ""),
];

#[test]
fn promised_names_are_kept() {
    let judge = Judge::new(&ollama_api_pool::http::openapi::document());
    let mut faults = Vec::new();
    for (operation, query, body, answer) in PROMISES {
        let (method, path) = operation.split_once(' ').expect("a method and a path");
        let known = judge.names(method, path);
        for (place, promised, known) in [
            ("query", query, known.query),
            ("body", body, known.body),
            ("answer", answer, known.answer),
        ] {
            let missing: Vec<_> =
                promised.split_whitespace().filter(|name| !known.contains(*name)).collect();
            if !missing.is_empty() {
                faults.push(format!("{operation}: no {missing:?} in the {place}: {known:?}"));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}
