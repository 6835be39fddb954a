//! `POST /admin/providers/{id}/confirm`.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Noted, ProviderView, view_of};
use crate::app::App;
use crate::audit::Deed;
use crate::error::{Admin, AdminError, ApiError, invalid, not_found};
use crate::http::admin::search::called;
use crate::http::extract::{Json, Sudo};
use crate::models::provider::ProviderRow;
use crate::provider::{Kind, Provider, reload};

/// The place that is confirmed, as the list shows it: so that nobody confirms another one than they
/// have looked at.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmedPlace {
    /// The provider's `base_url`.
    #[schema(example = "https://api.groq.com/openai")]
    base_url: String,
    /// The provider's `kind`.
    #[schema(example = "openai")]
    kind: String,
}

impl ConfirmedPlace {
    /// Whether the list shows this row so.
    fn is_of(&self, row: &ProviderRow) -> bool {
        let shown = Provider::new(&row.id, &row.name, Kind::from_column(&row.kind), &row.base_url);
        shown.is_ok_and(|shown| shown.base_url == self.base_url && row.kind == self.kind)
    }
}

/// Confirms where a provider has moved to: from now on its keys are sent there. Nothing changes
/// where nothing has moved.
#[utoipa::path(
    post, path = "/admin/providers/{id}/confirm", tag = "Providers",
    params(("id" = String, Path, description = "The provider", example = "groq")),
    request_body = ConfirmedPlace,
    responses(
        (status = 200, body = ProviderView),
        (status = 400, body = AdminError, description = "The body is no JSON"),
        (status = 401, body = AdminError),
        (status = 403, body = AdminError, description = "`sudo_required`, or no administrator"),
        (status = 404, body = AdminError),
        (status = 422, body = AdminError, description = "The provider is elsewhere meanwhile"),
    ),
)]
pub async fn confirm(
    Sudo(admin): Sudo,
    app: web::Data<App>,
    id: web::Path<String>,
    place: Json<ConfirmedPlace>,
) -> Result<HttpResponse, Admin> {
    if app.providers.get(&id).is_some_and(|provider| provider.is_built_in()) {
        return Ok(HttpResponse::Ok().json(view_of(&app, &id).await?));
    }
    let id = called("provider", &id)?;
    let mut conn = app.database.get().await?;
    let confirming = conn.transaction(async |conn| {
        let row = ProviderRow::find(conn, id).await?.ok_or_else(|| not_found("provider"))?;
        if row.confirmed_origin.is_none() {
            return Ok(());
        }
        if !row.confirm(conn).await? || !place.is_of(&row) {
            let words = "base_url: the provider is elsewhere: look again, and name its `base_url` \
                         and its `kind`";
            return Err(invalid("base_url", words));
        }
        let deed = Deed::new("provider.confirm", format!("provider:{id}"));
        let before = serde_json::json!({
            "origin": row.confirmed_origin, "kind": row.confirmed_kind,
        });
        let deed = deed.before(before).after(Noted::from(&row));
        Ok::<_, ApiError>(admin.did(&app, conn, deed).await?)
    });
    confirming.await?;
    drop(conn);
    reload::everywhere(&app).await?;
    Ok(HttpResponse::Ok().json(view_of(&app, id).await?))
}
