//! `GET /admin/tokens`, and `GET /admin/client-tokens`.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::view::TokenView;
use crate::app::App;
use crate::error::{Admin, AdminError, ApiError, invalid};
use crate::http::admin::search::exact;
use crate::http::admin::stats::settle;
use crate::http::extract::{Administrator, provider};
use crate::models::client_token::{ClientToken, TokenFilter, TokenSort, TokenStatus};
use crate::models::page::{Page, Paging};

/// Page, filters and order.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TokenQuery {
    /// From 1.
    #[param(example = 1)]
    page: Option<i64>,
    /// Rows of a page: 1 to 200, 50 unless given.
    #[serde(rename = "pageSize")]
    #[param(example = 50)]
    page_size: Option<i64>,
    /// Part of a name or of a masked token, in any case.
    search: Option<String>,
    /// Those restricted to this provider, alone or among others; `all` or nothing for every token.
    provider: Option<String>,
    /// Those in this state.
    #[serde(default)]
    #[param(inline, required = false)]
    status: TokenStatus,
    /// `id`, `name`, `expires_at`, `last_used` or `request_count`; `-` before it turns it round.
    /// Newest first unless given.
    #[param(example = "-request_count")]
    sort: Option<String>,
}

/// One page of tokens.
#[derive(Serialize, ToSchema)]
pub struct TokenList {
    tokens: Vec<TokenView>,
    #[serde(flatten)]
    paging: Paging,
}

/// One page of tokens, under the older name.
#[derive(Serialize, ToSchema)]
pub struct ClientTokenList {
    client_tokens: Vec<TokenView>,
    #[serde(flatten)]
    paging: Paging,
}

/// One page of the tokens, masked.
#[utoipa::path(
    get, path = "/admin/tokens", tag = "Tokens", params(TokenQuery),
    responses(
        (status = 200, body = TokenList),
        (status = 401, body = AdminError),
        (status = 404, body = AdminError, description = "There is no such provider"),
        (status = 422, body = AdminError, description = "The query has a wrong value"),
    ),
)]
pub async fn list(
    _: Administrator,
    app: web::Data<App>,
    query: web::Query<TokenQuery>,
) -> Result<HttpResponse, Admin> {
    let (tokens, paging) = listed(&app, &query).await?;
    Ok(HttpResponse::Ok().json(TokenList { tokens, paging }))
}

/// One page of the tokens, masked, under the older field name.
#[utoipa::path(
    get, path = "/admin/client-tokens", tag = "Tokens", params(TokenQuery),
    responses(
        (status = 200, body = ClientTokenList),
        (status = 401, body = AdminError),
        (status = 404, body = AdminError, description = "There is no such provider"),
        (status = 422, body = AdminError, description = "The query has a wrong value"),
    ),
)]
pub async fn list_as_client_tokens(
    _: Administrator,
    app: web::Data<App>,
    query: web::Query<TokenQuery>,
) -> Result<HttpResponse, Admin> {
    let (client_tokens, paging) = listed(&app, &query).await?;
    Ok(HttpResponse::Ok().json(ClientTokenList { client_tokens, paging }))
}

async fn listed(app: &App, query: &TokenQuery) -> Result<(Vec<TokenView>, Paging), ApiError> {
    let (filter, page) = (query.filter(app)?, Page::new(query.page, query.page_size));
    settle(app).await;
    let now = app.clock.now();
    let mut conn = app.database.get().await?;
    let (rows, total) = ClientToken::list(&mut conn, &filter, page, now.naive()).await?;
    Ok((rows.iter().map(|row| TokenView::of(row, now)).collect(), page.of(total)))
}

impl TokenQuery {
    fn filter(&self, app: &App) -> Result<TokenFilter, ApiError> {
        let only = self.provider.as_deref().filter(|named| !matches!(*named, "" | "all"));
        let only = only.map(|named| provider(app, Some(named))).transpose()?;
        let (sort, descending) = self.sort()?;
        Ok(TokenFilter {
            provider: only.map(|only| only.id.clone()),
            status: self.status,
            search: exact("search", self.search.as_deref())?,
            sort,
            descending,
        })
    }

    fn sort(&self) -> Result<(TokenSort, bool), ApiError> {
        let text = self.sort.as_deref().unwrap_or("-id");
        let (name, descending) = match text.strip_prefix('-') {
            Some(name) => (name, true),
            None => (text, false),
        };
        let sort = match name {
            "id" => TokenSort::Id,
            "name" => TokenSort::Name,
            "expires_at" => TokenSort::ExpiresAt,
            "last_used" => TokenSort::LastUsed,
            "request_count" => TokenSort::RequestCount,
            _ => {
                let known = "id, name, expires_at, last_used or request_count";
                return Err(invalid("sort", format!("sort by {known}; `-` turns it round")));
            }
        };
        Ok((sort, descending))
    }
}
