//! `GET /api/auth/signins` and `GET /api/auth/calendar`: one's own check-ins.

use actix_web::{HttpResponse, web};
use chrono::{Datelike, Months, NaiveDate};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::accounts::check_in::{longest, streak};
use crate::app::App;
use crate::error::{Admin, AdminError, invalid};
use crate::http::admin::users::signins::{SignIns, SignInsQuery};
use crate::http::extract::Member;
use crate::models::user::SignIn;

/// On which days one has checked in, newest first.
#[utoipa::path(
    get, path = "/api/auth/signins", tag = "Accounts", params(SignInsQuery),
    responses(
        (status = 200, body = SignIns), (status = 401, body = AdminError),
        (status = 422, body = AdminError),
    ),
)]
pub async fn list(
    member: Member,
    app: web::Data<App>,
    query: web::Query<SignInsQuery>,
) -> Result<HttpResponse, Admin> {
    let mut conn = app.database.get().await?;
    Ok(HttpResponse::Ok().json(SignIns::read(&mut conn, member.user.id, &query).await?))
}

/// Which month.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CalendarQuery {
    /// In UTC; this one unless given.
    #[param(example = "2026-11")]
    month: Option<String>,
}

/// A month of check-ins.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Calendar {
    /// The month.
    #[schema(example = "2026-11")]
    month: String,
    /// Today, in UTC.
    #[schema(example = "2026-11-25")]
    today: String,
    /// The days of the month on which one has checked in.
    #[schema(example = json!(["2026-11-23", "2026-11-24"]))]
    days: Vec<String>,
    /// Days in a row up to today, or up to yesterday while there is none today.
    #[schema(example = 5)]
    streak: i64,
    /// The most days in a row there ever were.
    #[schema(example = 12)]
    longest_streak: i64,
    /// Days in all.
    #[schema(example = 41)]
    total: usize,
    /// One has checked in today.
    signed_today: bool,
}

/// A month of one's check-ins, and how many days in a row there were.
#[utoipa::path(
    get, path = "/api/auth/calendar", tag = "Accounts", params(CalendarQuery),
    responses(
        (status = 200, body = Calendar), (status = 401, body = AdminError),
        (status = 422, body = AdminError),
    ),
)]
pub async fn calendar(
    member: Member,
    app: web::Data<App>,
    query: web::Query<CalendarQuery>,
) -> Result<HttpResponse, Admin> {
    let today = app.clock.now().naive().date();
    let first = first_of_month(query.month.as_deref(), today)
        .ok_or_else(|| invalid("month", "month: a year and a month, as 2026-11"))?;
    let next = first.checked_add_months(Months::new(1)).unwrap_or(NaiveDate::MAX);
    let days = SignIn::days(&mut app.database.get().await?, member.user.id).await?;
    let within = days.iter().rev().filter(|day| (first..next).contains(*day));
    Ok(HttpResponse::Ok().json(Calendar {
        month: first.format("%Y-%m").to_string(),
        today: today.to_string(),
        days: within.map(NaiveDate::to_string).collect(),
        streak: streak(&days, today),
        longest_streak: longest(&days),
        total: days.len(),
        signed_today: days.first() == Some(&today),
    }))
}

fn first_of_month(month: Option<&str>, today: NaiveDate) -> Option<NaiveDate> {
    match month {
        None => today.with_day(1),
        Some(month) => NaiveDate::parse_from_str(&format!("{month}-01"), "%Y-%m-%d").ok(),
    }
}
