//! `POST /admin/tokens`.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use super::fields::TokenFields;
use super::target;
use super::view::{MadeToken, TokenView};
use crate::app::App;
use crate::audit::Deed;
use crate::auth::FreshToken;
use crate::error::{Admin, AdminError, ApiError, invalid};
use crate::http::admin::keys::query::Whose;
use crate::http::extract::{Json, Sudo};
use crate::models::client_token::{ClientToken, NewClientToken};

/// Makes a token and shows it, once. Everything of tokens is also under `/admin/client-tokens`.
#[utoipa::path(
    post, path = "/admin/tokens", tag = "Tokens", params(Whose), request_body = TokenFields,
    responses(
        (status = 201, body = MadeToken),
        (status = 400, body = AdminError),
        (status = 401, body = AdminError),
        (status = 403, body = AdminError, description = "`sudo_required`, or no administrator"),
        (status = 404, body = AdminError, description = "There is no such provider"),
        (status = 413, body = AdminError),
        (status = 415, body = AdminError),
        (status = 422, body = AdminError),
    ),
)]
pub async fn create(
    Sudo(admin): Sudo,
    app: web::Data<App>,
    whose: web::Query<Whose>,
    fields: Json<TokenFields>,
) -> Result<HttpResponse, Admin> {
    let fields = fields.into_inner().of(&whose);
    if fields.id.is_some() {
        return Err(invalid("id", "a new token gets its id").into());
    }
    let name = fields.name()?;
    let (rest, rules) = fields.checked(&app)?;
    let fresh = FreshToken::make(&app.vault, None)?;
    let now = app.clock.now();
    let new = NewClientToken {
        name,
        provider: rest.provider.as_ref().and_then(Option::as_deref),
        masked: &fresh.masked,
        token_hash: &fresh.hash,
        sealed: &fresh.sealed.sealed,
        sealed_with: &fresh.sealed.sealed_with,
        created_at: now.naive(),
        expires_at: rest.expires_at.flatten(),
    };
    let mut conn = app.database.get().await?;
    let made = conn.transaction(async |conn| {
        let row = ClientToken::insert(conn, &new, &rules).await?;
        let deed = Deed::new("token.create", target(row.id)).after(TokenView::of(&row, now));
        admin.did(&app, conn, deed).await?;
        Ok::<_, ApiError>(row)
    });
    let row = made.await?;
    app.tokens.forget(&fresh.hash);
    Ok(MadeToken::answer(StatusCode::CREATED, &row, fresh.token, now))
}
