//! `GET /admin/audit` and `GET /admin/audit/verify`.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::period::moment;
use super::search::words;
use crate::app::App;
use crate::audit::{NotedHead, Verified, verify};
use crate::clock::rfc3339;
use crate::error::{Admin, AdminError, ApiError, invalid};
use crate::http::extract::Administrator;
use crate::models::audit::AuditRow;
use crate::models::audit_list::{AuditFilter, AuditKind};
use crate::models::page::{Page, Paging};

/// Page and filters.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AuditQuery {
    /// From 1.
    page: Option<i64>,
    /// Rows of a page: 1 to 200, 50 unless given.
    #[serde(rename = "pageSize")]
    page_size: Option<i64>,
    /// Done by exactly this one: `admin-token`, `command-line` or a user's address.
    #[param(example = "admin-token")]
    actor: Option<String>,
    /// Whose action begins with this: `token.` finds `token.create` and `token.delete`.
    #[param(example = "token.")]
    action: Option<String>,
    /// `admin` for what administrators and commands did, `auth` for signing in and sessions; both
    /// unless given.
    #[param(inline, example = "auth")]
    kind: Option<AuditKind>,
    /// Done to exactly this.
    #[param(example = "user:12")]
    target: Option<String>,
    /// From this moment on: RFC 3339, or a day.
    #[param(example = "2026-11-24")]
    from: Option<String>,
    /// Before this moment: RFC 3339, or a day.
    #[param(example = "2026-11-25T12:00:00Z")]
    to: Option<String>,
    /// With this text anywhere, in any case.
    search: Option<String>,
}

/// Which head the chain must contain.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct VerifyQuery {
    /// A head that was noted elsewhere: a row's number and its hash, or at least 12 digits of it.
    #[param(example = "1204:9f86d081884c")]
    head: Option<String>,
}

/// Something that somebody did.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditEntry {
    /// Its number in the chain.
    #[schema(example = 1204)]
    id: i64,
    /// When.
    #[schema(example = "2026-11-24T08:00:00.000Z")]
    at: String,
    /// Who: `admin-token`, `command-line`, `service` or a user's address; of failures the address
    /// that was tried, or `several`.
    #[schema(example = "admin-token")]
    actor: String,
    /// The address they came from; empty on the command line.
    #[schema(example = "192.0.2.7")]
    address: String,
    /// The request, as its answer named it.
    #[schema(example = "019376f0-6d2c-7c3e-9d0a-2f1f0a4f5b6c")]
    request_id: String,
    /// What; signing in and sessions begin with `auth.`.
    #[schema(example = "user.change")]
    action: String,
    /// To what.
    #[schema(example = "user:12")]
    target: String,
    /// What was before, secrets masked; null where there was nothing.
    #[schema(value_type = Value, example = json!({"isActive": true}))]
    before: Option<Value>,
    /// What was after, secrets masked; null where nothing is left.
    #[schema(value_type = Value, example = json!({"isActive": false}))]
    after: Option<Value>,
    /// Covers the row and the hash before it.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    hash: String,
}

/// One page of the audit log.
#[derive(Serialize, ToSchema)]
pub struct AuditPage {
    /// What was done, newest first.
    entries: Vec<AuditEntry>,
    /// Where in the list one is.
    #[serde(flatten)]
    paging: Paging,
}

/// What administrators did and who signed in, newest first.
#[utoipa::path(
    get, path = "/admin/audit", tag = "Audit", params(AuditQuery),
    responses(
        (status = 200, body = AuditPage), (status = 401, body = AdminError),
        (status = 422, body = AdminError),
    ),
)]
pub async fn list(
    _: Administrator,
    app: web::Data<App>,
    query: web::Query<AuditQuery>,
) -> Result<HttpResponse, Admin> {
    let (filter, page) = (query.filter()?, Page::new(query.page, query.page_size));
    let (rows, total) = AuditRow::list(&mut app.database.get().await?, &filter, page).await?;
    let entries = rows.into_iter().map(AuditEntry::from).collect();
    Ok(HttpResponse::Ok().json(AuditPage { entries, paging: page.of(total) }))
}

/// Whether the log is as it was written: goes over every row. With `head` also whether that row is
/// still there.
#[utoipa::path(
    get, path = "/admin/audit/verify", tag = "Audit", params(VerifyQuery),
    responses(
        (status = 200, body = Verified), (status = 401, body = AdminError),
        (status = 422, body = AdminError),
    ),
)]
pub async fn check(
    _: Administrator,
    app: web::Data<App>,
    query: web::Query<VerifyQuery>,
) -> Result<HttpResponse, Admin> {
    let head = query.head.as_deref().map(str::parse::<NotedHead>).transpose();
    let head = head.map_err(|words| invalid("head", format!("head: {words}")))?;
    let mut conn = app.database.get().await?;
    let verified = verify(&mut conn, &app.vault, head.as_ref()).await?;
    Ok(HttpResponse::Ok().json(verified))
}

impl AuditQuery {
    fn filter(&self) -> Result<AuditFilter, ApiError> {
        Ok(AuditFilter {
            actor: words("actor", self.actor.as_deref())?,
            action: words("action", self.action.as_deref())?,
            kind: self.kind,
            target: words("target", self.target.as_deref())?,
            from: self.from.as_deref().map(|text| moment("from", text)).transpose()?,
            to: self.to.as_deref().map(|text| moment("to", text)).transpose()?,
            search: words("search", self.search.as_deref())?,
        })
    }
}

impl From<AuditRow> for AuditEntry {
    fn from(row: AuditRow) -> Self {
        let json = |text: Option<String>| text.and_then(|text| serde_json::from_str(&text).ok());
        Self {
            id: row.id,
            at: rfc3339(row.at),
            actor: row.actor,
            address: row.address,
            request_id: row.request_id,
            action: row.action,
            target: row.target,
            before: json(row.before),
            after: json(row.after),
            hash: row.hash,
        }
    }
}
