//! `/admin/aliases`: other names for models.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::app::App;
use crate::audit::Deed;
use crate::error::{Admin, AdminError, ApiError, ErrorCode, invalid, not_found};
use crate::http::extract::{Administrator, provider};
use crate::models::route::Alias;
use crate::provider::reload;
use crate::provider::routes::ANY;
use crate::route::is_model_name;

/// Aliases that there may be: all of them are in memory.
const ALIASES_MAX: usize = 10_000;

/// All aliases.
#[derive(Debug, Serialize, ToSchema)]
pub struct AliasList {
    /// By provider and name.
    pub aliases: Vec<Alias>,
}

/// An alias to add.
#[derive(Debug, Deserialize, ToSchema)]
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

/// Which alias.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// The provider; `ollama` when left out.
    #[param(example = "ollama")]
    provider: Option<String>,
    /// The name that clients use.
    #[param(example = "fast")]
    alias: String,
}

/// All aliases of all providers.
#[utoipa::path(
    get, path = "/admin/aliases", tag = "Routing",
    responses((status = 200, body = AliasList), (status = 401, body = AdminError)),
)]
pub async fn list(_: Administrator, app: web::Data<App>) -> Result<HttpResponse, Admin> {
    let aliases = Alias::all(&mut app.database.get().await?).await?;
    Ok(HttpResponse::Ok().json(AliasList { aliases }))
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
    new: web::Json<NewAlias>,
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
    reload::now(&app).await?;
    Ok(HttpResponse::Created().json(row))
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
    reload::now(&app).await?;
    Ok(HttpResponse::Ok().json(row))
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

fn target(provider: &str, alias: &str) -> String {
    format!("alias:{provider}/{alias}")
}
