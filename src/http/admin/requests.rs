//! `GET /admin/requests` and `GET /admin/requests/{id}`: recent requests with their attempts.

mod query;
mod view;

use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

pub use self::query::RequestsQuery;
pub use self::view::RequestView;
use super::search::called;
use crate::app::App;
use crate::error::{Admin, AdminError, not_found};
use crate::http::extract::Administrator;
use crate::models::request_log::LogRow;

/// A part of the log.
#[derive(Debug, Serialize, ToSchema)]
pub struct RequestList {
    /// Newest first.
    requests: Vec<RequestView>,
    /// The `cursor` for the next part; null when this is the last.
    #[schema(example = "1763900000000.019aaf3c-0000-7000-8000-000000000000")]
    next: Option<String>,
    /// Lines are being kept now (the setting `request_log`).
    logging: bool,
    /// Lines that there was no room for since this process began: under heavy load only a sample
    /// is kept.
    #[schema(example = 0)]
    dropped: u64,
}

/// Recent requests, newest first.
///
/// Each tells its attempts: which key, what the answer meant, how long it waited, and the upstream's
/// error, if it told one. There are never prompts, answers or keys in it. What was refused is in it,
/// too, with the reason.
#[utoipa::path(
    get, path = "/admin/requests", tag = "Reports", params(RequestsQuery),
    responses(
        (status = 200, body = RequestList), (status = 401, body = AdminError),
        (status = 404, description = "No such provider", body = AdminError),
        (status = 422, body = AdminError), (status = 503, body = AdminError),
    ),
)]
pub async fn list(
    _: Administrator,
    app: web::Data<App>,
    query: web::Query<RequestsQuery>,
) -> Result<HttpResponse, Admin> {
    let (filter, limit) = (query.filter(&app)?, query.limit());
    // What is not written yet is the newest.
    let _ = app.actors.stats.flush().await;
    let mut conn = app.database.get().await?;
    let mut rows = LogRow::list(&mut conn, &filter, limit + 1).await?;
    let more = i64::try_from(rows.len()).is_ok_and(|rows| rows > limit);
    rows.truncate(usize::try_from(limit).unwrap_or(rows.len()));
    let next = rows.last().filter(|_| more).map(query::cursor);
    let requests = view::views(&mut conn, rows).await?;
    Ok(HttpResponse::Ok().json(RequestList {
        requests,
        next,
        logging: app.settings.now().request_log,
        dropped: app.actors.stats.counted().lines_dropped,
    }))
}

/// One request, by the id of its line or by the `X-Request-Id` of its answer.
#[utoipa::path(
    get, path = "/admin/requests/{id}", tag = "Reports",
    params(("id" = String, Path, description = "Of the line, or `X-Request-Id`")),
    responses(
        (status = 200, body = RequestView), (status = 401, body = AdminError),
        (status = 404, body = AdminError), (status = 503, body = AdminError),
    ),
)]
pub async fn show(
    _: Administrator,
    app: web::Data<App>,
    id: web::Path<String>,
) -> Result<HttpResponse, Admin> {
    let _ = app.actors.stats.flush().await;
    let mut conn = app.database.get().await?;
    let row = LogRow::find(&mut conn, called("request", &id)?).await?;
    let row = row.ok_or_else(|| not_found("request"))?;
    let view = view::views(&mut conn, vec![row]).await?.pop();
    Ok(HttpResponse::Ok().json(view.ok_or_else(|| not_found("request"))?))
}
