//! `POST /admin/providers`.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Noted, ProviderView, checked_kind, checked_name, view_of};
use crate::app::App;
use crate::audit::Deed;
use crate::error::{Admin, AdminError, ApiError, ErrorCode, invalid};
use crate::http::extract::{Json, Sudo};
use crate::models::provider::ProviderRow;
use crate::provider::{self, reload};
use crate::upstream::guard::Guard;

/// Providers that there may be: each is walked through by pages, and has a place in memory.
const PROVIDERS_MAX: usize = 200;

/// A provider to add.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewProvider {
    /// Its name in paths: lower-case letters, digits and hyphens, at most 40, a letter first.
    #[schema(example = "groq")]
    id: String,
    /// Its name for people; the id when left out.
    #[schema(example = "Groq")]
    name: Option<String>,
    /// Where its OpenAI-compatible API is, with or without a final `/v1`. Not in a private network
    /// unless `ALLOW_PRIVATE_UPSTREAMS`.
    #[schema(example = "https://api.groq.com/openai")]
    base_url: String,
    /// Which rules read its errors: `openai`, `ollama` or `openrouter`.
    #[schema(example = "openai")]
    kind: Option<String>,
    /// Switched on; yes when left out.
    enabled: Option<bool>,
}

/// Adds an OpenAI-compatible upstream, which serves at once under `/{id}/v1`.
#[utoipa::path(
    post, path = "/admin/providers", tag = "Providers", request_body = NewProvider,
    responses(
        (status = 201, body = ProviderView),
        (status = 400, body = AdminError, description = "The body is no JSON"),
        (status = 401, body = AdminError),
        (status = 403, body = AdminError, description = "`sudo_required`, or no administrator"),
        (status = 409, body = AdminError, description = "The id is taken"),
        (status = 422, body = AdminError, description = "A value that can't be"),
    ),
)]
pub async fn add(
    Sudo(admin): Sudo,
    app: web::Data<App>,
    new: Json<NewProvider>,
) -> Result<HttpResponse, Admin> {
    let new = new.into_inner();
    if !provider::is_free_name(&new.id) {
        let words = "an id has 1 to 40 lower-case letters, digits and hyphens, begins with a \
                     letter, and is no name of a path";
        return Err(invalid("id", words).into());
    }
    if app.providers.get(&new.id).is_some() {
        return Err(taken().into());
    }
    if app.providers.all().len() >= PROVIDERS_MAX {
        return Err(invalid("id", "there are as many providers as there may be").into());
    }
    let row = ProviderRow {
        name: checked_name(new.name.as_deref().unwrap_or(&new.id))?,
        kind: checked_kind(new.kind.as_deref().unwrap_or("openai"))?,
        base_url: Guard::new(&app.config.upstream).check(&new.base_url).await?,
        enabled: new.enabled.unwrap_or(true),
        created_at: app.clock.now().naive(),
        confirmed_origin: None,
        confirmed_kind: None,
        id: new.id,
    };
    let deed =
        Deed::new("provider.create", format!("provider:{}", row.id)).after(Noted::from(&row));
    let mut conn = app.database.get().await?;
    conn.transaction(async |conn| {
        if !row.insert(conn).await? {
            return Err(taken());
        }
        Ok(admin.did(&app, conn, deed).await?)
    })
    .await?;
    drop(conn);
    reload::everywhere(&app).await?;
    Ok(HttpResponse::Created().json(view_of(&app, &row.id).await?))
}

fn taken() -> ApiError {
    ApiError::new(ErrorCode::Conflict, "there is a provider of this id already").about("id")
}
