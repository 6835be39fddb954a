//! `PATCH /admin/tokens/{id}`, and without the id in the path.

use actix_web::{HttpResponse, web};

use super::fields::TokenFields;
use super::target;
use super::view::TokenView;
use crate::app::App;
use crate::audit::Deed;
use crate::error::{Admin, AdminError, ApiError, invalid, not_found};
use crate::http::extract::{Administrator, Json};
use crate::models::client_token::{ClientToken, TokenChange, TokenRules};

/// Changes what is given, at once.
#[utoipa::path(
    patch, path = "/admin/tokens/{id}", tag = "Tokens", request_body = TokenFields,
    params(("id" = i64, Path, description = "Its number", example = 12)),
    responses(
        (status = 200, body = TokenView),
        (status = 400, body = AdminError),
        (status = 401, body = AdminError),
        (status = 403, body = AdminError, description = "`sudo_required` for some of it, or no administrator"),
        (status = 404, body = AdminError),
        (status = 413, body = AdminError),
        (status = 415, body = AdminError),
        (status = 422, body = AdminError),
    ),
)]
pub async fn change(
    admin: Administrator,
    app: web::Data<App>,
    id: web::Path<i64>,
    fields: Json<TokenFields>,
) -> Result<HttpResponse, Admin> {
    if fields.id.is_some_and(|named| named != *id) {
        return Err(invalid("id", "the path names another token").into());
    }
    Ok(changed(&admin, &app, *id, &fields).await?)
}

/// As the path with the id, which is named in the body here.
#[utoipa::path(
    patch, path = "/admin/tokens", tag = "Tokens", request_body = TokenFields,
    responses(
        (status = 200, body = TokenView),
        (status = 400, body = AdminError),
        (status = 401, body = AdminError),
        (status = 403, body = AdminError, description = "`sudo_required` for some of it, or no administrator"),
        (status = 404, body = AdminError),
        (status = 413, body = AdminError),
        (status = 415, body = AdminError),
        (status = 422, body = AdminError),
    ),
)]
pub async fn change_named(
    admin: Administrator,
    app: web::Data<App>,
    fields: Json<TokenFields>,
) -> Result<HttpResponse, Admin> {
    let id = fields.id.ok_or_else(|| invalid("id", "name the token, by `id`"))?;
    Ok(changed(&admin, &app, id, &fields).await?)
}

async fn changed(
    admin: &Administrator,
    app: &App,
    id: i64,
    fields: &TokenFields,
) -> Result<HttpResponse, ApiError> {
    if fields.opens_more() {
        admin.sudo(app.clock.now())?;
    }
    let (change, rules) = fields.checked(app)?;
    if change == TokenChange::default() && rules == TokenRules::default() {
        return Err(invalid("name", "there is nothing to change"));
    }
    let now = app.clock.now();
    let mut conn = app.database.get().await?;
    let changed = conn.transaction(async |conn| {
        let before = ClientToken::by_id(conn, id).await?.ok_or_else(|| not_found("token"))?;
        let row = ClientToken::change(conn, id, &change, &rules).await?;
        let row = row.ok_or_else(|| not_found("token"))?;
        let deed = Deed::new("token.change", target(row.id));
        let deed = deed.before(TokenView::of(&before, now)).after(TokenView::of(&row, now));
        admin.did(app, conn, deed).await?;
        Ok::<_, ApiError>(row)
    });
    let row = changed.await?;
    app.limiter.changed(row.id).await;
    app.tokens.forget_row(&row);
    Ok(HttpResponse::Ok().json(TokenView::of(&row, now)))
}
