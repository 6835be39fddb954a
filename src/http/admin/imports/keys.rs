//! `POST /admin/api-keys/import` and `POST /admin/import`.

use actix_web::{HttpMessage, HttpRequest, HttpResponse, web};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::json::json;
use super::options::{ImportOptions, Pairs, Wanted};
use super::work::Work;
use crate::app::App;
use crate::bodies::Owner;
use crate::error::{Admin, AdminError, ApiError, ErrorCode, invalid};
use crate::http::body::{self, Bounds};
use crate::http::extract::Administrator;
use crate::import::Report;

/// Bytes that the import is given at once.
const PIECE: usize = 64 << 10;

/// The keys of a body: strings as lines of a file, or objects with `api_key`, `username`, `account`
/// and `ttl`.
#[derive(Deserialize)]
struct Items {
    #[serde(alias = "api_keys", alias = "accounts")]
    keys: Box<RawValue>,
}

/// Keys, and what they have in common.
#[derive(ToSchema)]
#[expect(dead_code, reason = "says in the description what is read field by field")]
pub struct ImportKeys {
    /// Strings, or objects with `api_key`, `username`, `account` and `ttl`.
    #[schema(value_type = Vec<Object>, example = json!(["sk-0123456789abcdef", {"api_key": "sk-fedcba9876543210", "username": "Ann", "account": "team-a", "ttl": 86400}]))]
    keys: (),
    #[schema(inline)]
    #[serde(flatten)]
    options: ImportOptions,
}

/// Accounts, and what they have in common.
#[derive(ToSchema)]
#[expect(dead_code, reason = "says in the description what is read field by field")]
pub struct ImportAccounts {
    /// Strings, or objects with `api_key`, `email`, `account` and `ttl`.
    #[schema(value_type = Vec<Object>, example = json!(["ann@example.com----password----session----sk-0123456789abcdef", {"api_key": "sk-fedcba9876543210", "email": "bob@example.com"}]))]
    accounts: (),
    #[schema(inline)]
    #[serde(flatten)]
    options: ImportOptions,
}

/// Imports a list of keys.
#[utoipa::path(
    post, path = "/admin/api-keys/import", tag = "Imports",
    params(ImportOptions),
    request_body = ImportKeys,
    responses(
        (status = 200, body = Report),
        (status = 400, body = AdminError), (status = 401, body = AdminError),
        (status = 404, body = AdminError), (status = 408, body = AdminError),
        (status = 413, body = AdminError), (status = 415, body = AdminError),
        (status = 422, body = AdminError), (status = 503, body = AdminError),
    ),
)]
pub async fn keys(
    admin: Administrator,
    app: web::Data<App>,
    query: web::Query<Pairs>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Admin> {
    let bytes = json_body(&app, &request, payload).await?;
    Ok(listed(admin, &app, query.into_inner(), &bytes, "keys").await?)
}

/// Imports a list of accounts.
#[utoipa::path(
    post, path = "/admin/import", tag = "Imports",
    params(ImportOptions),
    request_body = ImportAccounts,
    responses(
        (status = 200, body = Report),
        (status = 400, body = AdminError), (status = 401, body = AdminError),
        (status = 404, body = AdminError), (status = 408, body = AdminError),
        (status = 413, body = AdminError), (status = 415, body = AdminError),
        (status = 422, body = AdminError), (status = 503, body = AdminError),
    ),
)]
pub async fn accounts(
    admin: Administrator,
    app: web::Data<App>,
    query: web::Query<Pairs>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Admin> {
    let bytes = json_body(&app, &request, payload).await?;
    Ok(listed(admin, &app, query.into_inner(), &bytes, "accounts").await?)
}

async fn listed(
    admin: Administrator,
    app: &web::Data<App>,
    query: Pairs,
    bytes: &[u8],
    source: &'static str,
) -> Result<HttpResponse, ApiError> {
    let items: Items = json(bytes)?;
    if !items.keys.get().starts_with('[') {
        return Err(invalid(source, "the keys are an array"));
    }
    let wanted = Wanted::plain().with_query(query)?;
    let options = wanted.with_body(bytes, &["keys", "api_keys", "accounts"])?.check(app, source)?;
    in_memory(admin, app, options, items.keys.get().as_bytes()).await
}

/// Imports what is in memory, in pieces as if it were on its way.
pub(super) async fn in_memory(
    admin: Administrator,
    app: &web::Data<App>,
    options: crate::import::Options,
    bytes: &[u8],
) -> Result<HttpResponse, ApiError> {
    let work = Work::begin(app, admin.0, options).await?;
    for piece in bytes.chunks(PIECE) {
        if !work.push(Ok(Bytes::copy_from_slice(piece))).await {
            break;
        }
    }
    work.finish(app).await
}

/// The body, up to `MAX_BODY_BYTES`, when it says that it is JSON.
async fn json_body(
    app: &App,
    request: &HttpRequest,
    payload: web::Payload,
) -> Result<Bytes, ApiError> {
    if request.content_type() != "application/json" {
        return Err(ApiError::new(
            ErrorCode::UnsupportedMediaType,
            "the body must be JSON, with Content-Type: application/json",
        ));
    }
    whole(app, request, payload).await
}

/// The body, up to `MAX_BODY_BYTES`.
pub(super) async fn whole(
    app: &App,
    request: &HttpRequest,
    payload: web::Payload,
) -> Result<Bytes, ApiError> {
    let bounds = Bounds::large(&app.config.server);
    body::read(app, request, payload, Owner::Administrator, bounds).await
}
