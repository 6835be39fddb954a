//! `GET /admin/cache/stats` and `POST /admin/cache/clear`.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::audit::Deed;
use crate::error::{Admin, AdminError, ApiError, invalid};
use crate::http::extract::{Administrator, Json};
use crate::upstream::catalogue;

/// The longest pattern in bytes.
const PATTERN_MAX: usize = 300;

/// How the response cache does.
#[derive(Debug, Serialize, ToSchema)]
pub struct CacheStats {
    /// It is switched on (the setting `response_cache`).
    pub enabled: bool,
    /// Where answers are kept: `memory` or `redis`.
    #[schema(example = "memory")]
    pub storage: &'static str,
    /// Requests answered from it, by this process since it began.
    #[schema(example = 120)]
    pub hits: u64,
    /// Requests that could have been and were not, likewise.
    #[schema(example = 40)]
    pub misses: u64,
    /// Answers kept, likewise.
    #[schema(example = 38)]
    pub stored: u64,
    /// Answers in it now.
    #[schema(example = 35)]
    pub entries: u64,
    /// Their bytes.
    #[schema(example = 81_920)]
    pub bytes: u64,
}

/// What to forget.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Clear {
    /// Of which `provider/model`: `*` stands for anything, `?` for any one character. Everything
    /// when left out.
    #[schema(example = "ollama/*")]
    pattern: Option<String>,
    /// `responses` (when left out), `models` (the catalogues; the pattern is for the provider), or
    /// `all`.
    #[schema(example = "responses")]
    scope: Option<String>,
}

/// What was forgotten.
#[derive(Debug, Serialize, ToSchema)]
pub struct Cleared {
    /// It is done.
    pub success: bool,
    /// Answers forgotten.
    #[schema(example = 12)]
    pub cleared: u64,
    /// Catalogues forgotten.
    #[schema(example = 0)]
    pub catalogues: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    Responses,
    Models,
    All,
}

/// How the response cache does.
#[utoipa::path(
    get, path = "/admin/cache/stats", tag = "Cache",
    responses((status = 200, body = CacheStats), (status = 401, body = AdminError)),
)]
pub async fn stats(_: Administrator, app: web::Data<App>) -> Result<HttpResponse, Admin> {
    let (counts, size) = (app.answers.counts(), app.answers.size(&app.cache).await);
    Ok(HttpResponse::Ok().json(CacheStats {
        enabled: app.settings.now().response_cache,
        storage: app.cache.kind(),
        hits: counts.hits,
        misses: counts.misses,
        stored: counts.stored,
        entries: size.entries,
        bytes: size.bytes,
    }))
}

/// Forgets answers and catalogues. With memory, those of this process.
#[utoipa::path(
    post, path = "/admin/cache/clear", tag = "Cache", request_body = Clear,
    responses(
        (status = 200, body = Cleared),
        (status = 400, body = AdminError, description = "The body is no JSON"),
        (status = 401, body = AdminError),
        (status = 422, body = AdminError, description = "A value that can't be"),
    ),
)]
pub async fn clear(
    admin: Administrator,
    app: web::Data<App>,
    what: Json<Clear>,
) -> Result<HttpResponse, Admin> {
    let pattern = what.pattern.as_deref().unwrap_or("*");
    if pattern.is_empty() || pattern.len() > PATTERN_MAX {
        return Err(invalid("pattern", "a pattern has 1 to 300 bytes").into());
    }
    let scope = scope(what.scope.as_deref())?;
    let deed = Deed::new("cache.clear", format!("cache:{pattern}"));
    let mut conn = app.database.get().await?;
    conn.transaction(async |conn| admin.did(&app, conn, deed).await).await?;
    drop(conn);
    let mut cleared = Cleared { success: true, cleared: 0, catalogues: 0 };
    if scope != Scope::Models {
        cleared.cleared = app.answers.clear(&app.cache, pattern).await.removed;
    }
    if scope != Scope::Responses {
        let pattern = wildmatch::WildMatch::new(pattern);
        let provider = |id: &str| pattern.matches(id) || pattern.matches(&format!("{id}/"));
        for one in app.providers.all().iter().filter(|one| provider(&one.id)) {
            catalogue::forget(&app, &one.id).await;
            cleared.catalogues += 1;
        }
    }
    Ok(HttpResponse::Ok().json(cleared))
}

fn scope(named: Option<&str>) -> Result<Scope, ApiError> {
    match named.unwrap_or("responses") {
        "responses" => Ok(Scope::Responses),
        "models" => Ok(Scope::Models),
        "all" => Ok(Scope::All),
        _ => Err(invalid("scope", "scopes are responses, models and all")),
    }
}
