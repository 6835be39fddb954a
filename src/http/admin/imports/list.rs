//! `GET /admin/imports`.

use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::clock::rfc3339;
use crate::error::{Admin, AdminError};
use crate::http::extract::Administrator;
use crate::models::import::Import;
use crate::models::page::{Page, Paging};

/// One page of the imports.
#[derive(Serialize, ToSchema)]
pub struct ImportList {
    /// The latest first.
    imports: Vec<ImportView>,
    #[serde(flatten)]
    paging: Paging,
}

/// An import as answers show it.
#[derive(Serialize, ToSchema)]
pub struct ImportView {
    /// By which it can be undone.
    #[schema(example = 7)]
    id: i64,
    /// Whose keys.
    #[schema(example = "ollama")]
    provider: String,
    /// `text`, `file`, `keys`, `accounts`, `import-with-validation` or `command-line`.
    #[schema(example = "file")]
    source: String,
    /// Who imported.
    #[schema(example = "admin-token")]
    actor: String,
    /// Lines.
    #[schema(example = 6)]
    total: i64,
    /// New keys.
    #[schema(example = 2)]
    added: i64,
    /// Keys that the provider had.
    #[schema(example = 1)]
    existing: i64,
    /// Keys that stood in the file twice.
    #[schema(example = 1)]
    duplicates: i64,
    /// Lines at fault.
    #[schema(example = 1)]
    failed: i64,
    /// Lines without a key.
    #[schema(example = 1)]
    skipped: i64,
    /// When.
    #[schema(example = "2026-11-24T10:00:00.000Z")]
    created_at: String,
    /// When it was undone.
    #[schema(example = json!(null))]
    undone_at: Option<String>,
}

/// What was imported, the latest first.
#[utoipa::path(
    get, path = "/admin/imports", tag = "Imports",
    params(Page),
    responses(
        (status = 200, body = ImportList), (status = 401, body = AdminError),
        (status = 422, body = AdminError), (status = 503, body = AdminError),
    ),
)]
pub async fn list(
    _: Administrator,
    app: web::Data<App>,
    page: web::Query<Page>,
) -> Result<HttpResponse, Admin> {
    let mut conn = app.database.get().await?;
    let (rows, total) = Import::list(&mut conn, *page).await?;
    let imports = rows.into_iter().map(ImportView::from).collect();
    Ok(HttpResponse::Ok().json(ImportList { imports, paging: page.of(total) }))
}

impl From<Import> for ImportView {
    fn from(row: Import) -> Self {
        Self {
            id: row.id,
            provider: row.provider,
            source: row.source,
            actor: row.actor,
            total: row.total,
            added: row.added,
            existing: row.existing,
            duplicates: row.duplicates,
            failed: row.failed,
            skipped: row.skipped,
            created_at: rfc3339(row.created_at),
            undone_at: row.undone_at.map(rfc3339),
        }
    }
}
