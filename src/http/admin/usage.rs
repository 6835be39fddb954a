//! `GET /admin/usage`: what was used, by whom and when.

mod csv;
mod row;

use actix_web::{HttpResponse, web};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

pub use self::row::{UsageCounts, UsageView};
use super::keys::query::scope;
use super::period::{Period, PeriodView};
use super::search::exact;
use crate::app::App;
use crate::error::{Admin, AdminError, ApiError, invalid};
use crate::http::extract::Administrator;
use crate::models::latency::Spreads;
use crate::models::usage_report::{By, Group, Slice, UsageFilter, UsageSums};

/// Rows of an answer in JSON. What is larger is for a table: CSV has no such end.
const ROWS_MAX: usize = 10_000;

/// What a report covers unless it is said.
const USUAL: TimeDelta = TimeDelta::days(7);

/// How a report is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    #[default]
    Json,
    Csv,
}

/// What is asked.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UsageQuery {
    /// RFC 3339 or a day in UTC; seven days before `to` unless given. Hours count whole.
    #[param(example = "2026-11-16")]
    from: Option<String>,
    /// The end, which is not part of it; now unless given.
    #[param(example = "2026-11-23T14:00:00Z")]
    to: Option<String>,
    /// A row for each of these; `model` unless given.
    #[param(inline)]
    group: Option<Group>,
    /// A row for each hour or day; `none` unless given.
    #[param(inline)]
    by: Option<By>,
    /// One provider's only; all unless given.
    #[param(example = "ollama")]
    provider: Option<String>,
    /// One model's only.
    #[param(example = "gpt-oss:20b")]
    model: Option<String>,
    /// One client token's only, by id.
    token: Option<i64>,
    /// One upstream key's only, by id.
    key: Option<i64>,
    /// One user's only, by id.
    user: Option<i64>,
    /// `json` unless given.
    #[serde(default)]
    #[param(inline)]
    format: Format,
}

/// A report.
#[derive(Debug, Serialize, ToSchema)]
pub struct UsageReport {
    /// What it covers.
    #[serde(flatten)]
    period: PeriodView,
    /// What its rows are of.
    by: By,
    /// What its rows are of.
    group: Group,
    /// By period, in each the busiest first.
    rows: Vec<UsageView>,
    /// All rows together.
    total: UsageCounts,
}

/// A report that is asked for.
struct Asked {
    filter: UsageFilter,
    by: By,
    group: Group,
}

/// Usage by time and by model, provider, key, token or user, and what was refused by its reason.
///
/// With `group=reason` the rows are error codes, and their requests those that were refused for it:
/// also those of callers whose token nobody knows, which are in no other report. Averages are over
/// all requests that were not refused; percentiles over good answers, within 10 %, and only where rows
/// are models or providers and nothing else is filtered by. As CSV (`format=csv`) it has the same
/// fields as columns, however many rows there are.
#[utoipa::path(
    get, path = "/admin/usage", tag = "Reports", params(UsageQuery),
    responses(
        (status = 200, content((UsageReport = "application/json"), (String = "text/csv"))),
        (status = 401, body = AdminError), (status = 404, description = "No such provider", body = AdminError),
        (status = 422, body = AdminError), (status = 503, body = AdminError),
    ),
)]
pub async fn report(
    _: Administrator,
    app: web::Data<App>,
    query: web::Query<UsageQuery>,
) -> Result<HttpResponse, Admin> {
    let (asked, period) = asked(&app, &query)?;
    // What is counted but not written yet belongs to it; the query says when that can't be.
    let _ = app.actors.stats.flush().await;
    if query.format == Format::Csv {
        return Ok(csv::answer(app, asked, period).await?);
    }
    let mut conn = app.database.get().await?;
    let limit = i64::try_from(ROWS_MAX + 1).unwrap_or(i64::MAX);
    let slice = Slice { limit, offset: 0, busiest_first: true };
    let rows = UsageSums::read(&mut conn, &asked.filter, asked.by, asked.group, slice).await?;
    if rows.len() > ROWS_MAX {
        let words = "more than 10000 rows: ask for less time or one of something, or for CSV";
        return Err(invalid("from", words).into());
    }
    let spreads = Spreads::read(&mut conn, &asked.filter, asked.by, asked.group).await?;
    let total = UsageCounts::of(&row::total(&rows));
    let rows = rows.iter().map(|sums| UsageView::of(sums, asked.group, spreads.as_ref())).collect();
    let Asked { by, group, .. } = asked;
    Ok(HttpResponse::Ok().json(UsageReport { period: period.view(), by, group, rows, total }))
}

fn asked(app: &App, query: &UsageQuery) -> Result<(Asked, Period), ApiError> {
    let by = query.by.unwrap_or(By::None);
    let (from, to) = (query.from.as_deref(), query.to.as_deref());
    let period = Period::parse(from, to, USUAL, app.clock.now())?.in_hours(by)?;
    let group = query.group.unwrap_or(Group::Model);
    let filter = UsageFilter {
        from: period.from,
        to: period.to,
        provider: provider(app, query.provider.as_deref())?,
        model: exact("model", query.model.as_deref())?,
        token: query.token,
        key: query.key,
        user: query.user,
    };
    if group == Group::Reason && (filter.model.is_some() || filter.key.is_some()) {
        let words = "reasons are not counted by `model` or `key`: ask for `GET /admin/requests`";
        return Err(invalid("group", words));
    }
    Ok((Asked { filter, by, group }, period))
}

/// Reports are of all providers unless one is named.
pub fn provider(app: &App, named: Option<&str>) -> Result<Option<String>, ApiError> {
    match named {
        None | Some("") => Ok(None),
        named => scope(app, named),
    }
}
