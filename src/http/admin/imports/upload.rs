//! A file's keys: in JSON, as they are, or in a form. Uploads are read as they come.

use std::time::Duration;

use actix_web::{HttpMessage, HttpRequest, HttpResponse, web};
use serde::Deserialize;
use utoipa::ToSchema;

use super::json::json;
use super::keys::in_memory;
use super::multipart;
use super::options::Wanted;
use super::work::Work;
use crate::app::App;
use crate::error::{ApiError, ErrorCode};
use crate::http::body;
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
    let idle = Duration::from_secs(app.config.server.body_idle_timeout_secs);
    match request.content_type() {
        "application/json" => {
            let bytes = body::read(request, payload, &app.config.server).await?;
            let content: Content = json(&bytes)?;
            let options = query.with_body(&bytes, &["content"])?.check(app, "text")?;
            drop(bytes);
            in_memory(admin, app, options, content.content.as_bytes()).await
        }
        "multipart/form-data" => {
            let work = multipart::read(app, admin.0, query, request, payload, idle).await?;
            work.finish(app).await
        }
        ""
        | "text/plain"
        | "text/csv"
        | "application/x-ndjson"
        | "application/jsonl"
        | "application/octet-stream" => {
            let work = Work::begin(app, admin.0, query.check(app, "text")?).await?;
            pump(&work, payload, idle).await;
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
