//! `GET /admin/stats`.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json};

use super::keys::query::scope;
use crate::app::App;
use crate::error::{Admin, ApiError};
use crate::http::extract::Administrator;
use crate::http::status::success_rate;
use crate::models::client_token::ClientToken;
use crate::models::key_list::{KeyFilter, KeyStatus};
use crate::models::report::Totals;
use crate::models::upstream_key::UpstreamKey;

/// What is counted or decided in memory is written first, so that the answer is up to date. With
/// the database away the query after it says so.
pub(super) async fn settle(app: &App) {
    let _ = tokio::join!(app.actors.stats.flush(), app.actors.key_pool.save());
}

/// The query of the totals.
#[derive(Deserialize)]
pub struct TotalsQuery {
    provider: Option<String>,
}

/// Keys, tokens and requests in numbers.
pub async fn totals(
    _: Administrator,
    app: web::Data<App>,
    query: web::Query<TotalsQuery>,
) -> Result<HttpResponse, Admin> {
    let provider = scope(&app, query.provider.as_deref())?;
    settle(&app).await;
    let now = app.clock.now().naive();
    let mut conn = app.database.get().await?;
    let mut count = async |status| {
        let filter = KeyFilter { provider: provider.clone(), status, ..KeyFilter::default() };
        UpstreamKey::count(&mut conn, &filter, now).await
    };
    let total_api_keys = count(KeyStatus::All).await?;
    let active_keys = count(KeyStatus::Active).await?;
    let failed_keys = count(KeyStatus::Failed).await?;
    let totals = Totals::ever(&mut conn, provider.as_deref()).await?;
    let today = Totals::requests_on(&mut conn, provider.as_deref(), now.date()).await?;
    let (success, failure) = (totals.success.unwrap_or(0), totals.failure.unwrap_or(0));
    Ok(HttpResponse::Ok().json(json!({
        "total_api_keys": total_api_keys,
        "active_keys": active_keys,
        "failed_keys": failed_keys,
        "total_client_tokens": ClientToken::count(&mut conn).await?,
        "total_requests": totals.requests.unwrap_or(0),
        "requests_today": today,
        "success_count": success,
        "failure_count": failure,
        "success_rate": success_rate(success, failure),
        "storage": app.database.kind(),
        "timestamp": app.clock.now().rfc3339(),
    })))
}

/// An answer with the fields that tell where in the list one is.
pub(super) fn with_paging(
    mut answer: Value,
    paging: crate::models::page::Paging,
) -> Result<HttpResponse, ApiError> {
    let paging = serde_json::to_value(paging).unwrap_or_default();
    if let (Some(answer), Value::Object(paging)) = (answer.as_object_mut(), paging) {
        answer.extend(paging);
    }
    Ok(HttpResponse::Ok().json(answer))
}
