//! `POST /admin/aliases`.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use utoipa::ToSchema;

use super::target;
use crate::app::App;
use crate::audit::Deed;
use crate::error::{Admin, AdminError, ApiError, ErrorCode, invalid};
use crate::http::extract::{Administrator, Json, provider};
use crate::models::route::Alias;
use crate::provider::reload;
use crate::provider::routes::ANY;
use crate::route::is_model_name;

/// Aliases that there may be: all of them are in memory.
const ALIASES_MAX: usize = 10_000;

/// An alias to add.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAlias {
    /// The provider; `ollama` when left out.
    #[schema(example = "ollama")]
    provider: Option<String>,
    /// The name that clients use.
    #[schema(example = "fast")]
    alias: String,
    /// The model that they get.
    #[schema(example = "gpt-oss:20b")]
    model: String,
}

/// Gives a model another name. Requests for it go upstream with the model's own.
#[utoipa::path(
    post, path = "/admin/aliases", tag = "Routing", request_body = NewAlias,
    responses(
        (status = 201, body = Alias),
        (status = 400, body = AdminError, description = "The body is no JSON"),
        (status = 401, body = AdminError),
        (status = 404, body = AdminError, description = "There is no such provider"),
        (status = 409, body = AdminError, description = "The name is an alias already"),
        (status = 422, body = AdminError, description = "A value that can't be, or a chain"),
    ),
)]
pub async fn add(
    admin: Administrator,
    app: web::Data<App>,
    new: Json<NewAlias>,
) -> Result<HttpResponse, Admin> {
    let NewAlias { provider: named, alias, model } = new.into_inner();
    let provider = provider(&app, named.as_deref())?.id.clone();
    if !is_model_name(&alias) || alias == ANY {
        return Err(invalid("alias", "a name has 1 to 256 bytes, none a control character").into());
    }
    if !is_model_name(&model) || model == ANY {
        return Err(invalid("model", "a name has 1 to 256 bytes, none a control character").into());
    }
    if alias == model {
        return Err(invalid("alias", "a model can't be an alias of itself").into());
    }
    let row = Alias { provider, alias, model };
    let mut conn = app.database.get().await?;
    conn.transaction(async |conn| {
        // The audit log's head is locked first, so that two administrators can't add the two
        // halves of a chain beside each other.
        let deed = Deed::new("alias.create", target(&row.provider, &row.alias));
        admin.did(&app, conn, deed.after(&row)).await?;
        refuse_chain(&Alias::all(conn).await?, &row)?;
        let added = row.insert(conn).await?;
        let taken = || ApiError::new(ErrorCode::Conflict, "the name is an alias already");
        added.then_some(()).ok_or_else(taken)
    })
    .await?;
    drop(conn);
    reload::everywhere(&app).await?;
    Ok(HttpResponse::Created().json(row))
}

fn refuse_chain(all: &[Alias], new: &Alias) -> Result<(), ApiError> {
    if all.len() >= ALIASES_MAX {
        return Err(invalid("alias", "there are as many aliases as there may be"));
    }
    let mut of_provider = all.iter().filter(|row| row.provider == new.provider);
    if of_provider.any(|row| row.alias == new.model || row.model == new.alias) {
        return Err(invalid("model", "an alias can't lead to another alias"));
    }
    Ok(())
}
