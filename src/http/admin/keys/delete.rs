//! `DELETE /admin/api-keys` and `DELETE /admin/api-keys/{id}`.

use actix_web::{HttpResponse, web};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::pick::{Pick, names};
use super::query::Whose;
use super::show::stored;
use super::walk::{Walk, name};
use crate::app::App;
use crate::error::{Admin, AdminError, ApiError};
use crate::http::extract::{Administrator, Json};
use crate::models::upstream_key::UpstreamKey;

/// What is gone.
#[derive(Debug, Serialize, ToSchema)]
pub struct Deleted {
    /// All that were named are gone.
    #[schema(example = true)]
    success: bool,
    #[schema(example = 2)]
    deleted: usize,
    /// Named, but not there.
    #[schema(example = 0)]
    failed: usize,
    #[schema(example = 2)]
    total: usize,
}

/// Deletes the named keys, of which those that are not there count as failed, or all that a filter
/// names.
#[utoipa::path(
    delete, path = "/admin/api-keys", tag = "Keys", params(Whose), request_body = Pick,
    responses(
        (status = 200, body = Deleted), (status = 400, body = AdminError),
        (status = 401, body = AdminError), (status = 404, body = AdminError),
        (status = 413, body = AdminError), (status = 415, body = AdminError),
        (status = 422, body = AdminError), (status = 503, body = AdminError),
    ),
)]
pub async fn delete(
    admin: Administrator,
    app: web::Data<App>,
    whose: web::Query<Whose>,
    pick: Json<Pick>,
) -> Result<HttpResponse, Admin> {
    let pick = pick.into_inner().of(&whose)?;
    let mut walk = Walk::over(&app, &pick).await?;
    let deleted = remove(&app, &admin, &mut walk).await?;
    // A filter names what is there and nothing else.
    let total = if pick.len() > 0 { pick.len() } else { deleted };
    let failed = total.saturating_sub(deleted);
    let success = failed == 0;
    Ok(HttpResponse::Ok().json(Deleted { success, deleted, failed, total }))
}

/// Deletes one key by its id.
#[utoipa::path(
    delete, path = "/admin/api-keys/{id}", tag = "Keys", params(("id" = i64, Path)),
    responses(
        (status = 200, body = Deleted), (status = 401, body = AdminError),
        (status = 404, body = AdminError), (status = 503, body = AdminError),
    ),
)]
pub async fn delete_one(
    admin: Administrator,
    app: web::Data<App>,
    id: web::Path<i64>,
) -> Result<HttpResponse, Admin> {
    let mut walk = Walk::named(&app, vec![stored(&app, *id).await?]);
    let deleted = remove(&app, &admin, &mut walk).await?;
    Ok(HttpResponse::Ok().json(Deleted { success: true, deleted, failed: 0, total: 1 }))
}

async fn remove(app: &App, admin: &Administrator, walk: &mut Walk<'_>) -> Result<usize, ApiError> {
    // Statistics of the keys' last requests are written while they are still there.
    let _ = app.actors.stats.flush().await;
    let mut deleted = 0;
    loop {
        let rows = walk.next().await?;
        if rows.is_empty() {
            return Ok(deleted);
        }
        let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
        let deed = walk.deed("key.delete", &rows, name, Value::Null);
        let mut conn = app.database.get().await?;
        deleted += conn
            .transaction(async |conn| {
                let deleted = UpstreamKey::delete(conn, &ids).await?;
                admin.did(app, conn, deed).await?;
                Ok::<_, ApiError>(deleted)
            })
            .await?;
        drop(conn);
        app.actors.key_pool.remove(names(&rows)).await?;
    }
}
