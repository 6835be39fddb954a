//! `PATCH /admin/providers/{id}`.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use utoipa::ToSchema;

use super::moved::Moved;
use super::{Noted, ProviderView, built_in, checked_kind, checked_name, view_of};
use crate::app::App;
use crate::audit::Deed;
use crate::error::{Admin, AdminError, ApiError, ErrorCode, not_found};
use crate::http::extract::{Administrator, Json};
use crate::models::provider::ProviderRow;
use crate::provider::{Provider, reload};
use crate::upstream::guard::Guard;

/// What to change; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProviderChange {
    /// Its name for people.
    #[schema(example = "Groq")]
    name: Option<String>,
    /// Where its API is; not for built-in ones.
    #[schema(example = "https://api.groq.com/openai")]
    base_url: Option<String>,
    /// Which rules read its errors; not for built-in ones.
    #[schema(example = "openai")]
    kind: Option<String>,
    /// Switched on.
    enabled: Option<bool>,
}

/// Changes a provider, at once and without a restart. Requests under way end where they began.
///
/// Where its origin (scheme, host and port) or its kind changes, its keys are held back: none is
/// sent to the new place, in no request, check, probe or test, until an administrator confirms it
/// (`POST /admin/providers/{id}/confirm`). All administrators are mailed.
#[utoipa::path(
    patch, path = "/admin/providers/{id}", tag = "Providers", request_body = ProviderChange,
    params(("id" = String, Path, description = "The provider", example = "groq")),
    responses(
        (status = 200, body = ProviderView),
        (status = 400, body = AdminError, description = "The body is no JSON"),
        (status = 401, body = AdminError),
        (status = 403, body = AdminError, description = "`sudo_required` for some of it, or no administrator"),
        (status = 404, body = AdminError),
        (status = 409, body = AdminError, description = "The environment switches it off"),
        (status = 422, body = AdminError, description = "A value that can't be"),
    ),
)]
pub async fn change(
    admin: Administrator,
    app: web::Data<App>,
    id: web::Path<String>,
    change: Json<ProviderChange>,
) -> Result<HttpResponse, Admin> {
    // Wherever it is, that is where its keys are sent.
    if change.base_url.is_some() || change.kind.is_some() {
        admin.sudo(app.clock.now())?;
    }
    let provider = app.providers.get(&id).ok_or_else(|| not_found("provider"))?;
    let change = checked(&app, &provider, change.into_inner()).await?;
    let mut conn = app.database.get().await?;
    let moved = conn.transaction(async |conn| {
        let stored = ProviderRow::find(conn, &id).await?;
        if stored.is_none() && !provider.is_built_in() {
            return Err(not_found("provider"));
        }
        let is_new = stored.is_none();
        let before = stored.unwrap_or_else(|| row_of(&app, &provider));
        let after = change.over(&before);
        let deed = Deed::new("provider.change", format!("provider:{}", *id));
        let deed = deed.before(Noted::from(&before)).after(Noted::from(&after));
        if is_new {
            after.insert(conn).await?
        } else {
            after.update(conn).await?
        };
        admin.did(&app, conn, deed).await?;
        Ok(Moved::between(&before, &after, &admin))
    });
    let moved = moved.await?;
    drop(conn);
    reload::everywhere(&app).await?;
    if let Some(moved) = moved {
        moved.tell(&app).await?;
    }
    Ok(HttpResponse::Ok().json(view_of(&app, &id).await?))
}

async fn checked(
    app: &App,
    provider: &Provider,
    change: ProviderChange,
) -> Result<ProviderChange, ApiError> {
    if provider.is_built_in() {
        if change.base_url.is_some() || change.kind.is_some() {
            return Err(built_in("the environment decides where a built-in provider is"));
        }
        if change.enabled == Some(true) && app.providers.is_forced_off(&provider.id) {
            let words = "the environment switches this provider off (DISABLE_OLLAMA, \
                         DISABLE_OPENROUTER)";
            return Err(ApiError::new(ErrorCode::InUse, words));
        }
    }
    let base_url = match &change.base_url {
        Some(url) => Some(Guard::new(&app.config.upstream).check(url).await?),
        None => None,
    };
    Ok(ProviderChange {
        name: change.name.as_deref().map(checked_name).transpose()?,
        kind: change.kind.as_deref().map(checked_kind).transpose()?,
        base_url,
        enabled: change.enabled,
    })
}

impl ProviderChange {
    fn over(&self, row: &ProviderRow) -> ProviderRow {
        let or = |new: &Option<String>, old: &String| new.as_ref().unwrap_or(old).clone();
        let after = ProviderRow {
            id: row.id.clone(),
            name: or(&self.name, &row.name),
            base_url: or(&self.base_url, &row.base_url),
            kind: or(&self.kind, &row.kind),
            enabled: self.enabled.unwrap_or(row.enabled),
            created_at: row.created_at,
            confirmed_origin: None,
            confirmed_kind: None,
        };
        after.changed_from(row)
    }
}

/// The row of a built-in provider that nobody changed yet. Its URL is not stored: it may have a
/// password, and the environment is asked each time.
fn row_of(app: &App, provider: &Provider) -> ProviderRow {
    ProviderRow {
        id: provider.id.clone(),
        name: provider.name.clone(),
        base_url: String::new(),
        kind: provider.kind.as_str().to_owned(),
        enabled: true,
        created_at: app.clock.now().naive(),
        confirmed_origin: None,
        confirmed_kind: None,
    }
}
