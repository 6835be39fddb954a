//! `DELETE /admin/aliases`.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use utoipa::IntoParams;

use super::target;
use crate::app::App;
use crate::audit::Deed;
use crate::error::{Admin, AdminError, ApiError, not_found};
use crate::http::extract::{Administrator, provider};
use crate::models::route::Alias;
use crate::provider::reload;

/// Which alias.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// The provider; `ollama` when left out.
    #[param(example = "ollama")]
    provider: Option<String>,
    /// The name that clients use.
    #[param(example = "fast")]
    alias: String,
}

/// Takes a name away.
#[utoipa::path(
    delete, path = "/admin/aliases", tag = "Routing", params(Which),
    responses(
        (status = 200, body = Alias, description = "What it was"),
        (status = 401, body = AdminError),
        (status = 404, body = AdminError),
        (status = 422, body = AdminError, description = "`alias` is missing"),
    ),
)]
pub async fn delete(
    admin: Administrator,
    app: web::Data<App>,
    which: web::Query<Which>,
) -> Result<HttpResponse, Admin> {
    let provider = provider(&app, which.provider.as_deref())?.id.clone();
    let mut conn = app.database.get().await?;
    let row = conn
        .transaction(async |conn| {
            let mut all = Alias::all(conn).await?.into_iter();
            let row = all.find(|row| row.provider == provider && row.alias == which.alias);
            let row = row.ok_or_else(|| not_found("alias"))?;
            row.delete(conn).await?;
            let deed = Deed::new("alias.delete", target(&row.provider, &row.alias));
            admin.did(&app, conn, deed.before(&row)).await?;
            Ok::<_, ApiError>(row)
        })
        .await?;
    drop(conn);
    reload::everywhere(&app).await?;
    Ok(HttpResponse::Ok().json(row))
}
