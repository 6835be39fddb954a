//! `GET /admin/api-keys`.

use actix_web::{HttpResponse, web};
use chrono::NaiveDateTime;
use serde::Serialize;
use utoipa::ToSchema;

use super::query::KeyQuery;
use super::view::KeyView;
use crate::app::App;
use crate::error::{Admin, AdminError, ApiError};
use crate::http::admin::stats::settle;
use crate::http::extract::Administrator;
use crate::models::page::Paging;
use crate::models::upstream_key::UpstreamKey;

/// One page of keys.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeyPage {
    api_keys: Vec<KeyView>,
    #[serde(flatten)]
    paging: Paging,
}

/// One page of the keys, masked.
#[utoipa::path(
    get, path = "/admin/api-keys", tag = "Keys", params(KeyQuery),
    responses(
        (status = 200, body = KeyPage), (status = 401, body = AdminError),
        (status = 404, body = AdminError), (status = 422, body = AdminError),
        (status = 503, body = AdminError),
    ),
)]
pub async fn list(
    _: Administrator,
    app: web::Data<App>,
    query: web::Query<KeyQuery>,
) -> Result<HttpResponse, Admin> {
    let (rows, paging, now) = page(&app, &query).await?;
    let api_keys = rows.into_iter().map(|row| KeyView::of(row, now)).collect();
    Ok(HttpResponse::Ok().json(KeyPage { api_keys, paging }))
}

/// The rows of a page, where it is, and the time by which they were judged.
pub async fn page(
    app: &App,
    query: &KeyQuery,
) -> Result<(Vec<UpstreamKey>, Paging, NaiveDateTime), ApiError> {
    let filter = query.filter(app)?;
    settle(app).await;
    let (now, page) = (app.clock.now().naive(), query.page());
    let mut conn = app.database.get().await?;
    let (rows, total) = UpstreamKey::list(&mut conn, &filter, page, now).await?;
    Ok((rows, page.of(total), now))
}
