//! `POST /admin/api-keys/import-from-txt`: text in JSON, as it is, or as a form's file.

use actix_web::{HttpRequest, HttpResponse, web};
use utoipa::ToSchema;

use super::options::{ImportOptions, Pairs, Wanted};
use super::upload::{self, Content};
use crate::app::App;
use crate::error::{Admin, AdminError};
use crate::http::extract::Administrator;
use crate::import::Report;

/// A text, and what its keys have in common.
#[derive(ToSchema)]
#[expect(dead_code, reason = "says in the description what is read in two steps")]
pub struct ImportText {
    #[schema(inline)]
    #[serde(flatten)]
    content: Content,
    #[schema(inline)]
    #[serde(flatten)]
    options: ImportOptions,
}

/// A form with a file.
#[derive(ToSchema)]
#[expect(dead_code, reason = "says in the description what is read as it comes")]
pub struct ImportForm {
    #[schema(inline)]
    #[serde(flatten)]
    options: ImportOptions,
    /// The file; the other fields stand before it.
    #[schema(value_type = String, format = Binary)]
    file: (),
}

/// Imports a text: lines, CSV or JSON, of any encoding. Uploads are read as they come.
#[utoipa::path(
    post, path = "/admin/api-keys/import-from-txt", tag = "Imports",
    params(ImportOptions),
    request_body(content(
        (ImportText = "application/json"),
        (String = "text/plain", example = "sk-0123456789abcdef"),
        (String = "text/csv", example = "api_key,username\nsk-0123456789abcdef,Ann"),
        (String = "application/x-ndjson", example = "{\"api_key\":\"sk-0123456789abcdef\"}"),
        (ImportForm = "multipart/form-data"),
    )),
    responses(
        (status = 200, body = Report),
        (status = 400, body = AdminError), (status = 401, body = AdminError),
        (status = 404, body = AdminError), (status = 408, body = AdminError),
        (status = 413, body = AdminError), (status = 415, body = AdminError),
        (status = 422, body = AdminError), (status = 503, body = AdminError),
    ),
)]
pub async fn text(
    admin: Administrator,
    app: web::Data<App>,
    query: web::Query<Pairs>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Admin> {
    let wanted = Wanted::plain().with_query(query.into_inner())?;
    Ok(upload::read(admin, &app, &request, payload, wanted).await?)
}
