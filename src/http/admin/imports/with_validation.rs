//! `POST /admin/api-keys/import-with-validation`: takes in the keys that their upstream takes.

use actix_web::{HttpRequest, HttpResponse, web};
use utoipa::ToSchema;

use super::options::{ImportOptions, Pairs, ValidationOptions, Wanted};
use super::upload::{self, Content};
use crate::app::App;
use crate::error::{Admin, AdminError};
use crate::http::admin::jobs::JobBegun;
use crate::http::extract::Administrator;
use crate::import::Report;

/// A text, what its keys have in common, and how they are judged.
#[derive(ToSchema)]
#[expect(dead_code, reason = "says in the description what is read in steps")]
pub struct ValidatedImport {
    #[schema(inline)]
    #[serde(flatten)]
    content: Content,
    #[schema(inline)]
    #[serde(flatten)]
    options: ImportOptions,
    #[schema(inline)]
    #[serde(flatten)]
    validation: ValidationOptions,
}

/// A form with a file whose keys are judged.
#[derive(ToSchema)]
#[expect(dead_code, reason = "says in the description what is read as it comes")]
pub struct ValidatedForm {
    #[schema(inline)]
    #[serde(flatten)]
    options: ImportOptions,
    #[schema(inline)]
    #[serde(flatten)]
    validation: ValidationOptions,
    /// The file; the other fields stand before it.
    #[schema(value_type = String, format = Binary)]
    file: (),
}

/// Begins an import in which every key is probed first; the job tells how far it is. A dry run asks
/// nobody and begins no job: its report counts as `added` the keys that would be probed.
#[utoipa::path(
    post, path = "/admin/api-keys/import-with-validation", tag = "Imports",
    params(ImportOptions, ValidationOptions),
    request_body(content(
        (ValidatedImport = "application/json"),
        (String = "text/plain", example = "sk-0123456789abcdef"),
        (String = "text/csv", example = "api_key,username\nsk-0123456789abcdef,Ann"),
        (String = "application/x-ndjson", example = "{\"api_key\":\"sk-0123456789abcdef\"}"),
        (ValidatedForm = "multipart/form-data"),
    )),
    responses(
        (status = 200, body = Report, description = "A dry run"),
        (status = 202, body = JobBegun),
        (status = 400, body = AdminError), (status = 401, body = AdminError),
        (status = 404, body = AdminError), (status = 408, body = AdminError),
        (status = 413, body = AdminError), (status = 415, body = AdminError),
        (status = 422, body = AdminError), (status = 429, body = AdminError),
        (status = 503, body = AdminError),
    ),
)]
pub async fn import_with_validation(
    admin: Administrator,
    app: web::Data<App>,
    query: web::Query<Pairs>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Admin> {
    let wanted = Wanted::validated().with_query(query.into_inner())?;
    Ok(upload::read(admin, &app, &request, payload, wanted).await?)
}
