//! A file's keys: in JSON, as they are, or in a form. Uploads are read as they come.

use actix_web::{HttpMessage, HttpRequest, HttpResponse, web};
use serde::Deserialize;
use utoipa::ToSchema;

use super::json::json;
use super::keys::{in_memory, whole};
use super::multipart;
use super::options::Wanted;
use super::work::Work;
use crate::app::App;
use crate::error::{ApiError, ErrorCode};
use crate::http::body::{self, Patience};
use crate::http::extract::Administrator;

/// A text's keys.
#[derive(Deserialize, ToSchema)]
pub struct Content {
    /// A file in any of the formats.
    #[schema(
        example = "sk-0123456789abcdef\nann@example.com----password----session----sk-fedcba9876543210"
    )]
    content: String,
}

/// Takes in a file of whichever kind, as the query and the body want it.
pub async fn read(
    admin: Administrator,
    app: &web::Data<App>,
    request: &HttpRequest,
    payload: web::Payload,
    query: Wanted,
) -> Result<HttpResponse, ApiError> {
    let patience = Patience::of_files(&app.config.server);
    match request.content_type() {
        "application/json" => {
            let bytes = whole(app, request, payload).await?;
            let content: Content = json(&bytes)?;
            let options = query.with_body(&bytes, &["content"])?.check(app, "text")?;
            drop(bytes);
            in_memory(admin, app, options, content.content.as_bytes()).await
        }
        "multipart/form-data" => {
            let work = multipart::read(app, admin.0, query, request, payload, patience).await?;
            work.finish(app).await
        }
        ""
        | "text/plain"
        | "text/csv"
        | "application/x-ndjson"
        | "application/jsonl"
        | "application/octet-stream" => {
            let work = Work::begin(app, admin.0, query.check(app, "text")?).await?;
            pump(&work, payload, patience).await;
            work.finish(app).await
        }
        _ => {
            let words = "the body must be JSON, text/plain, text/csv, application/x-ndjson or \
                         multipart/form-data";
            Err(ApiError::new(ErrorCode::UnsupportedMediaType, words))
        }
    }
}

/// Passes the body on as it comes.
async fn pump(work: &Work, mut payload: web::Payload, mut patience: Patience) {
    loop {
        let piece = match body::next(&mut payload, &mut patience).await {
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
