//! `GET /admin/jobs`, `GET /admin/jobs/{id}` and `DELETE`.

use actix_web::{HttpResponse, web};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::App;
use crate::audit::Deed;
use crate::clock::rfc3339;
use crate::error::{Admin, AdminError, not_found};
use crate::http::extract::Administrator;
use crate::jobs::{Counts, JobStatus, Progress};
use crate::models::job::{JobRow, RUNNING};
use crate::models::page::{Page, Paging};

/// A job as answers show it. The counters stand in `progress` and beside it.
#[derive(Debug, Serialize, ToSchema)]
pub struct JobView {
    /// Its name.
    id: String,
    /// `health_check` or `import_with_validation`.
    #[schema(example = "health_check")]
    kind: String,
    /// How far it is.
    status: JobStatus,
    /// It was asked to stop, and will.
    cancelling: bool,
    /// Who asked for it.
    #[schema(example = "admin-token")]
    actor: String,
    #[serde(flatten)]
    counts: Counts,
    /// How far it is, in numbers.
    progress: Counts,
    /// What came of it, once it has ended; lists don't show it. Of an import: `total`, `counts`,
    /// `categories{}`, and up to a thousand each of `valid[]{line, api_key}` (masked),
    /// `invalid[]{line, reason}` and `unclear[]{line, reason}`. Of a failed job: `error`.
    #[schema(value_type = Option<Object>)]
    result: Option<Value>,
    /// When it was asked for.
    #[schema(example = "2026-01-31T12:00:00.000Z")]
    created_at: String,
    /// When it ended.
    #[schema(example = "2026-01-31T12:05:00.000Z")]
    finished_at: Option<String>,
}

impl JobView {
    /// What this process counts is newer than what it last wrote.
    fn new(app: &App, row: JobRow, result: Option<Value>) -> Self {
        let live = row.id.parse().ok().and_then(|id| app.jobs.get(id));
        let live = live.filter(|_| row.status == RUNNING).and_then(|live| live.counts());
        let counts = live.unwrap_or_else(|| Progress::from_column(&row.progress).counts);
        Self {
            status: JobStatus::from_column(&row.status),
            id: row.id,
            kind: row.kind,
            cancelling: row.cancelling,
            actor: row.actor,
            counts,
            progress: counts,
            result,
            created_at: rfc3339(row.created_at),
            finished_at: row.finished_at.map(rfc3339),
        }
    }
}

/// A page of jobs.
#[derive(Debug, Serialize, ToSchema)]
pub struct JobList {
    jobs: Vec<JobView>,
    #[serde(flatten)]
    paging: Paging,
}

/// A job that was begun.
#[derive(Debug, Serialize, ToSchema)]
pub struct JobBegun {
    /// Ask `GET /admin/jobs/{id}` how far it is.
    job: Uuid,
}

/// Has a stored job begun, and answers with its name.
pub fn begun(app: &App, id: Uuid) -> HttpResponse {
    app.actors.jobs.nudge();
    HttpResponse::Accepted().json(JobBegun { job: id })
}

/// All jobs, newest first. Finished ones are kept for 30 days.
#[utoipa::path(
    get, path = "/admin/jobs", tag = "Jobs", params(Page),
    responses(
        (status = 200, body = JobList),
        (status = 401, body = AdminError),
        (status = 422, body = AdminError),
    ),
)]
pub async fn list(
    _: Administrator,
    app: web::Data<App>,
    page: web::Query<Page>,
) -> Result<HttpResponse, Admin> {
    let mut conn = app.database.get().await?;
    let (rows, total) = JobRow::list(&mut conn, *page).await?;
    let jobs = rows.into_iter().map(|row| JobView::new(&app, row, None)).collect();
    Ok(HttpResponse::Ok().json(JobList { jobs, paging: page.of(total) }))
}

/// How far a job is, and what came of it.
#[utoipa::path(
    get, path = "/admin/jobs/{id}", tag = "Jobs",
    params(("id" = Uuid, Path, description = "The job")),
    responses(
        (status = 200, body = JobView),
        (status = 401, body = AdminError),
        (status = 404, body = AdminError),
    ),
)]
pub async fn show(
    _: Administrator,
    app: web::Data<App>,
    id: web::Path<Uuid>,
) -> Result<HttpResponse, Admin> {
    let mut conn = app.database.get().await?;
    let row = JobRow::find(&mut conn, &id.to_string()).await?;
    let row = row.ok_or_else(|| not_found("job"))?;
    let result = match row.status.as_str() {
        RUNNING => None,
        _ => JobRow::result(&mut conn, &row.id).await?,
    };
    let result = result.and_then(|text| serde_json::from_str(&text).ok());
    Ok(HttpResponse::Ok().json(JobView::new(&app, row, result)))
}

/// Asks a job to stop, whichever process works at it: what is under way is finished, nothing new
/// begun. A job that has ended stays as it is.
#[utoipa::path(
    delete, path = "/admin/jobs/{id}", tag = "Jobs",
    params(("id" = Uuid, Path, description = "The job")),
    responses(
        (status = 200, body = JobView),
        (status = 401, body = AdminError),
        (status = 404, body = AdminError),
    ),
)]
pub async fn cancel(
    admin: Administrator,
    app: web::Data<App>,
    id: web::Path<Uuid>,
) -> Result<HttpResponse, Admin> {
    let (mut conn, text) = (app.database.get().await?, id.to_string());
    let deed = Deed::new("job.cancel", format!("job:{id}"));
    let row = conn
        .transaction(async |conn| {
            if JobRow::ask_to_stop(conn, &text).await? {
                admin.did(&app, conn, deed).await?;
            }
            JobRow::find(conn, &text).await
        })
        .await?;
    let row = row.ok_or_else(|| not_found("job"))?;
    if let Some(live) = app.jobs.get(*id) {
        live.cancel();
    }
    Ok(HttpResponse::Ok().json(JobView::new(&app, row, None)))
}
