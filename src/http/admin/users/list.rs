//! `GET /admin/users`.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::UserView;
use crate::app::App;
use crate::error::{Admin, AdminError, ApiError, invalid};
use crate::http::admin::search::words;
use crate::http::admin::stats::settle;
use crate::http::extract::Administrator;
use crate::models::page::{Page, Paging};
use crate::models::user::{Account, Role, UserFilter, UserSort};

/// Page, filters and order.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct UserQuery {
    /// From 1.
    page: Option<i64>,
    /// Rows of a page: 1 to 200, 50 unless given.
    #[serde(rename = "pageSize")]
    page_size: Option<i64>,
    /// Whose address holds this text, in any case.
    search: Option<String>,
    /// Of this role only.
    role: Option<Role>,
    /// Switched on (`true`) or off only.
    #[serde(rename = "isActive", alias = "active")]
    is_active: Option<bool>,
    /// Waiting for an administrator to let them in (`true`), or not.
    pending: Option<bool>,
    /// `id`, `email`, `lastLoginAt`, `lastSignInAt`, `keyExpiresAt` or `keyRequestCount`; a leading
    /// `-` turns it round.
    #[param(example = "-keyRequestCount")]
    sort: Option<String>,
}

/// One page of the users.
#[derive(Serialize, ToSchema)]
pub struct Users {
    /// The users, their keys masked.
    users: Vec<UserView>,
    /// Where in the list one is.
    #[serde(flatten)]
    paging: Paging,
}

/// One page of the users.
#[utoipa::path(
    get, path = "/admin/users", tag = "Users", params(UserQuery),
    responses(
        (status = 200, body = Users), (status = 401, body = AdminError),
        (status = 422, body = AdminError),
    ),
)]
pub async fn list(
    _: Administrator,
    app: web::Data<App>,
    query: web::Query<UserQuery>,
) -> Result<HttpResponse, Admin> {
    let filter = query.filter()?;
    let page = Page::new(query.page, query.page_size);
    settle(&app).await;
    let (rows, total) = Account::list(&mut app.database.get().await?, &filter, page).await?;
    let users = rows.iter().map(UserView::from).collect();
    Ok(HttpResponse::Ok().json(Users { users, paging: page.of(total) }))
}

impl UserQuery {
    fn filter(&self) -> Result<UserFilter, ApiError> {
        let text = self.sort.as_deref().unwrap_or("id");
        let (name, descending) = match text.strip_prefix('-') {
            Some(name) => (name, true),
            None => (text, false),
        };
        let sort = match name {
            "id" | "createdAt" => UserSort::Id,
            "email" => UserSort::Email,
            "lastLoginAt" => UserSort::LastLogin,
            "lastSignInAt" => UserSort::LastSignIn,
            "keyExpiresAt" => UserSort::KeyExpires,
            "keyRequestCount" => UserSort::KeyRequests,
            _ => {
                let known = "id, email, lastLoginAt, lastSignInAt, keyExpiresAt or keyRequestCount";
                return Err(invalid("sort", format!("sort by {known}; `-` turns it round")));
            }
        };
        let search = words("search", self.search.as_deref())?;
        let Self { role, is_active, pending, .. } = *self;
        Ok(UserFilter { search, role, is_active, pending, sort, descending })
    }
}
