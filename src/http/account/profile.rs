//! `GET /api/auth/profile`, and `PATCH`.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::own;
use super::view::UserProfile;
use crate::app::App;
use crate::error::{Admin, AdminError, invalid};
use crate::http::admin::stats::settle;
use crate::http::extract::{Json, Member, provider};
use crate::mail::Language;
use crate::models::user::{User, UserChange};

/// Who is signed in.
#[derive(Serialize, ToSchema)]
pub struct Profile {
    user: UserProfile,
}

/// What of one's own account is to be changed; what is not named stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeProfile {
    /// The provider that one's pages begin with.
    #[serde(rename = "defaultProvider", alias = "default_provider")]
    #[schema(example = "openrouter")]
    default_provider: Option<String>,
    /// The language of mails: `en` or `zh-CN`.
    #[schema(example = "en")]
    language: Option<String>,
}

/// One's own account.
#[utoipa::path(
    get, path = "/api/auth/profile", tag = "Accounts",
    responses((status = 200, body = Profile), (status = 401, body = AdminError)),
)]
pub async fn show(member: Member, app: web::Data<App>) -> Result<HttpResponse, Admin> {
    settle(&app).await;
    answer(&app, member.user.id).await
}

/// Changes one's own account.
#[utoipa::path(
    patch, path = "/api/auth/profile", tag = "Accounts", request_body = ChangeProfile,
    responses(
        (status = 200, body = Profile), (status = 400, body = AdminError),
        (status = 401, body = AdminError), (status = 404, body = AdminError),
        (status = 422, body = AdminError),
    ),
)]
pub async fn change(
    member: Member,
    app: web::Data<App>,
    ask: Json<ChangeProfile>,
) -> Result<HttpResponse, Admin> {
    let named = ask.default_provider.as_deref();
    let language = ask
        .language
        .as_deref()
        .map(Language::parse)
        .map(|language| language.ok_or_else(|| invalid("language", "language: en or zh-CN")));
    let change = UserChange {
        default_provider: named
            .map(|named| provider(&app, Some(named)))
            .transpose()?
            .map(|provider| provider.id.clone()),
        language: language.transpose()?.map(Language::tag),
        ..UserChange::default()
    };
    if change == UserChange::default() {
        return Err(invalid("language", "name what to change: defaultProvider, language").into());
    }
    let change = UserChange { updated_at: Some(app.clock.now().naive()), ..change };
    User::change(&mut app.database.get().await?, &[member.user.id], &change).await?;
    answer(&app, member.user.id).await
}

async fn answer(app: &App, user: i64) -> Result<HttpResponse, Admin> {
    let account = own(&mut app.database.get().await?, user).await?;
    let user = UserProfile::of(&account, app.clock.now().naive());
    Ok(HttpResponse::Ok().json(Profile { user }))
}
