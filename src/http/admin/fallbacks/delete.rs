//! `DELETE /admin/fallbacks`.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{Fallback, of, target};
use crate::app::App;
use crate::audit::Deed;
use crate::error::{Admin, AdminError, ApiError, not_found};
use crate::http::extract::{Administrator, provider};
use crate::models::route::FallbackStep;
use crate::provider::reload;

/// Which order.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// The provider; `ollama` when left out.
    #[param(example = "ollama")]
    provider: Option<String>,
    /// Its model, or `*`.
    #[param(example = "gpt-oss:120b")]
    model: String,
}

/// Takes an order away.
#[utoipa::path(
    delete, path = "/admin/fallbacks", tag = "Routing", params(Which),
    responses(
        (status = 200, body = Fallback, description = "What it was"),
        (status = 401, body = AdminError),
        (status = 404, body = AdminError),
        (status = 422, body = AdminError, description = "`model` is missing"),
    ),
)]
pub async fn delete(
    admin: Administrator,
    app: web::Data<App>,
    which: web::Query<Which>,
) -> Result<HttpResponse, Admin> {
    let provider = provider(&app, which.provider.as_deref())?.id.clone();
    let mut conn = app.database.get().await?;
    let was = conn
        .transaction(async |conn| {
            let was = of(FallbackStep::all(conn).await?, &provider, &which.model);
            let was = was.ok_or_else(|| not_found("fallback"))?;
            FallbackStep::delete(conn, &provider, &which.model).await?;
            let deed = Deed::new("fallback.delete", target(&was)).before(&was.to);
            admin.did(&app, conn, deed).await?;
            Ok::<_, ApiError>(was)
        })
        .await?;
    drop(conn);
    reload::everywhere(&app).await?;
    Ok(HttpResponse::Ok().json(was))
}
