//! `GET /api/auth/export`: all that is stored about oneself.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION};
use actix_web::{HttpResponse, web};
use chrono::NaiveDateTime;
use serde::Serialize;
use utoipa::ToSchema;

use super::own;
use super::sessions::{SessionView, Sessions};
use super::view::UserProfile;
use crate::app::App;
use crate::clock::rfc3339;
use crate::error::{Admin, AdminError};
use crate::http::admin::usage::UsageCounts;
use crate::http::extract::Member;
use crate::models::session::Session;
use crate::models::usage_report::{By, Group, Slice, UsageFilter, UsageSums};
use crate::models::user::SignIn;

/// Lines of usage at most: a day and a model each.
const LINES_MAX: i64 = 100_000;

/// A day's requests for a model.
#[derive(Serialize, ToSchema)]
pub struct UsageLine {
    /// In UTC.
    #[schema(example = "2026-11-25")]
    day: String,
    /// The model.
    #[schema(example = "gpt-oss:20b")]
    model: String,
    #[serde(flatten)]
    counts: UsageCounts,
}

/// All that is stored about one, but the password's hash and the key itself.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OwnData {
    /// When it was put together.
    #[schema(example = "2026-11-25T08:00:00.000Z")]
    exported_at: String,
    /// The account.
    user: UserProfile,
    /// The days of the check-ins, newest first.
    #[schema(example = json!(["2026-11-25", "2026-11-24"]))]
    sign_ins: Vec<String>,
    /// Where one is signed in.
    sessions: Vec<SessionView>,
    /// Requests by day and model.
    usage: Vec<UsageLine>,
}

/// All that is stored about oneself, as a file. Prompts and answers are not stored.
#[utoipa::path(
    get, path = "/api/auth/export", tag = "Accounts",
    responses((status = 200, body = OwnData), (status = 401, body = AdminError)),
)]
pub async fn export(member: Member, app: web::Data<App>) -> Result<HttpResponse, Admin> {
    // What is counted but not written yet belongs to it.
    let _ = app.actors.stats.flush().await;
    let (now, id) = (app.clock.now().naive(), member.user.id);
    let mut conn = app.database.get().await?;
    let account = own(&mut conn, id).await?;
    let days = SignIn::days(&mut conn, id).await?;
    let sessions = Session::of_user(&mut conn, id, now).await?;
    let ever =
        UsageFilter::since(NaiveDateTime::default(), now + chrono::TimeDelta::hours(1), None);
    let filter = UsageFilter { user: Some(id), ..ever };
    let slice = Slice { limit: LINES_MAX, offset: 0, busiest_first: false };
    let usage = UsageSums::read(&mut conn, &filter, By::Day, Group::Model, slice).await?;
    let line = |sums: &UsageSums| UsageLine {
        day: sums.period.clone(),
        model: sums.id.clone(),
        counts: UsageCounts::of(sums),
    };
    let data = OwnData {
        exported_at: rfc3339(now),
        user: UserProfile::of(&account, now),
        sign_ins: days.iter().map(ToString::to_string).collect(),
        sessions: Sessions::of(sessions, &member.session).sessions,
        usage: usage.iter().map(line).collect(),
    };
    let mut answer = HttpResponse::Ok();
    answer.insert_header((CONTENT_DISPOSITION, "attachment; filename=\"my-data.json\""));
    answer.insert_header((CACHE_CONTROL, "no-store"));
    Ok(answer.json(data))
}
