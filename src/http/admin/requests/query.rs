//! What a list of requests can be asked for.

use chrono::{NaiveDateTime, TimeDelta};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::super::period::Period;
use super::super::search::exact;
use super::super::usage::provider;
use crate::app::App;
use crate::clock::Millis;
use crate::error::{ApiError, invalid};
use crate::models::page::PAGE_SIZE_MAX;
use crate::models::request_log::{LogFilter, LogRow};
use crate::stats::Outcome;

/// Lines of a part unless it is said.
const USUAL: i64 = 50;

/// How a request ended.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeName {
    Success,
    Failure,
    Cancelled,
    ClientError,
    Refused,
}

/// Filters, and which part of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RequestsQuery {
    /// Of those that came from then on: RFC 3339, or a day in UTC.
    #[param(example = "2026-11-23T13:00:00Z")]
    from: Option<String>,
    /// Of those that came before then.
    to: Option<String>,
    /// Answered by this provider in the end.
    #[param(example = "ollama")]
    provider: Option<String>,
    /// For this model, by its own name or as the client named it.
    #[param(example = "gpt-oss:20b")]
    model: Option<String>,
    /// By this client token, by id; 0 for callers whose token nobody knows.
    token: Option<i64>,
    /// For which this key was tried, by id, whether or not it answered.
    key: Option<i64>,
    /// That ended so.
    #[param(inline)]
    outcome: Option<OutcomeName>,
    /// Answered with the pool's own error of this code: why it was refused, or failed.
    #[param(example = "token_requests_per_minute")]
    reason: Option<String>,
    /// With this status, or of this class.
    #[param(example = "5xx")]
    status: Option<String>,
    /// Whose answer carried this `X-Request-Id`.
    search: Option<String>,
    /// How many: 1 to 200, 50 unless given.
    #[serde(rename = "pageSize")]
    page_size: Option<i64>,
    /// `next` of the part before.
    cursor: Option<String>,
}

impl RequestsQuery {
    /// How many.
    pub fn limit(&self) -> i64 {
        self.page_size.unwrap_or(USUAL).clamp(1, PAGE_SIZE_MAX)
    }

    /// Which.
    pub fn filter(&self, app: &App) -> Result<LogFilter, ApiError> {
        let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let period = Period::parse(
            self.from.as_deref(),
            self.to.as_deref(),
            TimeDelta::days(366),
            app.clock.now(),
        )?;
        let outcome = self.outcome.map(|outcome| match outcome {
            OutcomeName::Success => Outcome::Success,
            OutcomeName::Failure => Outcome::Failure,
            OutcomeName::Cancelled => Outcome::Cancelled,
            OutcomeName::ClientError => Outcome::ClientError,
            OutcomeName::Refused => Outcome::Refused,
        });
        Ok(LogFilter {
            from: self.from.as_ref().map(|_| period.from),
            to: self.to.as_ref().map(|_| period.to),
            provider: provider(app, self.provider.as_deref())?,
            model: exact("model", self.model.as_deref())?,
            token: self.token,
            key: self.key,
            outcome: outcome.map(|outcome| outcome.as_str().to_owned()),
            reason: exact("reason", self.reason.as_deref())?,
            statuses: given(&self.status).map(|text| statuses(&text)).transpose()?,
            request_id: exact("search", self.search.as_deref())?,
            after: given(&self.cursor).map(|text| place(&text)).transpose()?,
        })
    }
}

fn statuses(text: &str) -> Result<(i32, i32), ApiError> {
    let class = text.strip_suffix("xx").and_then(|digit| digit.parse::<i32>().ok());
    let class = class.filter(|class| (1..=5).contains(class));
    let one = text.parse::<i32>().ok().filter(|status| (100..600).contains(status));
    let range = class.map(|class| (class * 100, class * 100 + 99));
    range
        .or(one.map(|one| (one, one)))
        .ok_or_else(|| invalid("status", "`status` must be a status as 429 or a class as 5xx"))
}

/// Where in the list a line is, for whoever asks for the next part.
pub fn cursor(row: &LogRow) -> String {
    format!("{}.{}", Millis::from(row.at).0, row.id)
}

fn place(cursor: &str) -> Result<(NaiveDateTime, String), ApiError> {
    let parts = cursor.split_once('.');
    let place = parts.and_then(|(at, id)| {
        let at: i64 = at.parse().ok()?;
        Some((Millis(at).naive(), id.parse::<Uuid>().ok()?.to_string()))
    });
    place.ok_or_else(|| invalid("cursor", "`cursor` must be the `next` of an answer"))
}
