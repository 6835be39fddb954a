//! `GET /admin/api-keys`.

use actix_web::{HttpResponse, web};
use chrono::NaiveDateTime;
use serde_json::{Value, json};

use super::query::KeyQuery;
use crate::app::App;
use crate::clock::rfc3339;
use crate::error::{Admin, ApiError};
use crate::http::admin::stats::{settle, with_paging};
use crate::http::extract::Administrator;
use crate::http::status::success_rate;
use crate::models::upstream_key::UpstreamKey;

/// One page of the keys, masked.
pub async fn list(
    _: Administrator,
    app: web::Data<App>,
    query: web::Query<KeyQuery>,
) -> Result<HttpResponse, Admin> {
    Ok(listed(&app, &query, "api_keys", one).await?)
}

/// One page of keys under this name, each as `show` shows it.
pub async fn listed(
    app: &App,
    query: &KeyQuery,
    name: &str,
    show: fn(&UpstreamKey, NaiveDateTime) -> Value,
) -> Result<HttpResponse, ApiError> {
    settle(app).await;
    let (now, page) = (app.clock.now().naive(), query.page());
    let mut conn = app.database.get().await?;
    let (rows, total) = UpstreamKey::list(&mut conn, &query.filter(app)?, page, now).await?;
    let shown: Vec<Value> = rows.iter().map(|row| show(row, now)).collect();
    with_paging(json!({ name: shown }), page.of(total))
}

fn one(row: &UpstreamKey, now: NaiveDateTime) -> Value {
    let cooling_until = row.cooling_until.filter(|until| *until > now);
    let still_off = row.disabled_until.is_none_or(|until| until > now);
    json!({
        "id": row.id,
        "api_key": row.masked,
        "username": row.username,
        "provider": row.provider,
        "account": row.account,
        "category": row.category,
        "status": row.status(now).as_str(),
        "disabled_reason": row.disabled_reason.as_ref().filter(|_| still_off),
        "disabled_until": row.disabled_until.filter(|_| still_off).map(rfc3339),
        "cooling_reason": row.cooling_reason.as_ref().filter(|_| cooling_until.is_some()),
        "cooling_until": cooling_until.map(rfc3339),
        "weight": row.weight,
        "max_concurrency": row.max_concurrency,
        "created_at": rfc3339(row.created_at),
        "expires_at": row.expires_at.map(rfc3339),
        "last_used": row.last_used_at.map(rfc3339),
        "total_requests": row.total_requests,
        "success_rate": success_rate(row.success_count, row.failure_count),
    })
}
