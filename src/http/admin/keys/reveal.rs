//! `POST /admin/api-keys/{id}/reveal`.

use std::time::Duration;

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::show::stored;
use super::walk::name;
use crate::actors::key_pool::PURPOSE;
use crate::app::App;
use crate::audit::Deed;
use crate::error::{Admin, AdminError, ApiError, ErrorCode};
use crate::http::extract::{Administrator, Confirmed};

/// Keys that one administrator may look at in an hour, from one address: enough to set up a few
/// clients, too few to carry a pool away unnoticed.
const REVEALS_MAX: u64 = 30;

const WINDOW: Duration = Duration::from_secs(3600);

/// The whole key.
#[derive(Serialize, ToSchema)]
pub struct Revealed {
    #[schema(example = "sk-0123456789abcdef")]
    api_key: String,
}

/// The whole key. Noted in the audit log; 30 an hour.
#[utoipa::path(
    post, path = "/admin/api-keys/{id}/reveal", tag = "Keys",
    params(("id" = i64, Path), ("X-Totp-Code" = Option<String>, Header, description = "Of whoever is signed in with a second factor")),
    responses(
        (status = 200, body = Revealed), (status = 401, body = AdminError),
        (status = 404, body = AdminError), (status = 429, body = AdminError),
        (status = 500, body = AdminError), (status = 503, body = AdminError),
    ),
)]
pub async fn reveal(
    Confirmed(admin): Confirmed,
    app: web::Data<App>,
    id: web::Path<i64>,
) -> Result<HttpResponse, Admin> {
    limit(&app, &admin, "reveal", REVEALS_MAX).await?;
    let row = stored(&app, *id).await?;
    let api_key = app.vault.open(PURPOSE, &row.secret())?;
    let deed = Deed::new("key.reveal", format!("key:{}", row.id)).after(name(&row));
    let mut conn = app.database.get().await?;
    conn.transaction(async |conn| admin.did(&app, conn, deed).await).await?;
    let mut answer = HttpResponse::Ok();
    answer.insert_header((CACHE_CONTROL, "no-store"));
    Ok(answer.json(Revealed { api_key }))
}

/// 429 when this administrator has asked for secrets in this way too often within an hour, from
/// this address.
pub async fn limit(
    app: &App,
    admin: &Administrator,
    what: &str,
    most: u64,
) -> Result<(), ApiError> {
    let name = format!("{what}:{}:{}", admin.0.name, admin.0.address);
    if app.cache.hit(&name, WINDOW).await > most {
        let words = format!("at most {most} an hour");
        let error = ApiError::new(ErrorCode::RateLimited, words);
        return Err(error.retry_after(WINDOW.as_secs()));
    }
    Ok(())
}
