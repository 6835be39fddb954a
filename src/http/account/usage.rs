//! `GET /api/auth/usage`: what one has used, and what is left.

use actix_web::{HttpResponse, web};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::app::App;
use crate::clock::Millis;
use crate::error::{Admin, AdminError, ApiError, invalid};
use crate::http::admin::usage::UsageCounts;
use crate::http::extract::Member;
use crate::limits::Room;
use crate::models::client_token::ClientToken;
use crate::models::usage_report::{By, Group, Slice, UsageFilter, UsageSums};

/// Models that are told of at most, the busiest.
const MODELS_MAX: i64 = 100;
const DAYS_USUAL: i64 = 30;
const DAYS_MAX: i64 = 366;

/// How far back.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OwnUsageQuery {
    /// Days up to today, in UTC: 1 to 366, 30 unless given.
    #[param(example = 30)]
    days: Option<i64>,
}

/// What one has used of a limit.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LimitLeft {
    /// The limit.
    #[schema(example = 1000)]
    limit: u64,
    /// What is left of it.
    #[schema(example = 940)]
    remaining: u64,
    /// When more is left.
    #[schema(example = "2026-11-26T00:00:00.000Z")]
    resets_at: String,
}

/// One's limits; null where there is none.
#[derive(Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LimitsLeft {
    /// Requests in any 60 seconds.
    rpm: Option<LimitLeft>,
    /// Tokens in any 60 seconds.
    tpm: Option<LimitLeft>,
    /// Requests of the day, in UTC.
    daily_requests: Option<LimitLeft>,
    /// Tokens of the day, in UTC.
    daily_tokens: Option<LimitLeft>,
    /// Requests at once.
    max_concurrency: Option<LimitLeft>,
}

/// A day.
#[derive(Serialize, ToSchema)]
pub struct DayUsage {
    /// In UTC.
    #[schema(example = "2026-11-25")]
    day: String,
    #[serde(flatten)]
    counts: UsageCounts,
}

/// A model.
#[derive(Serialize, ToSchema)]
pub struct ModelUsage {
    /// Its name.
    #[schema(example = "gpt-oss:20b")]
    model: String,
    #[serde(flatten)]
    counts: UsageCounts,
}

/// What one has used, and what is left.
#[derive(Serialize, ToSchema)]
pub struct OwnUsage {
    /// Days with requests, oldest first.
    days: Vec<DayUsage>,
    /// Models, busiest first; a hundred at most.
    models: Vec<ModelUsage>,
    /// All days together.
    total: UsageCounts,
    /// One's limits and what is left of them.
    limits: LimitsLeft,
}

/// What one has used by day and by model, and what is left of one's limits.
#[utoipa::path(
    get, path = "/api/auth/usage", tag = "Accounts", params(OwnUsageQuery),
    responses(
        (status = 200, body = OwnUsage), (status = 401, body = AdminError),
        (status = 422, body = AdminError),
    ),
)]
pub async fn usage(
    member: Member,
    app: web::Data<App>,
    query: web::Query<OwnUsageQuery>,
) -> Result<HttpResponse, Admin> {
    let days = query.days.unwrap_or(DAYS_USUAL);
    if !(1..=DAYS_MAX).contains(&days) {
        return Err(invalid("days", "days: 1 to 366").into());
    }
    // What is counted but not written yet belongs to it.
    let _ = app.actors.stats.flush().await;
    let filter = own(&app, member.user.id, days);
    let mut conn = app.database.get().await?;
    let all = Slice { limit: DAYS_MAX, offset: 0, busiest_first: false };
    let by_day = UsageSums::read(&mut conn, &filter, By::Day, Group::None, all).await?;
    let busiest = Slice { limit: MODELS_MAX, offset: 0, busiest_first: true };
    let by_model = UsageSums::read(&mut conn, &filter, By::None, Group::Model, busiest).await?;
    let whole = UsageSums::read(&mut conn, &filter, By::None, Group::None, all).await?;
    let token = ClientToken::of_user(&mut conn, member.user.id).await?;
    drop(conn);
    let limits = match token {
        Some(token) => left(&app, &token).await?,
        None => LimitsLeft::default(),
    };
    let day =
        |sums: &UsageSums| DayUsage { day: sums.period.clone(), counts: UsageCounts::of(sums) };
    let model =
        |sums: &UsageSums| ModelUsage { model: sums.id.clone(), counts: UsageCounts::of(sums) };
    Ok(HttpResponse::Ok().json(OwnUsage {
        days: by_day.iter().map(day).collect(),
        models: by_model.iter().map(model).collect(),
        total: UsageCounts::of(&whole.into_iter().next().unwrap_or_default()),
        limits,
    }))
}

/// One's own requests of so many days, today included.
fn own(app: &App, user: i64, days: i64) -> UsageFilter {
    let tomorrow = app.clock.now().naive().date() + TimeDelta::days(1);
    let to = tomorrow.and_time(chrono::NaiveTime::MIN);
    UsageFilter { user: Some(user), ..UsageFilter::since(to - TimeDelta::days(days), to, None) }
}

async fn left(app: &App, token: &ClientToken) -> Result<LimitsLeft, ApiError> {
    let rooms = app.limiter.rooms(token.id, &token.limits()).await?;
    let now = app.clock.now();
    let one = |room: Option<Room>| room.map(|room| limit_left(room, now));
    Ok(LimitsLeft {
        rpm: one(rooms.rpm),
        tpm: one(rooms.tpm),
        daily_requests: one(rooms.daily_requests),
        daily_tokens: one(rooms.daily_tokens),
        max_concurrency: one(rooms.max_concurrency),
    })
}

fn limit_left(Room { limit, remaining, reset_ms }: Room, now: Millis) -> LimitLeft {
    LimitLeft { limit, remaining, resets_at: now.plus_ms(reset_ms).rfc3339() }
}
