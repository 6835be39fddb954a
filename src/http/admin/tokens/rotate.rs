//! `POST /admin/tokens/{id}/rotate`.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Deserialize;
use utoipa::ToSchema;

use super::target;
use super::view::{MadeToken, TokenView};
use crate::app::App;
use crate::audit::Deed;
use crate::auth::FreshToken;
use crate::error::{Admin, AdminError, ApiError, invalid, not_found};
use crate::http::extract::{Json, Sudo};
use crate::models::client_token::{ClientToken, Rotation};

/// The longest that two tokens work side by side: thirty days, in seconds.
const GRACE_MAX: i64 = 2_592_000;

/// How to rotate.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rotate {
    /// Seconds for which the old token works beside the new one, up to thirty days; 0 unless given.
    #[serde(default)]
    #[schema(example = 3600)]
    grace: i64,
}

/// Puts a new token in the place of the old one and shows it, once. Limits, counts and rules stay.
/// A token from a rotation before this one stops at once.
#[utoipa::path(
    post, path = "/admin/tokens/{id}/rotate", tag = "Tokens", request_body = Rotate,
    params(("id" = i64, Path, description = "Its number", example = 12)),
    responses(
        (status = 200, body = MadeToken),
        (status = 400, body = AdminError),
        (status = 401, body = AdminError),
        (status = 403, body = AdminError, description = "`sudo_required`, or no administrator"),
        (status = 404, body = AdminError),
        (status = 413, body = AdminError),
        (status = 415, body = AdminError),
        (status = 422, body = AdminError),
    ),
)]
pub async fn rotate(
    Sudo(admin): Sudo,
    app: web::Data<App>,
    id: web::Path<i64>,
    how: Json<Rotate>,
) -> Result<HttpResponse, Admin> {
    if !(0..=GRACE_MAX).contains(&how.grace) {
        return Err(invalid("grace", "seconds, at most thirty days").into());
    }
    let now = app.clock.now();
    let mut conn = app.database.get().await?;
    let rotated = conn.transaction(async |conn| {
        let before = ClientToken::by_id(conn, *id).await?.ok_or_else(|| not_found("token"))?;
        let fresh = FreshToken::make(&app.vault, before.user_id)?;
        let kept = how.grace > 0;
        let rotation = Rotation {
            masked: &fresh.masked,
            token_hash: &fresh.hash,
            sealed: &fresh.sealed.sealed,
            sealed_with: &fresh.sealed.sealed_with,
            previous_hash: kept.then_some(before.token_hash.as_str()),
            previous_until: kept.then(|| now.plus_secs(how.grace).naive()),
        };
        let row = ClientToken::rotate(conn, *id, &rotation).await?;
        let row = row.ok_or_else(|| not_found("token"))?;
        let deed = Deed::new("token.rotate", target(row.id));
        let deed = deed.before(TokenView::of(&before, now)).after(TokenView::of(&row, now));
        admin.did(&app, conn, deed).await?;
        Ok::<_, ApiError>((before, row, fresh))
    });
    let (before, row, fresh) = rotated.await?;
    app.tokens.forget_row(&before);
    app.tokens.forget_row(&row);
    Ok(MadeToken::answer(StatusCode::OK, &row, fresh.token, now))
}
