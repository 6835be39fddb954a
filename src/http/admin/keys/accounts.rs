//! `GET /admin/accounts`.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::query::scope;
use crate::app::App;
use crate::clock::rfc3339;
use crate::error::{Admin, AdminError};
use crate::http::admin::search::exact;
use crate::http::admin::stats::settle;
use crate::http::extract::Administrator;
use crate::http::status::success_rate;
use crate::models::account::AccountRow;
use crate::models::page::{Page, Paging};

/// Page and filters.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AccountQuery {
    /// From 1.
    page: Option<i64>,
    /// Rows of a page: 1 to 200, 50 unless given.
    #[serde(rename = "pageSize")]
    page_size: Option<i64>,
    /// `ollama` unless given; `all` for every one.
    provider: Option<String>,
    /// Text in the account's name, in any case.
    search: Option<String>,
}

/// One page of accounts.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccountPage {
    accounts: Vec<Account>,
    #[serde(flatten)]
    paging: Paging,
}

/// An account and what its keys add up to.
#[derive(Debug, Serialize, ToSchema)]
struct Account {
    #[schema(example = "ollama")]
    provider: String,
    #[schema(example = "ann")]
    account: String,
    #[schema(example = 3)]
    keys: i64,
    /// Of those, in rotation.
    #[schema(example = 2)]
    active: i64,
    /// Until when all its keys wait together.
    #[schema(example = "2026-11-24T10:00:00.000Z")]
    cooling_until: Option<String>,
    /// Requests at once over all its keys; 0 for no cap.
    #[schema(example = 3)]
    max_concurrency: i32,
    /// Requests under way in this process; counted only where there is a cap.
    #[schema(example = 1)]
    in_use: u32,
    #[schema(example = 1200)]
    requests: i64,
    /// Percent of those that ended one way or the other.
    #[schema(example = 99.5)]
    success_rate: f64,
    #[schema(example = "2026-11-24T09:30:00.000Z")]
    last_used: Option<String>,
}

/// One page of the accounts, by name. Keys without an account are in none.
#[utoipa::path(
    get, path = "/admin/accounts", tag = "Keys", params(AccountQuery),
    responses(
        (status = 200, body = AccountPage), (status = 401, body = AdminError),
        (status = 404, body = AdminError), (status = 422, body = AdminError),
        (status = 503, body = AdminError),
    ),
)]
pub async fn accounts(
    _: Administrator,
    app: web::Data<App>,
    query: web::Query<AccountQuery>,
) -> Result<HttpResponse, Admin> {
    let provider = scope(&app, query.provider.as_deref())?;
    let search = exact("search", query.search.as_deref())?;
    let page = Page::new(query.page, query.page_size);
    settle(&app).await;
    let now = app.clock.now().naive();
    let mut conn = app.database.get().await?;
    let (rows, total) =
        AccountRow::list(&mut conn, provider.as_deref(), search.as_deref(), page, now).await?;
    drop(conn);
    let names = rows.iter().map(|row| (row.provider.clone(), row.account.clone())).collect();
    let in_use = app.actors.key_pool.in_use(names).await?;
    let accounts = rows.into_iter().zip(in_use).map(|(row, in_use)| one(row, in_use)).collect();
    Ok(HttpResponse::Ok().json(AccountPage { accounts, paging: page.of(total) }))
}

fn one(row: AccountRow, in_use: u32) -> Account {
    Account {
        provider: row.provider,
        account: row.account,
        keys: row.keys,
        active: row.active,
        cooling_until: row.cooling_until.map(rfc3339),
        max_concurrency: row.max_concurrency,
        in_use,
        requests: row.requests,
        success_rate: success_rate(row.success, row.failure),
        last_used: row.last_used_at.map(rfc3339),
    }
}
