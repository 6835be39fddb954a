//! `POST /admin/api-keys/import-from-txt`: text in JSON, as it is, or as a form's file.

use std::time::Duration;

use actix_web::{HttpMessage, HttpRequest, HttpResponse, web};
use serde::Deserialize;
use utoipa::ToSchema;

use super::keys::{in_memory, json};
use super::multipart;
use super::options::ImportOptions;
use super::work::Work;
use crate::app::App;
use crate::error::{Admin, AdminError, ApiError, ErrorCode};
use crate::http::body;
use crate::http::extract::Administrator;
use crate::import::Report;

/// A text's keys.
#[derive(Deserialize, ToSchema)]
struct Content {
    /// A file in any of the formats.
    #[schema(
        example = "sk-0123456789abcdef\nann@example.com----password----session----sk-fedcba9876543210"
    )]
    content: String,
}

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
    query: web::Query<ImportOptions>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Admin> {
    let query = query.into_inner();
    let idle = Duration::from_secs(app.config.server.body_idle_timeout_secs);
    Ok(match request.content_type() {
        "application/json" => {
            let bytes = body::read(&request, payload, &app.config.server).await?;
            let content: Content = json(&bytes)?;
            let options = json::<ImportOptions>(&bytes)?.or(query).check(&app, "text")?;
            drop(bytes);
            in_memory(admin, &app, options, content.content.as_bytes()).await?
        }
        "multipart/form-data" => {
            let work = multipart::read(&app, admin.0, query, &request, payload, idle).await?;
            HttpResponse::Ok().json(work.finish().await?)
        }
        ""
        | "text/plain"
        | "text/csv"
        | "application/x-ndjson"
        | "application/jsonl"
        | "application/octet-stream" => {
            let work = Work::begin(&app, admin.0, query.check(&app, "text")?).await?;
            pump(&work, payload, idle).await;
            HttpResponse::Ok().json(work.finish().await?)
        }
        _ => {
            let words = "the body must be JSON, text/plain, text/csv, application/x-ndjson or \
                         multipart/form-data";
            return Err(ApiError::new(ErrorCode::UnsupportedMediaType, words).into());
        }
    })
}

/// Passes the body on as it comes.
async fn pump(work: &Work, mut payload: web::Payload, idle: Duration) {
    loop {
        let piece = match body::next(&mut payload, idle).await {
            Ok(None) => return,
            Ok(Some(piece)) => Ok(piece),
            Err(error) => Err(error),
        };
        let more = piece.is_ok();
        if !work.push(piece).await || !more {
            return;
        }
    }
}
