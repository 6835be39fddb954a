//! `POST /admin/api-keys/{id}/reveal`.

use std::time::Duration;

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::show::stored;
use super::walk::name;
use crate::app::App;
use crate::audit::Deed;
use crate::error::{Admin, AdminError, ApiError, ErrorCode};
use crate::http::extract::{Administrator, Sudo};

/// Keys that may be looked at in an hour: enough to set up a few clients, too few to carry a pool
/// away unnoticed.
const REVEALS: Ceiling = Ceiling { what: "reveal", each: 30, all: 90 };

const WINDOW: Duration = Duration::from_secs(3600);

/// The whole key.
#[derive(Serialize, ToSchema)]
pub struct Revealed {
    #[schema(example = "sk-0123456789abcdef")]
    api_key: String,
}

/// The whole key. Noted in the audit log; 30 an hour for each administrator, wherever they are, and
/// 90 for all together.
#[utoipa::path(
    post, path = "/admin/api-keys/{id}/reveal", tag = "Keys",
    params(("id" = i64, Path)),
    responses(
        (status = 200, body = Revealed), (status = 401, body = AdminError),
        (status = 403, body = AdminError, description = "`sudo_required`, or no administrator"),
        (status = 404, body = AdminError), (status = 429, body = AdminError),
        (status = 500, body = AdminError), (status = 503, body = AdminError),
    ),
)]
pub async fn reveal(
    Sudo(admin): Sudo,
    app: web::Data<App>,
    id: web::Path<i64>,
) -> Result<HttpResponse, Admin> {
    REVEALS.count(&app, &admin).await?;
    let row = stored(&app, *id).await?;
    let api_key = row.open(&app.vault)?;
    let deed = Deed::new("key.reveal", format!("key:{}", row.id)).after(name(&row));
    let mut conn = app.database.get().await?;
    conn.transaction(async |conn| admin.did(&app, conn, deed).await).await?;
    let mut answer = HttpResponse::Ok();
    answer.insert_header((CACHE_CONTROL, "no-store"));
    Ok(answer.json(Revealed { api_key }))
}

/// How often secrets are shown in one way in an hour.
pub struct Ceiling {
    /// The way, as counters are named.
    pub what: &'static str,
    /// For one administrator. All who have the admin token are one.
    pub each: u64,
    /// For all together.
    pub all: u64,
}

impl Ceiling {
    /// Counts one more; 429 when this administrator, or all together, have had too many.
    pub async fn count(&self, app: &App, admin: &Administrator) -> Result<(), ApiError> {
        let Self { what, each, all } = self;
        let by = format!("{what}:by:{}", admin.0.name);
        if app.cache.hit(&by, WINDOW).await > *each {
            return Err(too_often(format!("at most {each} an hour")));
        }
        if app.cache.hit(&format!("{what}:all"), WINDOW).await > *all {
            return Err(too_often(format!("at most {all} an hour for all administrators")));
        }
        Ok(())
    }
}

fn too_often(words: String) -> ApiError {
    ApiError::new(ErrorCode::RateLimited, words).retry_after(WINDOW.as_secs())
}
