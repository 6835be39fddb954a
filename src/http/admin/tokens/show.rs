//! `GET /admin/tokens/{id}`.

use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::view::TokenView;
use crate::app::App;
use crate::error::{Admin, AdminError, not_found};
use crate::http::admin::stats::settle;
use crate::http::extract::Administrator;
use crate::models::client_token::ClientToken;

/// A token, and what it is used for now.
#[derive(Serialize, ToSchema)]
pub struct ShownToken {
    #[serde(flatten)]
    token: TokenView,
    /// What it has used today, in UTC.
    today: Today,
    /// Requests under way, where something of it is limited; else 0. Over all replicas where
    /// these are limited and there is Redis, else in the process that answers.
    #[schema(example = 2)]
    under_way: u64,
}

/// Requests that are over, and their tokens.
#[derive(Serialize, ToSchema)]
pub struct Today {
    #[schema(example = 12)]
    requests: u64,
    #[schema(example = 3456)]
    tokens: u64,
}

/// One token, masked.
#[utoipa::path(
    get, path = "/admin/tokens/{id}", tag = "Tokens",
    params(("id" = i64, Path, description = "Its number", example = 12)),
    responses(
        (status = 200, body = ShownToken),
        (status = 401, body = AdminError),
        (status = 404, body = AdminError),
    ),
)]
pub async fn show(
    _: Administrator,
    app: web::Data<App>,
    id: web::Path<i64>,
) -> Result<HttpResponse, Admin> {
    settle(&app).await;
    let now = app.clock.now();
    let mut conn = app.database.get().await?;
    let row = ClientToken::by_id(&mut conn, *id).await?.ok_or_else(|| not_found("token"))?;
    let used = ClientToken::used_on(&mut conn, row.id, now.naive().date()).await?;
    Ok(HttpResponse::Ok().json(ShownToken {
        token: TokenView::of(&row, now),
        today: Today { requests: used.requests, tokens: used.tokens },
        under_way: app.limiter.under_way(row.id, &row.limits()).await,
    }))
}
