//! `GET /admin/users/{id}/signins`.

use actix_web::{HttpResponse, web};
use diesel::QueryResult;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::found;
use crate::app::App;
use crate::clock::rfc3339;
use crate::db::Conn;
use crate::error::{Admin, AdminError};
use crate::http::extract::Administrator;
use crate::models::page::Page;
use crate::models::user::SignIn;

/// The most check-ins of one page.
const LIMIT_MAX: i64 = 50;

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SignInsQuery {
    /// From 1.
    page: Option<i64>,
    /// Check-ins of a page: 1 to 50, 20 unless given.
    limit: Option<i64>,
}

/// A check-in.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignInView {
    /// Its number.
    #[schema(example = 77)]
    id: i64,
    /// The day, in UTC.
    #[schema(example = "2026-11-24")]
    sign_day: String,
    /// The moment.
    #[schema(example = "2026-11-24T08:00:00.000Z")]
    created_at: String,
}

/// One page of the check-ins, newest first.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignIns {
    items: Vec<SignInView>,
    /// Check-ins in all.
    #[schema(example = 41)]
    total: i64,
    /// This page, from 1.
    #[schema(example = 1)]
    page: i64,
    /// Check-ins of a page.
    #[schema(example = 20)]
    limit: i64,
    /// Pages in all.
    #[schema(example = 3)]
    page_count: i64,
    /// There is a page after this one.
    has_next: bool,
    /// There is a page before this one.
    has_prev: bool,
}

/// On which days a user checked in.
#[utoipa::path(
    get, path = "/admin/users/{id}/signins", tag = "Users", params(SignInsQuery),
    responses(
        (status = 200, body = SignIns), (status = 401, body = AdminError),
        (status = 404, body = AdminError), (status = 422, body = AdminError),
    ),
)]
pub async fn signins(
    _: Administrator,
    app: web::Data<App>,
    id: web::Path<i64>,
    query: web::Query<SignInsQuery>,
) -> Result<HttpResponse, Admin> {
    let mut conn = app.database.get().await?;
    found(&mut conn, *id).await?;
    Ok(HttpResponse::Ok().json(SignIns::read(&mut conn, *id, &query).await?))
}

impl SignIns {
    /// The page of a user's check-ins that is asked for.
    pub async fn read(conn: &mut Conn<'_>, user: i64, query: &SignInsQuery) -> QueryResult<Self> {
        let limit = query.limit.unwrap_or(20).clamp(1, LIMIT_MAX);
        let page = Page::new(query.page, Some(limit));
        let (rows, total) = SignIn::list(conn, user, page).await?;
        Ok(Self::of(&rows, total, page))
    }

    fn of(rows: &[SignIn], total: i64, page: Page) -> Self {
        let (number, limit) = (page.number(), page.size());
        let page_count = ((total + limit - 1) / limit).max(1);
        let one = |row: &SignIn| SignInView {
            id: row.id,
            sign_day: row.sign_day.to_string(),
            created_at: rfc3339(row.created_at),
        };
        Self {
            items: rows.iter().map(one).collect(),
            total,
            page: number,
            limit,
            page_count,
            has_next: number < page_count,
            has_prev: number > 1,
        }
    }
}
