//! `POST /admin/tokens/{id}/reveal`.

use std::time::Duration;

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::target;
use crate::app::App;
use crate::audit::Deed;
use crate::error::{Admin, AdminError, ApiError, ErrorCode, not_found};
use crate::http::extract::Sudo;
use crate::models::client_token::ClientToken;

/// So many tokens are shown to one administrator in a window: enough to look one up, too few to
/// carry all away unnoticed.
const REVEALS_MAX: u64 = 20;
const WINDOW: Duration = Duration::from_secs(60);

/// A token, whole.
#[derive(Serialize, ToSchema)]
pub struct RevealedToken {
    /// The token.
    #[schema(example = "sk-pool-…")]
    token: String,
}

/// Shows a whole token again. It is noted in the audit log before it is shown.
#[utoipa::path(
    post, path = "/admin/tokens/{id}/reveal", tag = "Tokens",
    params(("id" = i64, Path, description = "Its number", example = 12)),
    responses(
        (status = 200, body = RevealedToken),
        (status = 401, body = AdminError),
        (status = 403, body = AdminError, description = "`sudo_required`, or no administrator"),
        (status = 404, body = AdminError),
        (status = 429, body = AdminError, description = "Twenty a minute"),
    ),
)]
pub async fn reveal(
    Sudo(admin): Sudo,
    app: web::Data<App>,
    id: web::Path<i64>,
) -> Result<HttpResponse, Admin> {
    let name = format!("token-reveals:{}", admin.0.name);
    if app.cache.hit(&name, WINDOW).await > REVEALS_MAX {
        let error = ApiError::new(ErrorCode::RateLimited, "too many tokens were revealed");
        return Err(error.retry_after(WINDOW.as_secs()).into());
    }
    let mut conn = app.database.get().await?;
    let noted = conn.transaction(async |conn| {
        let found = ClientToken::sealed(conn, *id).await?.ok_or_else(|| not_found("token"))?;
        admin.did(&app, conn, Deed::new("token.reveal", target(*id))).await?;
        Ok::<_, ApiError>(found)
    });
    let token = noted.await?.open(&app.vault)?;
    let mut response = HttpResponse::Ok();
    response.insert_header((CACHE_CONTROL, "no-store"));
    Ok(response.json(RevealedToken { token }))
}
