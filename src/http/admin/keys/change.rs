//! `PATCH /admin/api-keys/{id}`.

use actix_web::{HttpResponse, web};
use serde_json::Value;

use super::pick::names;
use super::show::{stored, view};
use super::values::{NewValues, told, touched};
use super::view::KeyView;
use super::walk::Walk;
use crate::app::App;
use crate::error::{Admin, AdminError, ApiError};
use crate::http::extract::{Administrator, Json};
use crate::models::upstream_key::{KeyChange, UpstreamKey};
use crate::pool::change::Change;

/// Changes a key. It holds from the next request on; failures, waits and requests under way stay.
#[utoipa::path(
    patch, path = "/admin/api-keys/{id}", tag = "Keys", params(("id" = i64, Path)),
    request_body = NewValues,
    responses(
        (status = 200, body = KeyView), (status = 400, body = AdminError),
        (status = 401, body = AdminError), (status = 404, body = AdminError),
        (status = 413, body = AdminError), (status = 415, body = AdminError),
        (status = 422, body = AdminError), (status = 503, body = AdminError),
    ),
)]
pub async fn change(
    admin: Administrator,
    app: web::Data<App>,
    id: web::Path<i64>,
    values: Json<NewValues>,
) -> Result<HttpResponse, Admin> {
    let (row, change) = values.into_inner().checked()?;
    let mut walk = Walk::named(&app, vec![stored(&app, *id).await?]);
    apply(&app, &admin, &mut walk, &row, &change).await?;
    app.actors.key_pool.save().await?;
    Ok(HttpResponse::Ok().json(view(&app, *id).await?))
}

/// Changes all keys of the walk, in the database and in the pool; returns how many there were.
pub async fn apply(
    app: &App,
    admin: &Administrator,
    walk: &mut Walk<'_>,
    row: &KeyChange,
    change: &Change,
) -> Result<usize, ApiError> {
    let mut affected = 0;
    loop {
        let rows = walk.next().await?;
        if rows.is_empty() {
            return Ok(affected);
        }
        let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
        let before = |key: &UpstreamKey| touched(key, row);
        let deed = walk.deed("key.update", &rows, before, Value::Object(told(row)));
        let mut conn = app.database.get().await?;
        affected += conn
            .transaction(async |conn| {
                let changed = UpstreamKey::change(conn, &ids, row).await?;
                admin.did(app, conn, deed).await?;
                Ok::<_, ApiError>(changed)
            })
            .await?;
        drop(conn);
        if *change != Change::default() {
            app.actors.key_pool.change(names(&rows), change.clone()).await?;
        }
    }
}
