//! `POST /admin/imports/{id}/undo`.

use actix_web::{HttpResponse, web};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::work::STORING;
use crate::app::App;
use crate::audit::Deed;
use crate::error::{Admin, AdminError, ApiError, ErrorCode, not_found};
use crate::http::extract::Administrator;
use crate::models::import::Import;
use crate::pool::key::KeyId;

/// Keys taken out of the pool at once: it serves nobody meanwhile.
const CHUNK: usize = 200;

/// What an undo came to.
#[derive(Serialize, ToSchema)]
pub struct Undone {
    #[schema(example = true)]
    success: bool,
    #[schema(example = 7)]
    import_id: i64,
    /// Keys that the import had brought and that were still there.
    #[schema(example = 2)]
    deleted: usize,
}

/// Deletes the keys that an import brought.
#[utoipa::path(
    post, path = "/admin/imports/{id}/undo", tag = "Imports",
    params(("id" = i64, Path, description = "The `import_id` of its report", example = 7)),
    responses(
        (status = 200, body = Undone), (status = 401, body = AdminError),
        (status = 404, body = AdminError), (status = 409, body = AdminError),
        (status = 503, body = AdminError),
    ),
)]
pub async fn undo(
    admin: Administrator,
    app: web::Data<App>,
    id: web::Path<i64>,
) -> Result<HttpResponse, Admin> {
    let id = *id;
    // Statistics of the keys' last requests are written while they are still there.
    let _ = app.actors.stats.flush().await;
    let _turn = STORING.lock().await;
    let mut conn = app.database.get().await?;
    let import = Import::find(&mut conn, id).await?.ok_or_else(|| not_found("import"))?;
    let now = app.clock.now().naive();
    let deleted = conn
        .transaction(async |conn| {
            let deleted = Import::undo(conn, id, now).await?.ok_or_else(undone_before)?;
            let deed = Deed::new("key.import.undo", format!("import:{id}"));
            let deed = deed.before(json!({"provider": import.provider, "added": import.added}));
            admin.did(&app, conn, deed.after(json!({"deleted": deleted.len()}))).await?;
            Ok::<_, ApiError>(deleted)
        })
        .await?;
    drop(conn);
    forget(&app, &import.provider, &deleted).await?;
    let deleted = deleted.len();
    Ok(HttpResponse::Ok().json(Undone { success: true, import_id: id, deleted }))
}

async fn forget(app: &App, provider: &str, keys: &[KeyId]) -> Result<(), ApiError> {
    for chunk in keys.chunks(CHUNK) {
        let names = chunk.iter().map(|key| (provider.to_owned(), *key)).collect();
        app.actors.key_pool.remove(names).await?;
    }
    Ok(())
}

fn undone_before() -> ApiError {
    ApiError::new(ErrorCode::Conflict, "the import was undone before")
}
