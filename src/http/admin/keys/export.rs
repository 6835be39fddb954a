//! `GET /admin/api-keys/export`: a table of masked keys.

use actix_web::{HttpResponse, web};

use super::query::KeyQuery;
use super::sheet::{Sheet, answer};
use crate::app::App;
use crate::audit::Deed;
use crate::clock::{Millis, rfc3339};
use crate::error::{Admin, AdminError};
use crate::http::admin::stats::settle;
use crate::http::extract::Administrator;
use crate::http::status::success_rate;
use crate::models::upstream_key::UpstreamKey;
use crate::spreadsheet::harmless;

const SHEET: Sheet = Sheet {
    name: "keys.csv",
    header: &[
        "id",
        "masked",
        "username",
        "provider",
        "account",
        "category",
        "status",
        "disabled_reason",
        "disabled_note",
        "disabled_until",
        "cooling_until",
        "weight",
        "max_concurrency",
        "created_at",
        "expires_at",
        "last_used",
        "total_requests",
        "success_count",
        "failure_count",
        "success_rate",
    ],
    line,
};

/// The keys that the filter names as CSV, masked, whatever the page. Cells that a spreadsheet
/// would take for a formula begin with an apostrophe.
#[utoipa::path(
    get, path = "/admin/api-keys/export", tag = "Keys", params(KeyQuery),
    responses(
        (status = 200, content_type = "text/csv", body = String),
        (status = 401, body = AdminError), (status = 404, body = AdminError),
        (status = 422, body = AdminError), (status = 503, body = AdminError),
    ),
)]
pub async fn export(
    admin: Administrator,
    app: web::Data<App>,
    query: web::Query<KeyQuery>,
) -> Result<HttpResponse, Admin> {
    let filter = query.filter(&app)?;
    settle(&app).await;
    let mut conn = app.database.get().await?;
    let keys = UpstreamKey::count(&mut conn, &filter, app.clock.now().naive()).await?;
    let deed = Deed::new("key.export", "keys");
    let deed = deed.after(serde_json::json!({"keys": keys, "secrets": false}));
    conn.transaction(async |conn| admin.did(&app, conn, deed).await).await?;
    drop(conn);
    Ok(answer(app, filter, SHEET))
}

fn line(_: &App, row: &UpstreamKey, now: Millis) -> Option<Vec<String>> {
    let at = |moment: Option<chrono::NaiveDateTime>| moment.map(rfc3339).unwrap_or_default();
    let status = row.status(now.naive());
    Some(vec![
        row.id.to_string(),
        harmless(&row.masked).into_owned(),
        harmless(&row.username).into_owned(),
        row.provider.clone(),
        harmless(&row.account).into_owned(),
        harmless(&row.category).into_owned(),
        status.as_str().to_owned(),
        match row.held {
            true => row.disabled_reason(now.naive()).unwrap_or_default().to_owned(),
            false => row.disabled_reason.clone().unwrap_or_default(),
        },
        harmless(&row.disabled_note).into_owned(),
        at(row.disabled_until),
        at(row.cooling_until.filter(|until| *until > now.naive())),
        row.weight.to_string(),
        row.max_concurrency.to_string(),
        rfc3339(row.created_at),
        at(row.expires_at),
        at(row.last_used_at),
        row.total_requests.to_string(),
        row.success_count.to_string(),
        row.failure_count.to_string(),
        success_rate(row.success_count, row.failure_count).to_string(),
    ])
}
