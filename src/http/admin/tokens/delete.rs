//! `DELETE /admin/tokens` and `DELETE /admin/tokens/{id}`.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::target;
use super::view::TokenView;
use crate::app::App;
use crate::audit::Deed;
use crate::error::{Admin, AdminError, ApiError, invalid, not_found};
use crate::http::extract::{Administrator, Json};
use crate::models::client_token::ClientToken;
use crate::vault::token_hash;

/// Which token: one of the two.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WhichToken {
    /// Its number.
    #[schema(example = 12)]
    id: Option<i64>,
    /// The token itself.
    token: Option<String>,
}

/// It is gone.
#[derive(Serialize, ToSchema)]
pub struct DeletedToken {
    /// Always true.
    success: bool,
    /// Always one.
    #[schema(example = 1)]
    deleted: u32,
}

/// Deletes a token by id or by itself.
#[utoipa::path(
    delete, path = "/admin/tokens", tag = "Tokens", request_body = WhichToken,
    responses(
        (status = 200, body = DeletedToken),
        (status = 400, body = AdminError),
        (status = 401, body = AdminError),
        (status = 404, body = AdminError),
        (status = 413, body = AdminError),
        (status = 415, body = AdminError),
        (status = 422, body = AdminError),
    ),
)]
pub async fn delete(
    admin: Administrator,
    app: web::Data<App>,
    which: Json<WhichToken>,
) -> Result<HttpResponse, Admin> {
    let id = match (&which.token, which.id) {
        (_, Some(id)) => id,
        (Some(token), None) => {
            let hash = hex::encode(token_hash(token.trim()));
            let found = ClientToken::by_hash(&mut app.database.get().await?, &hash).await?;
            let now = app.clock.now().naive();
            // A token that a rotation has put out of use names nothing any more.
            let opens = |row: &ClientToken| {
                row.token_hash == hash || row.previous_until.is_some_and(|until| until > now)
            };
            found.filter(opens).ok_or_else(|| not_found("token"))?.id
        }
        (None, None) => return Err(invalid("id", "name a token, by `id` or `token`").into()),
    };
    Ok(remove(&app, &admin, id).await?)
}

/// Deletes a token by its id.
#[utoipa::path(
    delete, path = "/admin/tokens/{id}", tag = "Tokens",
    params(("id" = i64, Path, description = "Its number", example = 12)),
    responses(
        (status = 200, body = DeletedToken),
        (status = 401, body = AdminError),
        (status = 404, body = AdminError),
    ),
)]
pub async fn delete_one(
    admin: Administrator,
    app: web::Data<App>,
    id: web::Path<i64>,
) -> Result<HttpResponse, Admin> {
    Ok(remove(&app, &admin, *id).await?)
}

async fn remove(app: &App, admin: &Administrator, id: i64) -> Result<HttpResponse, ApiError> {
    let now = app.clock.now();
    let mut conn = app.database.get().await?;
    let deleted = conn.transaction(async |conn| {
        let gone = ClientToken::delete(conn, id).await?.ok_or_else(|| not_found("token"))?;
        let deed = Deed::new("token.delete", target(id)).before(TokenView::of(&gone, now));
        admin.did(app, conn, deed).await?;
        Ok::<_, ApiError>(gone)
    });
    app.tokens.forget_row(&deleted.await?);
    Ok(HttpResponse::Ok().json(DeletedToken { success: true, deleted: 1 }))
}
