//! `DELETE /admin/providers/{id}`.

use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Noted, built_in};
use crate::app::App;
use crate::audit::Deed;
use crate::error::{Admin, AdminError, ApiError, ErrorCode, not_found};
use crate::http::admin::search::called;
use crate::http::extract::Sudo;
use crate::models::provider::ProviderRow;
use crate::models::route::{Alias, FallbackStep};
use crate::provider::{self, reload};

/// What was deleted.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProviderDeleted {
    /// It is gone.
    pub success: bool,
    /// Aliases that went with it.
    #[schema(example = 2)]
    pub aliases: usize,
    /// Steps of fallbacks, from it and to it, that went with it.
    #[schema(example = 1)]
    pub fallbacks: usize,
}

/// Deletes a provider without keys, with its aliases and the fallbacks from and to it. Statistics
/// stay.
#[utoipa::path(
    delete, path = "/admin/providers/{id}", tag = "Providers",
    params(("id" = String, Path, description = "The provider", example = "groq")),
    responses(
        (status = 200, body = ProviderDeleted),
        (status = 401, body = AdminError),
        (status = 403, body = AdminError, description = "`sudo_required`, or no administrator"),
        (status = 404, body = AdminError),
        (status = 409, body = AdminError, description = "It has keys; the error says how many"),
        (status = 422, body = AdminError, description = "It is built in"),
    ),
)]
pub async fn delete(
    Sudo(admin): Sudo,
    app: web::Data<App>,
    id: web::Path<String>,
) -> Result<HttpResponse, Admin> {
    if provider::BUILT_IN.contains(&id.as_str()) {
        return Err(built_in("a built-in provider can be switched off, but not deleted").into());
    }
    let mut conn = app.database.get().await?;
    let deleted = conn
        .transaction(async |conn| {
            let row = ProviderRow::find(conn, called("provider", &id)?).await?;
            let row = row.ok_or_else(|| not_found("provider"))?;
            let keys = ProviderRow::keys(conn, &id).await?;
            if keys > 0 {
                let words = format!("the provider has {keys} keys: delete them first");
                return Err(ApiError::new(ErrorCode::InUse, words));
            }
            let aliases = Alias::delete_of(conn, &id).await?;
            let fallbacks = FallbackStep::delete_of(conn, &id).await?;
            ProviderRow::delete(conn, &id).await?;
            let deed = Deed::new("provider.delete", format!("provider:{}", *id));
            admin.did(&app, conn, deed.before(Noted::from(&row))).await?;
            Ok(ProviderDeleted { success: true, aliases, fallbacks })
        })
        .await?;
    drop(conn);
    reload::everywhere(&app).await?;
    Ok(HttpResponse::Ok().json(deleted))
}
