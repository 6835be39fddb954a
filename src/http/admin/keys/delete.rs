//! `DELETE /admin/api-keys` and `DELETE /admin/api-keys/{id}`.

use actix_web::{HttpResponse, web};
use serde_json::json;

use super::pick::{Pick, names};
use crate::app::App;
use crate::audit::{Deed, targets};
use crate::error::{Admin, ApiError, not_found};
use crate::http::extract::Administrator;
use crate::models::upstream_key::UpstreamKey;

/// Deletes the named keys; those that are not there count as failed.
pub async fn delete(
    admin: Administrator,
    app: web::Data<App>,
    pick: web::Json<Pick>,
) -> Result<HttpResponse, Admin> {
    let mut conn = app.database.get().await?;
    let rows = pick.find(&app, &mut conn).await?;
    drop(conn);
    let deleted = remove(&app, &admin, &rows).await?;
    let total = pick.len();
    Ok(HttpResponse::Ok().json(json!({
        "success": deleted == total,
        "deleted": deleted,
        "failed": total.saturating_sub(deleted),
        "total": total,
    })))
}

/// Deletes one key by its id.
pub async fn delete_one(
    admin: Administrator,
    app: web::Data<App>,
    id: web::Path<i64>,
) -> Result<HttpResponse, Admin> {
    let mut conn = app.database.get().await?;
    let rows = UpstreamKey::by_ids(&mut conn, &[*id]).await?;
    drop(conn);
    if remove(&app, &admin, &rows).await? == 0 {
        return Err(not_found("key").into());
    }
    Ok(HttpResponse::Ok().json(json!({"success": true, "deleted": 1, "failed": 0, "total": 1})))
}

async fn remove(app: &App, admin: &Administrator, rows: &[UpstreamKey]) -> Result<usize, ApiError> {
    if rows.is_empty() {
        return Ok(0);
    }
    // Statistics of the key's last requests are written while it is still there.
    let _ = app.actors.stats.flush().await;
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let mut conn = app.database.get().await?;
    let masked: Vec<&str> = rows.iter().map(|row| row.masked.as_str()).collect();
    let deed = Deed::new("key.delete", targets("key", &ids)).before(json!({"keys": masked}));
    let deleted = conn
        .transaction(async |conn| {
            admin.did(app, conn, deed).await?;
            UpstreamKey::delete(conn, &ids).await
        })
        .await?;
    app.actors.key_pool.remove(names(rows)).await?;
    Ok(deleted)
}
